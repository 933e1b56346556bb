import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { globalAgent } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { createConnection } from 'mysql2/promise';
import { parseMysqlUrl } from '#lib/database/index.js';
import type { DATABASE_OPTIONS } from '#lib/server/configuration/database-options.js';
import type { ADMIN_OPTIONS, LISTENER_OPTIONS } from '#lib/server/configuration/listener-options.js';
import { DATABASE_LIMITS, type OPTIONS } from '#lib/server/configuration/options.js';
import { call, callDocument, type Fault, failureOf } from '../../support/client.js';
import { ConfiguredServer, OPERATORS } from '../../support/configured-server.js';
import { ask } from '../../support/http.js';
import { as, basic } from '../../support/logins.js';
import { spillFiles } from '../../support/spill-files.js';
import { until } from '../../support/until.js';
import { ConfigurationFolder } from '../configuration/given.js';
import { REFUSED, REFUSED_FILES } from '../configuration/refused.js';

/** What is seen of a server from outside. @param session opened before the reload; without it, none is */
type Look = (session: string) => Promise<unknown>;

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

const HUNDRED = 'with recursive hundred(n) as (select 1 union all select n + 1 from hundred where n < 100)';

/** These are read when the server stops, or listens on other machines: they have specs of their own, below. */
type ReadLater = 'drain' | 'grace' | 'insecure';

describe('a reload that changes', () => {
  const server = new ConfiguredServer();
  let folder: ConfigurationFolder;
  let networks = 1;
  const opened: string[] = [];
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

  const shop = (user = 'grace') => server.url(user);

  const operate = async (method: 'sessions' | 'connections') =>
    (await server.operate(method)) as Readonly<Record<string, unknown>>[];

  const open = async (timeout = 30) => {
    const session = `${shop()}/${await call(shop(), 'cursor', timeout)}`;
    opened.push(session);
    return session;
  };

  const run = async (session: string, sql: string) => {
    await call(session, 'execute', sql);
    return call(session, 'fetchone');
  };

  const only = async (session: string, sql: string) => ([] as unknown[]).concat(await run(session, sql))[0];

  /** The status of a call: on a connection that was open before the first reload, or through a proxy. */
  const statusOf = async (headers: Record<string, string> = {}) => {
    const body = callDocument('system.listMethods');
    const all = { 'Content-Type': 'text/xml', 'Content-Length': String(body.length), ...basic('grace'), ...headers };
    return (await ask(server.url(), { headers: all, body })).status;
  };

  /** How many of four things can be done at once, and why not the next one. */
  const countOf = async (session: string, act: (session: string) => Promise<unknown>) => {
    await call(session, 'close');
    const all: string[] = [];
    try {
      for (let i = 0; i < 4; i++) {
        const one = await open();
        all.push(one);
        const failure = await outcomeOf(act(one));
        if (failure !== 'done') return `${i}: ${failure}`;
      }
      return '4';
    } catch (error) {
      return `${all.length}: ${textOf(error)}`;
    } finally {
      for (const one of all) await call(one, 'close');
    }
  };
  const sessions = (session: string) => countOf(session, async () => {});
  const pinned = (session: string) => countOf(session, (one) => call(one, 'begin'));

  /** The statuses of logins with other passwords, from an address of its own. */
  const logins = async () => {
    const { hostname, port } = new URL(server.url());
    const statuses: string[] = [];
    const localAddress = `127.0.0.${++networks}`;
    for (let i = 0; i < 3; i++) {
      const socket = connectTcp({ host: hostname, port: Number(port), localAddress });
      const { Authorization } = basic(`alan:${networks}.${i}`);
      const head = `POST /shop HTTP/1.1\r\nContent-Type: text/xml\r\nAuthorization: ${Authorization}`;
      socket.write(`${head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      const [answer] = (await once(socket.setEncoding('latin1'), 'data')) as [string];
      statuses.push(answer.slice(9, 12));
      socket.destroy();
    }
    return statuses.join(' ');
  };

  const tls = async (maxVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3') => {
    const url = new URL(server.running.endpoints.find((endpoint) => endpoint.startsWith('https:')) ?? '');
    const socket = connectTls({ host: url.hostname, port: Number(url.port), rejectUnauthorized: false, maxVersion });
    try {
      await once(socket, 'secureConnect');
      return socket.getPeerCertificate().subject.CN;
    } catch {
      return 'refused';
    } finally {
      socket.destroy();
    }
  };

  /** What is logged of a slow statement, and counted. */
  const slow = async (session: string) => {
    const count = () => server.metric('netsvc_slow_statements_total{database="shop"}');
    const before = Number(await count());
    server.log.length = 0;
    await call(session, 'execute', 'select sleep(0.05)');
    const statements = server.logged('slow statement').map(({ fields }) => Reflect.get(fields, 'statement'));
    return [Number(await count()) - before, ...statements];
  };

  /** The file and the form of a statement in the audit log. */
  const audited = async () => {
    const files = ['audit.log', 'other.log'];
    const read = () => Promise.all(files.map((file) => readFile(server.folder.file(file), 'utf8').catch(() => '')));
    const before = await read();
    await call(shop('grace'), 'execute', 'select 1 as audited');
    let found: { file: string | undefined; statement: string } | undefined;
    await until(async () => {
      for (const [i, text] of (await read()).entries()) {
        const statement = /"statement":"(select .* as audited)"/.exec(text.slice(before[i]?.length))?.[1];
        if (statement !== undefined) found = { file: files[i], statement };
      }
      return found !== undefined;
    });
    return found;
  };

  const large = (session: string) => outcomeOf(call(session, 'execute', `select 1 /* ${'x'.repeat(200_000)} */`));
  const rows = (session: string) =>
    outcomeOf(call(session, 'execute', `${HUNDRED} select repeat('x', 1000) from hundred`));

  /** Headers of a large response. */
  const answer = async (session: string, name: string) => {
    await call(session, 'execute', `${HUNDRED} select repeat('x', 10000) from hundred`);
    const { origin, pathname } = new URL(session);
    const body = callDocument('fetchall');
    const sent = { 'Content-Type': 'text/xml', 'Content-Length': String(body.length), 'Accept-Encoding': 'gzip' };
    const { headers } = await ask(origin + pathname, { headers: { ...sent, ...basic('grace') }, body });
    return headers[name] !== undefined;
  };

  const outcome = (sql: string) => (session: string) => outcomeOf(call(session, 'execute', sql));
  const value = (sql: string) => (session: string) => only(session, sql);
  const inTransaction = (sql: string, run: Look) => async (session: string) => {
    await call(session, 'begin');
    await run(session);
    return outcome(sql)(session);
  };

  const age = async () => {
    const ids = new Set<unknown>();
    for (let i = 0; i < 4; i++) {
      ids.add(String(await call(shop(), 'execute', 'select connection_id() from (select sleep(0.03)) s')));
      await until(async () => (await operate('connections')).every(({ state }) => state === 'idle'));
    }
    return ids.size > 1;
  };

  /** How many more sessions are pinned behind a SELECT. */
  const pins = async (session: string) => {
    const count = async () => (await operate('sessions')).filter(({ pinReason }) => pinReason).length;
    const others = await count();
    await run(session, 'select 1');
    return (await count()) - others;
  };

  /** How many of two connections are closed. */
  const clients = async () => {
    globalAgent.destroy();
    const { hostname, port } = new URL(server.url());
    const sockets = [0, 1].map(() => connectTcp({ host: hostname, port: Number(port) }));
    const answers = sockets.map((socket) => {
      socket.on('error', () => {});
      socket.write('GET /shop HTTP/1.1\r\n\r\n');
      return new Promise((resolve) => {
        socket.on('data', () => resolve('answered')).on('close', () => resolve('closed'));
      });
    });
    const all = await Promise.all(answers);
    for (const socket of sockets) socket.destroy();
    return all.filter((one) => one === 'closed').length;
  };

  const spilled = async (session: string) => {
    const files = spillFiles();
    await rows(session);
    return spillFiles() - files;
  };

  const loggedCalls = async (session: string) => {
    server.log.length = 0;
    await call(session, 'execute', 'select 1');
    return server.logged('call').length;
  };

  const userMetrics = async () => {
    await call(shop('grace'), 'execute', 'do 0');
    return Number(await server.metric('netsvc_user_calls_total{user="grace"}')) > 0;
  };

  const loginOf = (user: string) => () => outcomeOf(call(shop(user), 'execute', 'do 0'));
  const forwarded = () => statusOf({ 'X-Forwarded-For': '203.0.113.7' });
  const inUse = (count: number, wait = 0.3) =>
    `${count}: All ${count} MySQL connections were in use for ${wait} seconds.`;
  const ofGrace = '1: 1 MySQL connections of user grace were in use for 0.3 seconds, which is the limit.';
  const tooMany = (whose = '') => new RegExp(`^2: 2 sessions( of shop)? are open${whose}, which is the limit\\.$`);
  const tooLong = 'timeout: expected more than 0 and at most 30 seconds, received 40.';
  const tooLarge = 'The result takes more than 51200 bytes, which is the limit.';
  const stopped = 'The statement took more than 0.05 seconds, which is the limit.';
  const sleep = 'select sleep(0.2)';
  const elsewhereSleeps = () => call(shop(), 'execute', sleep);

  const options: Effects<Omit<typeof OPTIONS, ReadLater>> = {
    users: ['more-users', loginOf('ada'), 401, 'done'],
    allow: [['10.0.0.0/8'], () => statusOf(), 200, 403],
    deny: [['127.0.0.1'], () => statusOf(), 200, 403],
    'trusted-proxies': [['127.0.0.1'], forwarded, 200, 403],
    'login-failures': [1, logins, '401 401 429', '401 429 429'],
    'login-exempt': [['127.0.0.0/8'], logins, '401 401 429', '401 401 401'],
    connections: [2, pinned, inUse(3), inUse(2)],
    'connections-per-user': [1, pinned, inUse(3), ofGrace],
    'connect-wait': [0.4, pinned, inUse(3), inUse(3, 0.4)],
    'max-connection-age': [0.05, age, false, true],
    pin: ['always', pins, 0, 1, 'kept'],
    'max-clients': [1, clients, 0, 1],
    'max-sessions': [2, sessions, '4', tooMany()],
    'max-sessions-per-user': [2, sessions, '4', tooMany(' of user grace')],
    'max-sessions-per-host': [2, sessions, '4', tooMany(' from 127\\.0\\.0\\.1')],
    'max-timeout': [30, () => outcomeOf(open(40)), 'done', tooLong],
    'max-request': ['64K', large, 'done', 413],
    memory: ['128K', large, 'done', /memory/],
    'memory-per-user': ['128K', large, 'done', /memory account of the user/],
    'memory-per-session': ['128K', large, 'done', /memory account of the session/],
    'result-memory': ['1K', spilled, 0, 1, 'kept'],
    'max-result': ['50K', rows, 'done', tooLarge, 'kept'],
    'query-timeout': [0.05, outcome(sleep), 'done', stopped, 'kept'],
    'transaction-timeout': [0.05, inTransaction(sleep, async () => {}), 'done', /0\.05 seconds/, 'kept'],
    'idle-transaction-timeout': [0.05, inTransaction('select 1', elsewhereSleeps), 'done', /0\.05 seconds/, 'kept'],
    'log-level': ['debug', loggedCalls, 0, 1],
    'log-statements': ['full', slow, [1, 'select sleep (?)'], [1, 'select sleep(0.05)']],
    'slow-query': [0, slow, [1, 'select sleep (?)'], [0]],
    'metrics-per-user': [true, userMetrics, false, true],
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
  const typeOf = (sql: string) => async (session: string) => typeof (await only(session, sql));
  const has = (header: string) => (session: string) => answer(session, header);
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
    for (const session of opened.splice(0)) await outcomeOf(call(session, 'close'));
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

/** 'done', the status of a call without a response, or the text of its fault. */
async function outcomeOf(answer: Promise<unknown>): Promise<unknown> {
  try {
    await answer;
    return 'done';
  } catch (error) {
    return textOf(error);
  }
}

function textOf(error: unknown): unknown {
  const { faultString, res } = error as Partial<Fault> & { res?: { statusCode: number } };
  if (faultString === undefined && res === undefined) throw error;
  return faultString?.split('\n').at(-1) ?? res?.statusCode;
}
