import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createConnection } from 'mysql2/promise';
import { parseMysqlUrl } from '#lib/database/index.js';
import type { DATABASE_OPTIONS } from '#lib/server/configuration/database-options.js';
import type { ADMIN_OPTIONS, LISTENER_OPTIONS } from '#lib/server/configuration/listener-options.js';
import { DATABASE_LIMITS, type OPTIONS } from '#lib/server/configuration/options.js';
import { call, failureOf } from '../../support/client.js';
import { ConfiguredServer, OPERATORS } from '../../support/configured-server.js';
import { as } from '../../support/logins.js';
import { ConfigurationFolder } from '../configuration/given.js';
import { REFUSED, REFUSED_FILES } from '../configuration/refused.js';
import { type Look, outcomeOf, SeenServer } from './seen-server.js';

/**
 * What a change of an option does to a running server: its other value, or the keys that are changed with it, and what
 * is seen before the reload and when it is undone, and what after it. `kept`: not by sessions that were opened before.
 */
type Effect = readonly [to: unknown, look: Look, before: unknown, after: unknown, kept?: 'kept'];

type Reload = { readonly reload: string };

/** Those of a table that a reload applies. An option without an effect does not compile. */
type Effects<Table extends Readonly<Record<string, Reload>>> = {
  readonly [Name in keyof Table as Table[Name]['reload'] extends 'restart' ? never : Name]: Effect;
};

/** A value for each of the others. */
type Restarts<Table extends Readonly<Record<string, Reload>>> = {
  readonly [Name in keyof Table as Table[Name]['reload'] extends 'restart' ? Name : never]: unknown;
};

/** These are read when the server stops, or listens on other machines: they have specs of their own, below. */
type ReadLater = 'drain' | 'grace' | 'insecure';

describe('a reload that changes', () => {
  const server = new ConfiguredServer();
  let folder: ConfigurationFolder;
  const seen = new SeenServer(server);
  const { open, outcome, value, inTransaction, sessions, pinned, logins, tls, slow, audited, rows, large } = seen;
  const listeners = [{ port: 0 }, { port: 0, 'tls-certificate': 'cert.pem', 'tls-key': 'key.pem' }];

  before(async () => {
    folder = await ConfigurationFolder.create(server.folder.path);
    await server.folder.write('elsewhere', elsewhere());
    await administrate(
      'CREATE DATABASE IF NOT EXISTS reload',
      "CREATE USER IF NOT EXISTS reload@'%'",
      "GRANT ALL ON *.* TO reload@'%'",
      'CREATE TABLE IF NOT EXISTS test.reloaded (a INT) ENGINE=InnoDB',
      'CREATE TABLE IF NOT EXISTS reload.reloaded (a INT) ENGINE=InnoDB',
      'INSERT INTO test.reloaded VALUES (1)',
    );
    await server.start({
      listeners,
      admin: OPERATORS,
      users: 'users',
      deny: ['203.0.113.7'],
      connections: 3,
      'connections-per-user': 0,
      'connect-wait': 0.3,
      'login-failures': 2,
      'max-sessions': 20,
      'max-sessions-per-user': 0,
      'slow-query': 0.02,
      'audit-log': 'audit.log',
    });
  });

  after(async () => {
    if (server.mysql) await administrate('DROP DATABASE reload', 'DROP TABLE test.reloaded', "DROP USER reload@'%'");
    await folder?.authority.remove();
  });

  /** The URL of another schema, as another account. */
  const elsewhere = () => server.mysql.replace('//root@', '//reload@').replace('/test?', '/reload?');

  const administrate = async (...statements: string[]) => {
    const connection = await createConnection(parseMysqlUrl(server.mysql).connection);
    for (const statement of statements) await connection.query(statement);
    await connection.end();
  };

  const inUse = (count: number, wait = 0.3) =>
    `${count}: All ${count} MySQL connections were in use for ${wait} seconds.`;
  const ofGrace = '1: 1 MySQL connections of user grace were in use for 0.3 seconds, which is the limit.';
  const tooMany = (whose = '') => new RegExp(`^2: 2 sessions( of shop)? are open${whose}, which is the limit\\.$`);
  const tooLong = 'timeout: expected more than 0 and at most 30 seconds, received 40.';
  const tooLarge = 'The result takes more than 51200 bytes, which is the limit.';
  const stopped = 'The statement took more than 0.05 seconds, which is the limit.';
  const sleep = 'select sleep(0.2)';
  const elsewhereSleeps = () => call(seen.shop(), 'execute', sleep);

  const options: Effects<Omit<typeof OPTIONS, ReadLater>> = {
    users: ['more-users', seen.loginOf('ada'), 401, 'done'],
    allow: [['10.0.0.0/8'], () => seen.statusOf(), 200, 403],
    deny: [['127.0.0.1'], () => seen.statusOf(), 200, 403],
    'trusted-proxies': [['127.0.0.1'], seen.forwarded, 200, 403],
    'login-failures': [1, logins, '401 401 429', '401 429 429'],
    'login-exempt': [['127.0.0.0/8'], logins, '401 401 429', '401 401 401'],
    connections: [2, pinned, inUse(3), inUse(2)],
    'connections-per-user': [1, pinned, inUse(3), ofGrace],
    'connect-wait': [0.4, pinned, inUse(3), inUse(3, 0.4)],
    'max-connection-age': [0.05, seen.age, false, true],
    pin: ['always', seen.pins, 0, 1, 'kept'],
    'max-clients': [1, seen.clients, 0, 1],
    'max-sessions': [2, sessions, '4', tooMany()],
    'max-sessions-per-user': [2, sessions, '4', tooMany(' of user grace')],
    'max-sessions-per-host': [2, sessions, '4', tooMany(' from 127\\.0\\.0\\.1')],
    'max-timeout': [30, () => outcomeOf(open(40)), 'done', tooLong],
    'max-request': ['64K', large, 'done', 413],
    memory: ['128K', large, 'done', /memory/],
    'memory-per-user': ['128K', large, 'done', /memory account of the user/],
    'memory-per-session': ['128K', large, 'done', /memory account of the session/],
    'result-memory': ['1K', seen.spilled, 0, 1, 'kept'],
    'max-result': ['50K', rows, 'done', tooLarge, 'kept'],
    'query-timeout': [0.05, outcome(sleep), 'done', stopped, 'kept'],
    'transaction-timeout': [0.05, inTransaction(sleep, async () => {}), 'done', /0\.05 seconds/, 'kept'],
    'idle-transaction-timeout': [0.05, inTransaction('select 1', elsewhereSleeps), 'done', /0\.05 seconds/, 'kept'],
    'log-level': ['debug', seen.loggedCalls, 0, 1],
    'log-statements': ['full', slow, [1, 'select sleep (?)'], [1, 'select sleep(0.05)']],
    'slow-query': [0, slow, [1, 'select sleep (?)'], [0]],
    'metrics-per-user': [true, seen.userMetrics, false, true],
    'audit-log': ['other.log', async () => (await audited())?.file, 'audit.log', 'other.log'],
    'audit-statements': [
      'full',
      async () => (await audited())?.statement,
      'select ? as audited',
      'select 1 as audited',
    ],
  };

  const otherCertificate = { 'tls-certificate': 'other.pem', 'tls-key': 'other.key' };
  const listener: Effects<typeof LISTENER_OPTIONS> = {
    'tls-certificate': [otherCertificate, () => tls(), 'localhost', 'other'],
    'tls-key': [otherCertificate, () => tls(), 'localhost', 'other'],
    'tls-min-version': ['TLSv1.3', () => tls('TLSv1.2'), 'localhost', 'refused'],
  };

  const operatorAda = () => outcomeOf(call(as('ada', `${server.running.adminUrl}admin`), 'sessions'));
  const admin: Effects<typeof ADMIN_OPTIONS> = { users: ['more-users', operatorAda, 401, 'done'] };

  const whereIs = value("select concat(database(), ' ', current_user())");
  const labelled = value(
    "select instr(info, concat('user=', 'grace')) > 0 from information_schema.processlist where id = connection_id()",
  );
  const typeOf = (sql: string) => async (session: string) => typeof (await seen.only(session, sql));
  const has = (header: string) => (session: string) => seen.answer(session, header);
  const [here, there] = ['test root@localhost', 'reload reload@%'];

  const database: Effects<typeof DATABASE_OPTIONS> = {
    url: [() => ({ url: elsewhere() }), whereIs, here, there],
    'url-file': [() => ({ url: undefined, 'url-file': 'elsewhere' }), whereIs, here, there],
    users: [['alan'], (session) => outcomeOf(call(session, 'rowcount')), 'done', 404],
    'read-only': [true, outcome('update reloaded set a = 1'), 'done', /READ ONLY transaction/],
    init: [["set time_zone = '+03:00'"], value('select @@time_zone'), 'SYSTEM', '+03:00'],
    label: [true, labelled, 0, 1, 'kept'],
    autocommit: [false, value('select @@autocommit'), 1, 0, 'kept'],
    rows: ['found', (session) => call(session, 'execute', 'update reloaded set a = 1'), 0, 1],
    bigints: ['string', value('select 9007199254740993'), '9007199254740993', '9007199254740993'],
    decimals: ['double', value('select 1.5'), '1.5', 1.5, 'kept'],
    dates: ['iso8601', typeOf("select date'2020-02-29'"), 'string', 'object', 'kept'],
    nulls: ['empty', value('select null'), null, '', 'kept'],
    answers: ['whole', has('content-length'), false, true, 'kept'],
    compression: ['off', has('content-encoding'), true, false, 'kept'],
  };

  /**
   * The effect on a running server, and back.
   *
   * @param place puts changed keys where they belong
   * @param once only the effect
   */
  const shows = (name: string, effect: Effect, place: (keys: object) => object, once = false) =>
    it(name, async () => {
      const [to, look, before, after, kept] = effect;
      const given = typeof to === 'function' ? to() : to;
      const keys = given?.constructor === Object ? given : { [name]: given };
      const see = async (session: string, expected: unknown, when: string) => {
        const seen = await look(session);
        if (expected instanceof RegExp) expect(seen, when).to.match(expected);
        else expect(seen, when).to.deep.equal(expected);
        if (session) await outcomeOf(call(session, 'close'));
      };
      const anySession = () => (look.length === 0 ? '' : open());
      if (!once) await see(await anySession(), before, 'before');
      const earlier = await anySession();
      expect(await server.reload(place(keys))).to.not.be.empty;
      if (kept) await see(earlier, before, 'in a session of before');
      await see(kept ? await open() : earlier, after, 'after the reload');
      if (once) return;
      const last = kept && (await open());
      expect(await server.reload()).to.not.be.empty;
      if (last) await see(last, after, 'in a session of the reload');
      await see(await anySession(), before, 'when it is undone');
    });

  afterEach(async () => {
    await server.reload();
    await seen.closeAll();
  });

  const ofListener = (keys: object) => {
    const [first, second] = listeners;
    return { listeners: [first, { ...second, ...keys }] };
  };
  const ofAdmin = (keys: object) => ({ admin: { ...OPERATORS, ...keys } });
  const ofDatabase = (keys: object) => ({ databases: { shop: keys } });

  describe('an option of the server is seen by its effect:', () => {
    for (const [name, effect] of Object.entries(options)) shows(name, effect, (keys) => keys);
  });

  describe('an option of a listener is seen by its effect:', () => {
    for (const [name, effect] of Object.entries(listener)) shows(name, effect, ofListener);
  });

  describe('an option of the listener for operators is seen by its effect:', () => {
    for (const [name, effect] of Object.entries(admin)) shows(name, effect, ofAdmin);
  });

  describe('an option of a database is seen by its effect:', () => {
    for (const [name, effect] of Object.entries(database)) shows(name, effect, ofDatabase);
    const limits: Readonly<Record<string, Effect>> = options;
    for (const name of Object.keys(DATABASE_LIMITS)) {
      const effect = limits[name];
      if (effect) shows(name, effect, ofDatabase, true);
    }
  });

  it('a file that --check-config refuses is refused, and changes nothing', async () => {
    server.log.length = 0;
    let count = 0;
    for (const [what, given, problem] of [...REFUSED, ...REFUSED_FILES]) {
      if (typeof given !== 'string') continue;
      await writeFile(server.file, given);
      const { message } = await failureOf(server.running.reload());
      expect(`${folder.brief(message)}\n`, what).to.contain(problem);
      expect(server.log.at(-1)?.message, what).to.equal('nothing is reloaded');
      expect(server.log).to.have.length(++count);
    }
    expect(count).to.be.greaterThan(40);
    expect(await outcomeOf(open(40))).to.equal('done');
    expect(await tls()).to.equal('localhost');
  });

  it('a certificate is replaced in its files, which keep their names', async () => {
    const install = async (certificate: string, key: string) => {
      await copyFile(certificate, server.folder.file('cert.pem'));
      await copyFile(key, server.folder.file('key.pem'));
      await server.reload();
    };
    await install(server.folder.file('other.pem'), server.folder.file('other.key'));
    expect(await tls()).to.equal('other');
    await install(join(folder.authority.folder, 'localhost.pem'), join(folder.authority.folder, 'localhost.key'));
    expect(await tls()).to.equal('localhost');
  });

  describe('an option that requires a restart is refused by its name, with all other changes:', () => {
    const refuses = (key: string, change: () => object) =>
      it(key, async () => {
        const failure = await failureOf(server.reload({ ...change(), 'max-timeout': 30 }));
        expect(failure).to.have.property('message', `these changes require a restart: ${key}`);
        expect(server.log.at(-1)?.message).to.equal('nothing is reloaded');
        expect(await outcomeOf(open(40))).to.equal('done');
      });

    const fixed: Restarts<typeof OPTIONS> = { data: 'elsewhere', instance: 'b', 'wait-for-database': 5 };
    const address: Restarts<typeof LISTENER_OPTIONS> = { host: '127.0.0.2', port: 1 };
    const operators: Restarts<typeof ADMIN_OPTIONS> = { host: '127.0.0.2', port: 1 };
    for (const [name, value] of Object.entries(fixed)) refuses(name, () => ({ [name]: value }));
    for (const [name, value] of Object.entries(address)) {
      refuses(`listeners.1.${name}`, () => ofListener({ [name]: value }));
    }
    for (const [name, value] of Object.entries(operators)) refuses(`admin.${name}`, () => ofAdmin({ [name]: value }));
    refuses('users', () => ({ users: undefined }));
    refuses('listeners.1.tls-certificate, listeners.1.tls-key', () =>
      ofListener({ 'tls-certificate': undefined, 'tls-key': undefined }),
    );
    refuses('listeners', () => ({ listeners: [{}] }));
    refuses('admin', () => ({ admin: undefined }));
    refuses('admin.users', () => ({ admin: { port: 0 } }));
    refuses('databases', () => ({ databases: undefined }));
  });
});
