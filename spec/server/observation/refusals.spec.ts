import { connect } from 'node:net';
import { expect } from 'chai';
import { call, faultOf } from '../../support/client.js';
import { ConfiguredServer } from '../../support/configured-server.js';
import { startPrivateServer, urlOf } from '../../support/mariadb.js';
import { until } from '../../support/until.js';

/** A refusal: its resource, the options with which it happens, what causes it, and the fields of its line of the log. */
interface Refused {
  readonly resource: string;
  readonly database?: string;
  readonly options: object;
  /** @returns how often it was caused */
  readonly cause: () => Promise<number>;
  readonly fields: object;
}

describe('what is refused', () => {
  const server = new ConfiguredServer('spec');

  const refusals = (resource: string, database = '') =>
    server.metric(`netsvc_refusals_total{resource="${resource}",database="${database}"}`);

  /** The fields of the lines that the log has of refusals, which are warnings. */
  const logged = () => {
    const lines = server.logged('requests are refused');
    for (const { level } of lines) expect(level).to.equal('warn');
    return lines.map(({ fields }) => fields);
  };

  const expectRefused = async (answer: Promise<unknown>) => expect((await faultOf(answer)).code).to.equal(51);
  const select = () => call(server.url(), 'execute', 'select 1');
  /** A session that keeps a connection. */
  const pin = async () => {
    const session = await server.open();
    await session.call('begin');
    return session;
  };
  const held = { database: 'shop', holder_address: '127.0.0.1', held: 1 };

  const cases: Readonly<Record<string, Refused>> = {
    'there are too many sessions': {
      resource: 'sessions',
      options: { 'max-sessions': 2 },
      cause: async () => {
        for (let i = 0; i < 2; i++) await server.open();
        for (let i = 0; i < 3; i++) await expectRefused(server.open());
        return 3;
      },
      fields: { holder: '', held: 2, holder_database: 'shop' },
    },
    'no connection becomes free in time': {
      resource: 'connections',
      database: 'shop',
      options: { connections: 1, 'connect-wait': 0.1, 'wait-for-database': 30 },
      cause: async () => {
        await pin();
        for (let i = 0; i < 2; i++) await expectRefused(select());
        return 2;
      },
      fields: held,
    },
    'too many requests wait for a connection': {
      resource: 'waiting',
      database: 'shop',
      options: { connections: 1, 'max-sessions': 1 },
      cause: async () => {
        const session = await pin();
        const waiting = select();
        await expectRefused(select());
        await session.call('close');
        await waiting;
        return 1;
      },
      fields: held,
    },
    'there is too little memory': {
      resource: 'memory_of_user',
      options: { memory: '8M' },
      cause: async () => {
        await expectRefused(call(server.url(), 'execute', 'select %s', ['x'.repeat(7_000_000)]));
        return 1;
      },
      fields: { client_address: '127.0.0.1' },
    },
    'files cannot be created': {
      resource: 'disk',
      options: { 'result-memory': '64K' },
      cause: async () => {
        const { TMPDIR } = process.env;
        process.env.TMPDIR = '/nowhere';
        const query = "select seq, repeat('x', 100) from numbers where seq <= 10000";
        await expectRefused(call(server.url(), 'query', query)).finally(() => {
          if (TMPDIR === undefined) delete process.env.TMPDIR;
          else process.env.TMPDIR = TMPDIR;
        });
        return 1;
      },
      fields: {},
    },
  };
  for (const [title, { resource, database, options, cause, fields }] of Object.entries(cases)) {
    it(`is seen if ${title}`, async () => {
      await server.start(options);
      expect(await refusals(resource, database)).to.equal(0);
      const caused = await cause();
      expect(await refusals(resource, database)).to.equal(caused);
      await server.stop(0);
      expect(logged()).to.deep.equal([{ resource, ...fields }]);
    });
  }

  it('is seen if clients have too many connections', async () => {
    await server.start({ 'max-clients': 5 });
    const { port } = new URL(server.url());
    const opened = Array.from({ length: 10 }, () => connect(Number(port), '127.0.0.1').on('error', () => {}));
    await until(async () => Number(await refusals('clients')) >= 5);
    for (const socket of opened) socket.destroy();
    await server.stop(0);
    expect(logged()).to.deep.equal([{ resource: 'clients', holder_address: '127.0.0.1', held: 6 }]);
  });

  it('is seen if MySQL has too many connections', async () => {
    const mysql = await startPrivateServer(server.folder.file('data'), ['--max-connections=10']);
    try {
      await server.start({ connections: 20, 'connect-wait': 1, databases: { shop: { url: urlOf(mysql) } } });
      const sessions = await Promise.all(Array.from({ length: 15 }, () => server.open()));
      await Promise.allSettled(sessions.map((session) => session.call('begin')));
      expect(await refusals('mysql_connections', 'shop')).to.be.at.least(1);
      await server.stop(0);
      const [line] = logged().filter((fields) => Reflect.get(fields, 'resource') === 'mysql_connections');
      expect(line).to.include({ database: 'shop', holder: '' });
      expect(line).to.have.property('held').that.is.at.least(1);
    } finally {
      await server.stop(0);
      await mysql.stop();
    }
  });
});
