import { execFile } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parseMysqlUrl } from '#lib/database/index.js';
import { hasHaproxy } from '../support/haproxy.js';
import { type Instance, Instances } from '../support/instances.js';
import { testDatabase } from '../support/mariadb.js';
import { projectFile } from '../support/project-file.js';
import { findPython, type Python } from '../support/python.js';
import { runOnce } from '../support/run-once.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { pend } from '../support/test-server.js';
import { until } from '../support/until.js';

const SECONDS = Number(process.env.NETSVC_LEDGER_SECONDS ?? 60);

/** The share of responses that the network loses, beside those of killed instances. */
const LOST = 0.005;

/** What a client was told of its entries. */
interface Outcomes {
  readonly acknowledged: readonly string[];
  readonly rolled_back: readonly string[];
  /** With the numbers of the errors. */
  readonly not_executed: readonly (readonly [entry: string, number: number])[];
  readonly unknown: readonly (readonly [entry: string, number: number])[];
  /** How often each stage failed with a number. */
  readonly errors: Readonly<Record<string, number>>;
}

describe('netsvc_dbapi with three instances that are killed', () => {
  let mysql: string;
  let instances: Instances;
  let network: TcpProxy;
  let random: () => number;

  before(async function () {
    mysql = testDatabase(this);
    if (!hasHaproxy) pend(this, 'haproxy is not installed');
    const seed = Number(process.env.NETSVC_SEED ?? Date.now() % 2 ** 31);
    console.log(`      seed ${seed}`);
    random = generator(seed);
    for (const statement of [
      'drop table if exists ledger, counters',
      // Without a unique key, so that an entry that was made twice is seen.
      'create table ledger (id int auto_increment primary key, entry varchar(60), key (entry)) engine=InnoDB',
      'create table counters (id int primary key, n int) engine=InnoDB',
      'insert into counters values (1, 0), (2, 0), (3, 0), (4, 0)',
    ]) {
      await query(statement);
    }
    instances = await Instances.start(mysql, ['--connections', '30', '--grace', '1']);
    network = await TcpProxy.start({ port: instances.haproxy.port });
    network.lose(LOST, random);
  });

  after(async () => {
    await network?.stop();
    await instances?.stop();
  });

  it('tells the truth about every entry', async function () {
    this.timeout((SECONDS + 120) * 1000);
    const pythons = (['2.7', '3'] as const).map((version) => findPython(version) ?? pend(this, `no Python ${version}`));
    let ended = false;
    const clients = Promise.all(pythons.map((python) => run(python))).finally(() => {
      ended = true;
    });
    const [outcomes, kills] = await Promise.all([clients, breakInstances(() => ended)]);
    await Promise.all(instances.instances.map((instance) => instance.kill()));
    // What a killed instance has sent is executed to its end.
    await until(async () => Number((await query(CONNECTIONS))[0]?.[0]) === 0, 60);
    const rows = await query('select entry, count(*) from ledger group by entry');
    const there = new Map(rows.map(([entry, count]) => [String(entry), Number(count)]));
    console.log(`      ${JSON.stringify(kills)}, ${counts(outcomes, there)}`);
    expect(judge(outcomes, there)).to.deep.equal({ missing: [], twice: [], denied: [], untold: [] });
    expect(all(outcomes, 'acknowledged').length).to.be.greaterThan(10 * SECONDS);
  });

  const query = (sql: string) => runOnce(parseMysqlUrl(mysql).connection, sql);

  /** Kills and restarts instances at random, sometimes all at the same time. Returns how often. */
  const breakInstances = async (ended: () => boolean): Promise<Record<string, number>> => {
    const kills = { SIGKILL: 0, SIGTERM: 0 };
    const breakOne = async (instance: Instance) => {
      while (!ended()) {
        await setTimeout(500 + random() * 4000);
        const signal = random() < 0.6 ? 'SIGKILL' : 'SIGTERM';
        kills[signal]++;
        instance.process.child.kill(signal);
        await instance.process.ended;
        await setTimeout(random() * 1000);
        await instance.start();
      }
    };
    await Promise.all(instances.instances.map(breakOne));
    return kills;
  };

  const run = async ({ command, version }: Python): Promise<Outcomes> => {
    const url = instances.url.replace(/:\d+\//, `:${network.port}/`);
    const args = [projectFile('spec/distributed/ledger_client.py'), url, String(SECONDS), `${version}-${random()}`];
    const env = { ...process.env, PYTHONPATH: projectFile('clients/python') };
    const { stdout } = await promisify(execFile)(command, ['-B', ...args], { env, maxBuffer: 2 ** 28 });
    return JSON.parse(stdout) as Outcomes;
  };
});

const CONNECTIONS =
  "select count(*) from information_schema.processlist where command <> 'Daemon' and id <> connection_id()";

/** Every entry that is not as its client was told. */
function judge(outcomes: readonly Outcomes[], there: ReadonlyMap<string, number>) {
  const acknowledged = all(outcomes, 'acknowledged');
  const unknown = all(outcomes, 'unknown').map(([entry]) => entry);
  const told = new Set([...acknowledged, ...unknown]);
  const denied = [
    ...all(outcomes, 'rolled_back').map((entry) => [entry, 'rolled back'] as const),
    ...all(outcomes, 'not_executed'),
  ];
  return {
    missing: acknowledged.filter((entry) => !there.has(entry)),
    twice: [...there].filter(([, count]) => count > 1),
    denied: denied.filter(([entry]) => there.has(entry)),
    untold: [...there.keys()].filter((entry) => !told.has(entry) && !denied.some(([other]) => other === entry)),
  };
}

function counts(outcomes: readonly Outcomes[], there: ReadonlyMap<string, number>): string {
  const unknown = all(outcomes, 'unknown');
  const executed = unknown.filter(([entry]) => there.has(entry)).length;
  const errors = new Map<string, number>();
  for (const { errors: some } of outcomes)
    for (const [error, count] of Object.entries(some)) errors.set(error, (errors.get(error) ?? 0) + count);
  return [
    `${there.size} entries: ${all(outcomes, 'acknowledged').length} acknowledged`,
    `${all(outcomes, 'rolled_back').length} rolled back, ${all(outcomes, 'not_executed').length} not executed`,
    `${unknown.length} unknown, of which ${executed} are there\n      errors by stage and number: ` +
      JSON.stringify(Object.fromEntries([...errors].sort())),
  ].join(', ');
}

function all<K extends keyof Outcomes>(outcomes: readonly Outcomes[], kind: K): Element<Outcomes[K]>[] {
  return outcomes.flatMap((each) => each[kind] as Element<Outcomes[K]>[]);
}

type Element<T> = T extends readonly (infer E)[] ? E : never;

/** Numbers from 0 to 1 that depend on the seed alone. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
