import { expect } from 'chai';
import { call, type Fault } from '../support/client.js';
import { CommandProxy, type Part, type Withheld } from '../support/command-proxy.js';
import { DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

/** The codes of lost connections: those of the client library, and of a KILL in MariaDB and MySQL. */
const LOST = [2006, 2013, 1927, 3169];

const UNKNOWN = 'COMMIT: it is not known whether the transaction is committed';

interface Outcome {
  /** Undefined if there is an answer. */
  readonly code: number | undefined;
  /** The last line of the fault. */
  readonly where: string;
  /** The rows that the transaction has left. */
  readonly rows: number;
}

describe('a transaction in one call whose connection to MySQL is lost', () => {
  let direct: DatabaseGateway;
  let proxy: CommandProxy;
  let gateway: DatabaseGateway;
  let attempt = 0;

  before(async function () {
    const url = testDatabase(this);
    direct = await DatabaseGateway.start(url);
    await direct.execute('drop table if exists pairs');
    await direct.execute('create table pairs (attempt int, id int) engine=InnoDB');
    proxy = await CommandProxy.start(url);
    gateway = await DatabaseGateway.start(proxy.url, { connections: 1 });
  });

  after(async () => {
    await gateway?.stop();
    await proxy?.stop();
    await direct?.stop();
  });

  /** The outcome of three INSERTs. */
  const outcome = async (url = gateway.url): Promise<Outcome> => {
    attempt++;
    const statements = [1, 2, 3].map((id) => [`insert into pairs values (${attempt}, ${id})`]);
    const fault = await call(url, 'transaction', statements).then(
      () => undefined,
      (error: Fault) => error,
    );
    const count = `select count(*) from pairs where attempt = ${attempt}`;
    // A transaction that was lost is rolled back when MySQL has noticed.
    const [[rows = -1] = []] = (await direct.execute(`${count} for update`)) as number[][];
    const where = fault?.faultString?.split('\n').at(-1) ?? fault?.message ?? '';
    return { code: fault?.faultCode, where, rows };
  };

  /** The connection is idle. */
  const ready = async () => {
    await gateway.execute('select 1');
    await until(() => gateway.pool.connections.every(({ use, isResetDue }) => use === 'idle' && !isResetDue));
  };

  const kill = async () => {
    const [{ threadId } = { threadId: 0 }] = gateway.pool.connections;
    await direct.execute(`kill ${threadId}`);
    const listed = `select count(*) from information_schema.processlist where id = ${threadId}`;
    await until(async () => JSON.stringify(await direct.execute(listed)) === '[[0]]');
  };

  const killBefore = async ({ release }: Withheld) => {
    await kill();
    release();
  };
  const MOMENTS: [string, withheld: Part, loses: (withheld: Withheld) => void | Promise<void>][] = [
    ['is cut before MySQL receives', 'command', ({ cut }) => cut()],
    ['is cut after MySQL has run', 'answer', ({ cut }) => cut()],
    ['is killed before', 'command', killBefore],
  ];
  const insert = (id: number): [string, string] => [
    `insert into pairs values (ATTEMPT, ${id})`,
    `statement ${id} of 3`,
  ];
  const POINTS: [string, string][] = [
    ['START TRANSACTION', 'START TRANSACTION'],
    insert(1),
    insert(2),
    insert(3),
    ['COMMIT', UNKNOWN],
  ];
  for (const [moment, part, loses] of MOMENTS) {
    for (const [command, where] of POINTS) {
      const commits = command === 'COMMIT' && part === 'answer';
      const title = command.replace(/into .* (\d).$/, '$1');
      it(`leaves ${commits ? 'everything' : 'nothing'} if it ${moment} ${title}, and the fault says where`, async () => {
        await ready();
        const text = command.replace('ATTEMPT', String(attempt + 1));
        const lost = proxy.withhold(part, (received) => received.text.startsWith(text)).then(loses);
        const { code, ...rest } = await outcome();
        await lost;
        expect(code).to.be.oneOf(LOST);
        expect(rest).to.deep.equal({ where, rows: commits ? 3 : 0 });
      });
    }
  }

  it('is committed and answered if the connection is lost behind the COMMIT', async () => {
    for (const part of ['command', 'answer'] as const) {
      await ready();
      void proxy.withhold(part, ({ text }) => text === 'RESET').then(({ cut }) => cut());
      expect(await outcome()).to.deep.equal({ code: undefined, where: '', rows: 3 });
    }
  });

  it('is committed, although the client does not know it, if its response is lost', async () => {
    await ready();
    const http = await TcpProxy.start({ port: Number(new URL(gateway.url).port) });
    try {
      http.lose(1, () => 0);
      const { where, rows } = await outcome(gateway.url.replace(/:\d+\//, `:${http.port}/`));
      expect(where).to.match(/ECONNRESET|socket hang up/);
      expect(rows).to.equal(3);
    } finally {
      await http.stop();
    }
  });
});
