import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { ConnectionPool, Database, parseMysqlUrl } from '#lib/database/index.js';
import { HttpDaemon, RpcGateway, Users } from '#lib/index.js';
import { makeAuthority } from '../support/certificates.js';
import { DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { inPython } from '../support/mysql-values.js';
import { projectFile } from '../support/project-file.js';
import { findPythons, type Python } from '../support/python.js';
import { storeValues } from '../support/stored-values.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { pend } from '../support/test-server.js';
import { until } from '../support/until.js';

/** Entries that each spec makes one by one. */
const ENTRIES = Number(process.env.NETSVC_INSERTS ?? 80);

/** Prices that are computed with: `npm run matrix` takes more. */
const PRICES = process.env.NETSVC_PRICES ?? '150';

/** More rows than a page has. */
const ROWS = 6000;

/** The Python of Debian, which alone has Debian's MySQLdb. */
const DEBIAN: Python = { command: '/usr/bin/python3', version: '3' };

/**
 * Describes the module in some versions of Python, each of which a spec file of its own has, because it takes long.
 *
 * @param minors those that bin/setup cannot install may be absent anywhere
 * @param inLatest 3.13 is among them: what needs one version is described, too
 */
export function describeModule(minors: readonly string[], inLatest: boolean): void {
  describe('netsvc_dbapi', () => {
    const pythons = findPythons();
    const find = (minor: string) => pythons.find(({ version }) => version.startsWith(`${minor}.`));
    // Another Python 3 takes the place of those that are not installed, so that one is always tested.
    const [latest] = pythons.filter(({ version }) => version.startsWith('3.')).slice(-1);
    const versions = minors.map((minor) => ({ minor, python: find(minor) }));
    if (inLatest && !find('3.13')) versions.push({ minor: '3', python: latest });

    let gateway: DatabaseGateway;
    /** Of a database without autocommit. */
    let pool: ConnectionPool;
    let database: string;

    before(async function () {
      database = testDatabase(this);
      // A login is refused.
      const log = { info() {}, warn() {}, error: console.error };
      gateway = await DatabaseGateway.start(database, { log });
      const { connection } = parseMysqlUrl(database);
      pool = new ConnectionPool(connection, { connections: 2 });
      new Database('database-off', pool, { registry: gateway.registry, autocommit: false });
      await gateway.execute('drop table if exists ledger');
      await gateway.execute('create table ledger (id int auto_increment primary key, entry int) engine=InnoDB');
    });

    after(async () => {
      await gateway?.stop();
      await pool?.end();
    });

    beforeEach(() => gateway.execute('truncate table ledger'));

    for (const { minor, python } of versions) {
      describe(`in Python ${python?.version ?? minor}`, () => {
        before(function () {
          if (python !== undefined) return;
          if (minor === '3' && process.env.CI) expect.fail('there is no Python 3');
          pend(this, 'it is not installed');
        });

        it('complies with PEP 249', async () => {
          const prefix = `pep249_${minor.replace('.', '')}`;
          expect(
            await run(python, 'compliance.py', 'netsvc_dbapi', JSON.stringify({ url: gateway.url }), prefix),
          ).to.match(/^\d\d tests\n$/);
        });

        it('has cursors that receive their rows while they are fetched', async () => {
          const prefix = `streamed_${minor.replace('.', '')}`;
          const json = JSON.stringify({ url: gateway.url });
          expect(await run(python, 'streamed.py', 'netsvc_dbapi', json, prefix)).to.match(/^\d\d tests\n$/);
        });

        it('has the values of MySQL in types of Python, with each cursor', async () => {
          const { values, select } = await storeValues(gateway);
          const json = JSON.stringify({ select, values: values.map(inPython) });
          expect(await run(python, 'values.py', gateway.url, json)).to.equal(`${values.length * 4} values\n`);
        });

        // What follows is about Python's HTTP and TLS, of which 3.6 has those of 3.13.
        if (minor === '3.6') return;

        it('reports the failures of the gateway as errors of PEP 249', async () => {
          expect(await run(python, 'failures.py', gateway.url)).to.match(/^\d\d tests\n$/);
        });

        it('logs in over https, trusts only known certificates, and survives a request that is too large', async () => {
          const authority = await makeAuthority();
          const { pem } = await authority.issue('localhost');
          const users = new Users(new Map([['grace', hashSync('top:secret@', 4)]]));
          const daemon = new HttpDaemon({ port: 0, tls: pem });
          daemon.attach(
            '/',
            new RpcGateway('database-services', { registry: gateway.registry, users, maxRequest: 10_000 }),
          );
          try {
            const { port } = await daemon.start();
            const url = `https://grace:top%3Asecret%40@localhost:${port}/database`;
            expect(await run(python, 'login.py', url, authority.ca)).to.equal('in\n1\n1153\n1\n1045\n2026\n');
          } finally {
            await daemon.stop();
            await users.end();
            await authority.remove();
          }
        });

        // And what follows is about the gateway, and sessions.
        if (minor === '2.7') return;

        it('ends by close() what a statement holds that was given up', async () => {
          // No transaction was committed, and no row is locked.
          expect(await run(python, 'abandoned.py', gateway.url)).to.equal(
            'OperationalError: quick, 0\nKeyboardInterrupt: quick, 10\nwith: quick, 20\n',
          );
        }).timeout(60_000);

        it('reports a session that an operator closes during a statement', async () => {
          if (python === undefined) return expect.fail('it is not installed');
          const child = spawn(python.command, ['-B', source('closed_session.py'), gateway.url], { env: environment });
          const lines = createInterface(child.stdout);
          const printed: string[] = [];
          lines.on('line', (line) => printed.push(line));
          await once(lines, 'line');
          await until(async () => (await running()) === 1);
          for (const session of gateway.registry.sessions) void session.closeFor('operator');
          await once(child, 'close');
          expect(printed.slice(1)).to.deep.equal([
            '58 Session closed by an operator.',
            '2006 Session closed by an operator.',
          ]);
        });

        it('makes each entry once if a tenth of the responses is lost', async () => {
          const lost = await withLosses(async (url, seed) => {
            const output = await run(python, 'ledger.py', url, String(ENTRIES));
            expect(output, `seed ${seed}`).to.equal(`(${2 * ENTRIES}, ${2 * ENTRIES}, 0)\n`);
          });
          expect(lost).to.be.greaterThan(ENTRIES / 50);
        });

        it('receives each row of an SSCursor once if a tenth of the responses is lost', async () => {
          const lost = await withLosses(async (url, seed) => {
            expect(await run(python, 'export.py', url, String(ROWS)), `seed ${seed}`).to.equal(`${ROWS}\n`);
          });
          expect(lost).to.be.greaterThan(0);
        });
      });
    }

    const running = async () => {
      const sql = "select count(*) from information_schema.processlist where info like 'select sleep(20)%%'";
      return Number(((await gateway.execute(sql, [])) as number[][])[0]?.[0]);
    };

    /** Runs `work` with the URL of a proxy that loses a tenth of the responses. @returns how many */
    async function withLosses(work: (url: string, seed: number) => Promise<void>): Promise<number> {
      const proxy = await TcpProxy.start({ port: Number(new URL(gateway.url).port) });
      try {
        const seed = Number(process.env.NETSVC_SEED ?? Date.now() % 2 ** 31);
        const losses = proxy.loseOneIn(10, seed);
        await work(through(proxy), seed);
        return losses.lost;
      } finally {
        await proxy.stop();
      }
    }

    const through = (proxy: TcpProxy) => gateway.url.replace(/:\d+\//, `:${proxy.port}/`);

    if (!inLatest) return;

    it('reports a gateway that is lost as OperationalError', async function () {
      const python = latest ?? pend(this, 'there is no Python 3');
      const proxy = await TcpProxy.start({ port: Number(new URL(gateway.url).port) });
      const child = spawn(python.command, ['-B', source('lost_gateway.py'), through(proxy)], { env: environment });
      const lines = createInterface(child.stdout);
      const printed: string[] = [];
      lines.on('line', (line) => printed.push(line));
      await once(lines, 'line');
      await proxy.stop();
      child.stdin.end('\n');
      await once(child, 'close');
      // Nothing was sent.
      expect(printed).to.deep.equal(['connected', '2006', '2006']);
    });

    /** The arguments of MySQLdb's `connect`, as JSON. */
    const forMysqldb = (context: Mocha.Context) => {
      if (spawnSync(DEBIAN.command, ['-c', 'import MySQLdb']).status !== 0) {
        if (process.env.CI) expect.fail('there is no python3-mysqldb');
        pend(context, 'python3-mysqldb is not installed');
      }
      const { connection } = parseMysqlUrl(database);
      const { host, port, user, password, socketPath } = connection;
      const parameters = { user, db: connection.database, passwd: password ?? '' };
      const place = socketPath === undefined ? { host, port } : { unix_socket: socketPath };
      return JSON.stringify({ ...parameters, ...place });
    };

    it('agrees with MySQLdb, which passes the same tests', async function () {
      const json = forMysqldb(this);
      expect(await run(DEBIAN, 'compliance.py', 'MySQLdb', json, 'pep249_mysqldb')).to.match(/^\d\d tests\n$/);
      expect(await run(DEBIAN, 'streamed.py', 'MySQLdb', json, 'streamed_mysqldb')).to.match(/^\d\d tests\n$/);
    });

    it('runs a shop with the output that it has with MySQLdb', async function () {
      const expected = await run(DEBIAN, 'shop.py', 'MySQLdb', forMysqldb(this), PRICES);
      expect(expected).to.match(/^money: /m);
      const json = JSON.stringify({ url: gateway.url });
      for (const python of [find('2.7'), find('3.13') ?? latest]) {
        if (python) expect(await run(python, 'shop.py', 'netsvc_dbapi', json, PRICES)).to.equal(expected);
      }
    }).timeout(600_000);

    it('does in each line of cases.txt what MySQLdb does', async function () {
      const expected = await run(DEBIAN, 'cases.py', 'MySQLdb', forMysqldb(this));
      const own = JSON.stringify({ url: gateway.url });
      if (latest) expect(await run(latest, 'cases.py', 'netsvc_dbapi', own)).to.equal(expected);
      const old = find('2.7');
      // Its bytes are str.
      const texts = (output: string) => output.replaceAll(/\bb(?=['"])/g, '');
      if (old) expect(texts(await run(old, 'cases.py', 'netsvc_dbapi', own))).to.equal(texts(expected));
    }).timeout(60_000);

    it('computes with the same numbers as MySQLdb', async function () {
      expect(await run(DEBIAN, 'exact_values.py', gateway.url, forMysqldb(this))).to.match(/^\d tests\n$/);
    }).timeout(60_000);
  });
}

const environment = { ...process.env, PYTHONPATH: projectFile('clients/python'), PYTHONIOENCODING: 'utf-8' };

const source = (name: string) => projectFile(`spec/clients/python/${name}`);

/** Runs a program and returns its output; fails with the errors that it prints. */
export async function run(python: Python | undefined, program: string, ...args: string[]): Promise<string> {
  if (python === undefined) throw new Error('the version is not installed');
  const child = spawn(python.command, ['-B', source(program), ...args], { env: environment, timeout: 300_000 });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return status === 0 ? output : expect.fail(errors || output);
}
