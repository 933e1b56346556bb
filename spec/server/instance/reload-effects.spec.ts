import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { globalAgent } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { createConnection } from 'mysql2/promise';
import { parseMysqlUrl } from '#lib/database/index.js';
import type { DATABASE_OPTIONS } from '#lib/server/configuration/database-options.js';
import type { ADMIN_OPTIONS, LISTENER_OPTIONS } from '#lib/server/configuration/listener-options.js';
import { DATABASE_LIMITS, type OPTIONS } from '#lib/server/configuration/options.js';
import { type Certificates, type IssuedCertificate, makeAuthority } from '../../support/certificates.js';
import { call, callDocument, type Fault } from '../../support/client.js';
import { ask } from '../../support/http.js';
import { testDatabase } from '../../support/mariadb.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { spillFiles } from '../../support/spill-files.js';
import { until } from '../../support/until.js';

/** What a change of an option does to a running server. */
interface Effect {
  /** The other value of the option, or the keys that are changed with it. */
  readonly value?: unknown;
  readonly keys?: Readonly<Record<string, unknown>>;
  /** Looks at the server from outside, and returns `before` until the reload, and again when it is undone. */
  readonly look: (session: string) => Promise<unknown>;
  readonly before: unknown;
  readonly after: unknown;
  /** Sessions that were opened before the reload go on as before. */
  readonly keptBySessions?: true;
}

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
  let mysql: string;
  let folder: string;
  let server: RunningServer;
  let authority: Certificates;
  let other: IssuedCertificate;
  let expired: IssuedCertificate;
  let base: { readonly [key: string]: unknown };
  let networks = 1;
  const opened: string[] = [];

  before(async function () {
    mysql = testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    authority = await makeAuthority();
    const own = await authority.issue('localhost');
    other = await authority.issue('other');
    expired = await authority.issueBetween('expired', '20200101000000Z', '20200131000000Z');
    await writeFile(join(folder, 'nobody'), '');
    await copyFile(other.key, join(folder, 'other.key'));
    await copyFile(other.certificate, join(folder, 'other.pem'));
    await writeFile(join(folder, 'users'), passwordsOf('grace', 'alan', 'olga'));
    await writeFile(join(folder, 'more-users'), passwordsOf('grace', 'alan', 'olga', 'ada'));
    await writeFile(join(folder, 'url'), elsewhere());
    await administrate(
      'CREATE DATABASE IF NOT EXISTS reload',
      "CREATE USER IF NOT EXISTS reload@'%'",
      "GRANT ALL ON *.* TO reload@'%'",
      'CREATE TABLE IF NOT EXISTS test.reloaded (a INT) ENGINE=InnoDB',
      'CREATE TABLE IF NOT EXISTS reload.reloaded (a INT) ENGINE=InnoDB',
      'INSERT INTO test.reloaded VALUES (1)',
    );
    base = {
      listeners: [{ port: 0 }, { port: 0, 'tls-certificate': own.certificate, 'tls-key': own.key }],
      admin: { port: 0, users: 'users' },
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
      databases: { shop: { url: mysql } },
    };
    await write(base);
    server = await RunningServer.start(['--config', join(folder, 'netsvc.yaml')], []);
  });

  after(async () => {
    await server?.stop(0);
    await authority?.remove();
    if (mysql) await administrate('DROP DATABASE reload', 'DROP TABLE test.reloaded', "DROP USER reload@'%'");
    if (folder) await rm(folder, { recursive: true });
  });

  /** The URL of another schema, as another account. */
  const elsewhere = () => mysql.replace('//root@', '//reload@').replace('/test?', '/reload?');

  const write = (options: object) => writeFile(join(folder, 'netsvc.yaml'), JSON.stringify(options));

  const administrate = async (...statements: string[]) => {
    const connection = await createConnection(parseMysqlUrl(mysql).connection);
    for (const statement of statements) await connection.query(statement);
    await connection.end();
  };

  /** Makes the changes, and returns the keys that the reload names. */
  const reload = async (...changes: readonly object[]) => {
    await write(Object.assign({}, base, ...changes));
    return server.reload();
  };

  const as = (user: string, url: string) => url.replace('//', `//${user}:${user}@`);
  const shop = (user = 'grace') => as(user, server.url);

  const operate = async (method: 'sessions' | 'connections') =>
    (await call(as('olga', `${server.adminUrl}admin`), method)) as Readonly<Record<string, unknown>>[];

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
    const login = `Basic ${Buffer.from('grace:grace').toString('base64')}`;
    const length = String(body.length);
    const all = { 'Content-Type': 'text/xml', 'Content-Length': length, Authorization: login, ...headers };
    return (await ask(server.url, { headers: all, body })).status;
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
    const { hostname, port } = new URL(server.url);
    const statuses: string[] = [];
    const localAddress = `127.0.0.${++networks}`;
    for (let i = 0; i < 3; i++) {
      const socket = connectTcp({ host: hostname, port: Number(port), localAddress });
      const login = Buffer.from(`alan:${networks}.${i}`).toString('base64');
      socket.write(
        `POST /shop HTTP/1.1\r\nContent-Type: text/xml\r\nAuthorization: Basic ${login}\r\n` +
          'Connection: close\r\nContent-Length: 0\r\n\r\n',
      );
      const [head] = (await once(socket.setEncoding('latin1'), 'data')) as [string];
      statuses.push(head.slice(9, 12));
      socket.destroy();
    }
    return statuses.join(' ');
  };

  const tls = async (maxVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3') => {
    const url = new URL(server.endpoints.find((endpoint) => endpoint.startsWith('https:')) ?? '');
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
  const metrics = async () => {
    const headers = { Authorization: `Basic ${Buffer.from('olga:olga').toString('base64')}` };
    return (await ask(`${server.adminUrl}metrics`, { method: 'GET', headers })).body;
  };

  const slow = async (session: string) => {
    const count = async () => Number(/^netsvc_slow_statements_total\S* (\d+)/m.exec(await metrics())?.[1]);
    const before = await count();
    server.log.length = 0;
    await call(session, 'execute', 'select sleep(0.05)');
    const counted = (await count()) - before;
    const lines = server.log.filter(({ message }) => message === 'slow statement');
    return [counted, ...lines.map(({ fields }) => Reflect.get(fields, 'statement'))];
  };

  /** The file and the form of a statement in the audit log. */
  const audited = async () => {
    const files = ['audit.log', 'other.log'];
    const read = () => Promise.all(files.map((file) => readFile(join(folder, file), 'utf8').catch(() => '')));
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
    const url = new URL(session);
    const login = `Basic ${Buffer.from('grace:grace').toString('base64')}`;
    const body = callDocument('fetchall');
    const headers = { 'Content-Type': 'text/xml', 'Content-Length': String(body.length), Authorization: login };
    const accepting = { ...headers, 'Accept-Encoding': 'gzip' };
    const reply = await ask(`${url.origin}${url.pathname}`, { headers: accepting, body });
    return reply.headers[name] !== undefined;
  };

  const options: Effects<Omit<typeof OPTIONS, ReadLater>> = {
    users: {
      value: 'more-users',
      look: () => outcomeOf(call(shop('ada'), 'execute', 'do 0')),
      before: 401,
      after: 'done',
    },
    allow: { value: ['10.0.0.0/8'], look: () => statusOf(), before: 200, after: 403 },
    deny: { value: ['127.0.0.1'], look: () => statusOf(), before: 200, after: 403 },
    'trusted-proxies': {
      value: ['127.0.0.1'],
      look: () => statusOf({ 'X-Forwarded-For': '203.0.113.7' }),
      before: 200,
      after: 403,
    },
    'login-failures': { value: 1, look: logins, before: '401 401 429', after: '401 429 429' },
    'login-exempt': { value: ['127.0.0.0/8'], look: logins, before: '401 401 429', after: '401 401 401' },
    connections: {
      value: 2,
      look: pinned,
      before: '3: All 3 MySQL connections were in use for 0.3 seconds.',
      after: '2: All 2 MySQL connections were in use for 0.3 seconds.',
    },
    'connections-per-user': {
      value: 1,
      look: pinned,
      before: '3: All 3 MySQL connections were in use for 0.3 seconds.',
      after: '1: 1 MySQL connections of user grace were in use for 0.3 seconds, which is the limit.',
    },
    'connect-wait': {
      value: 0.4,
      look: pinned,
      before: '3: All 3 MySQL connections were in use for 0.3 seconds.',
      after: '3: All 3 MySQL connections were in use for 0.4 seconds.',
    },
    'max-connection-age': {
      value: 0.05,
      look: async () => {
        const ids = new Set<unknown>();
        for (let i = 0; i < 4; i++) {
          ids.add(String(await call(shop(), 'execute', 'select connection_id() from (select sleep(0.03)) s')));
          await until(async () => (await operate('connections')).every(({ state }) => state === 'idle'));
        }
        return ids.size > 1;
      },
      before: false,
      after: true,
    },
    pin: {
      value: 'always',
      look: async (session) => {
        const isPinned = async () => (await operate('sessions')).filter(({ pinReason }) => pinReason).length;
        const others = await isPinned();
        await run(session, 'select 1');
        return (await isPinned()) - others;
      },
      before: 0,
      after: 1,
      keptBySessions: true,
    },
    'max-clients': {
      value: 1,
      look: async () => {
        globalAgent.destroy();
        const { hostname, port } = new URL(server.url);
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
      },
      before: 0,
      after: 1,
    },
    'max-sessions': {
      value: 2,
      look: sessions,
      before: '4',
      after: /^2: 2 sessions( of shop)? are open, which is the limit\.$/,
    },
    'max-sessions-per-user': {
      value: 2,
      look: sessions,
      before: '4',
      after: /^2: 2 sessions( of shop)? are open of user grace, which is the limit\.$/,
    },
    'max-sessions-per-host': {
      value: 2,
      look: sessions,
      before: '4',
      after: /^2: 2 sessions( of shop)? are open from 127\.0\.0\.1, which is the limit\.$/,
    },
    'max-timeout': {
      value: 30,
      look: () => outcomeOf(open(40)),
      before: 'done',
      after: 'timeout: expected more than 0 and at most 30 seconds, received 40.',
    },
    'max-request': { value: '64K', look: large, before: 'done', after: 413 },
    memory: { value: '128K', look: large, before: 'done', after: /memory/ },
    'memory-per-user': { value: '128K', look: large, before: 'done', after: /memory account of the user/ },
    'memory-per-session': { value: '128K', look: large, before: 'done', after: /memory account of the session/ },
    'result-memory': {
      value: '1K',
      look: async (session) => {
        const files = spillFiles();
        await rows(session);
        return spillFiles() - files;
      },
      before: 0,
      after: 1,
      keptBySessions: true,
    },
    'max-result': {
      value: '50K',
      look: rows,
      before: 'done',
      after: 'The result takes more than 51200 bytes, which is the limit.',
      keptBySessions: true,
    },
    'query-timeout': {
      value: 0.05,
      look: (session) => outcomeOf(call(session, 'execute', 'select sleep(0.2)')),
      before: 'done',
      after: 'The statement took more than 0.05 seconds, which is the limit.',
      keptBySessions: true,
    },
    'transaction-timeout': {
      value: 0.05,
      look: async (session) => {
        await call(session, 'begin');
        return outcomeOf(call(session, 'execute', 'select sleep(0.2)'));
      },
      before: 'done',
      after: /0\.05 seconds/,
      keptBySessions: true,
    },
    'idle-transaction-timeout': {
      value: 0.05,
      look: async (session) => {
        await call(session, 'begin');
        await call(shop(), 'execute', 'select sleep(0.2)');
        return outcomeOf(call(session, 'execute', 'select 1'));
      },
      before: 'done',
      after: /0\.05 seconds/,
      keptBySessions: true,
    },
    'log-level': {
      value: 'debug',
      look: async (session) => {
        server.log.length = 0;
        await call(session, 'execute', 'select 1');
        return server.log.filter(({ message }) => message === 'call').length;
      },
      before: 0,
      after: 1,
    },
    'log-statements': { value: 'full', look: slow, before: [1, 'select sleep (?)'], after: [1, 'select sleep(0.05)'] },
    'slow-query': { value: 0, look: slow, before: [1, 'select sleep (?)'], after: [0] },
    'metrics-per-user': {
      value: true,
      look: async () => {
        await call(shop('grace'), 'execute', 'do 0');
        return /^netsvc_user_calls_total{user="grace"} [1-9]/m.test(await metrics());
      },
      before: false,
      after: true,
    },
    'audit-log': {
      value: 'other.log',
      look: async () => (await audited())?.file,
      before: 'audit.log',
      after: 'other.log',
    },
    'audit-statements': {
      value: 'full',
      look: async () => (await audited())?.statement,
      before: 'select ? as audited',
      after: 'select 1 as audited',
    },
  };

  const listener: Effects<typeof LISTENER_OPTIONS> = {
    'tls-certificate': {
      keys: { 'tls-certificate': 'other.pem', 'tls-key': 'other.key' },
      look: () => tls(),
      before: 'localhost',
      after: 'other',
    },
    'tls-key': {
      keys: { 'tls-certificate': 'other.pem', 'tls-key': 'other.key' },
      look: () => tls(),
      before: 'localhost',
      after: 'other',
    },
    'tls-min-version': { value: 'TLSv1.3', look: () => tls('TLSv1.2'), before: 'localhost', after: 'refused' },
  };

  const admin: Effects<typeof ADMIN_OPTIONS> = {
    users: {
      value: 'more-users',
      look: () => outcomeOf(call(as('ada', `${server.adminUrl}admin`), 'sessions')),
      before: 401,
      after: 'done',
    },
  };

  const whereIs = (session: string) => only(session, "select concat(database(), ' ', current_user())");
  const value = (sql: string) => (session: string) => only(session, sql);

  const database: Effects<typeof DATABASE_OPTIONS> = {
    url: {
      keys: {
        get url() {
          return elsewhere();
        },
      },
      look: whereIs,
      before: 'test root@localhost',
      after: 'reload reload@%',
    },
    'url-file': {
      keys: { url: undefined, 'url-file': 'url' },
      look: whereIs,
      before: 'test root@localhost',
      after: 'reload reload@%',
    },
    users: { value: ['alan'], look: (session) => outcomeOf(call(session, 'rowcount')), before: 'done', after: 404 },
    'read-only': {
      value: true,
      look: (session) => outcomeOf(call(session, 'execute', 'update reloaded set a = 1')),
      before: 'done',
      after: /READ ONLY transaction/,
    },
    init: {
      value: ["set time_zone = '+03:00'"],
      look: value('select @@time_zone'),
      before: 'SYSTEM',
      after: '+03:00',
    },
    label: {
      value: true,
      look: async (session) =>
        String(
          await only(session, 'select info from information_schema.processlist where id = connection_id()'),
        ).includes('user=grace'),
      before: false,
      after: true,
      keptBySessions: true,
    },
    autocommit: { value: false, look: value('select @@autocommit'), before: 1, after: 0, keptBySessions: true },
    rows: {
      value: 'found',
      look: (session) => call(session, 'execute', 'update reloaded set a = 1'),
      before: 0,
      after: 1,
    },
    bigints: {
      value: 'string',
      look: value('select 9007199254740993'),
      before: '9007199254740993',
      after: '9007199254740993',
    },
    decimals: { value: 'double', look: value('select 1.5'), before: '1.5', after: 1.5, keptBySessions: true },
    dates: {
      value: 'iso8601',
      look: async (session) => typeof (await only(session, "select date'2020-02-29'")),
      before: 'string',
      after: 'object',
      keptBySessions: true,
    },
    nulls: { value: 'empty', look: value('select null'), before: null, after: '', keptBySessions: true },
    answers: {
      value: 'whole',
      look: (session) => answer(session, 'content-length'),
      before: false,
      after: true,
      keptBySessions: true,
    },
    compression: {
      value: 'off',
      look: (session) => answer(session, 'content-encoding'),
      before: true,
      after: false,
      keptBySessions: true,
    },
  };

  /**
   * The effect on a running server, and back.
   *
   * @param place puts changed keys where they belong
   * @param once only the effect
   */
  const shows = (name: string, effect: Effect, place: (keys: object) => object, once = false) =>
    it(name, async () => {
      const { value, keys = { [name]: value }, look, before, after, keptBySessions } = effect;
      const see = async (session: string, expected: unknown, when: string) => {
        const seen = await look(session);
        if (expected instanceof RegExp) expect(seen, when).to.match(expected);
        else expect(seen, when).to.deep.equal(expected);
        if (session) await outcomeOf(call(session, 'close'));
      };
      const anySession = () => (look.length === 0 ? '' : open());
      if (!once) await see(await anySession(), before, 'before');
      const earlier = await anySession();
      expect(await reload(place(keys))).to.not.be.empty;
      if (keptBySessions) await see(earlier, before, 'in a session of before');
      await see(keptBySessions ? await open() : earlier, after, 'after the reload');
      if (once) return;
      const last = keptBySessions && (await open());
      expect(await reload()).to.not.be.empty;
      if (last) await see(last, after, 'in a session of the reload');
      await see(await anySession(), before, 'when it is undone');
    });

  afterEach(async () => {
    await reload();
    for (const session of opened.splice(0)) await outcomeOf(call(session, 'close'));
  });

  const ofListener = (keys: object) => {
    const [first = {}, second = {}] = base.listeners as object[];
    return { listeners: [first, { ...second, ...keys }] };
  };
  const ofAdmin = (keys: object) => ({ admin: { ...(base.admin as object), ...keys } });
  const ofDatabase = (keys: object) => ({ databases: { shop: { url: mysql, ...keys } } });

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

  describe('a file is refused, with all other changes, if it has', () => {
    const refuses = (what: string, change: () => object, message: string) =>
      it(what, async () => {
        const failure = await reload(change(), { 'max-timeout': 30 }).catch((error: unknown) => error);
        expect(failure).to.have.property('message').that.contains(message);
        expect(server.log.at(-1)?.message).to.equal('nothing is reloaded');
        expect(await outcomeOf(open(40))).to.equal('done');
        expect(await tls()).to.equal('localhost');
      });

    refuses('no certificate', () => ofListener({ 'tls-certificate': 'users' }), 'not a certificate in PEM');
    refuses('the key of another one', () => ofListener({ 'tls-key': 'other.key' }), 'does not belong to certificate');
    refuses(
      'one that has expired',
      () => ofListener({ 'tls-certificate': expired.certificate, 'tls-key': expired.key }),
      'expired on 2020-01-31',
    );
    refuses('no users', () => ({ users: 'nobody' }), 'there are no users');
    refuses('no operators', () => ofAdmin({ users: 'nobody' }), 'there are no users');
    refuses('no user of a database', () => ofDatabase({ users: ['grace', 'none'] }), 'there is no user "none"');
    refuses('two listeners on one port', () => ({ listeners: [{ port: 8 }, { port: 8 }] }), 'has another listener');
  });

  describe('an option that requires a restart is refused by its name, with all other changes:', () => {
    const refuses = (key: string, change: object) =>
      it(key, async () => {
        const failure = await reload(change, { 'max-timeout': 30 }).catch((error: unknown) => error);
        expect(failure).to.have.property('message', `these changes require a restart: ${key}`);
        expect(server.log.at(-1)?.message).to.equal('nothing is reloaded');
        expect(await outcomeOf(open(40))).to.equal('done');
      });

    const fixed: Restarts<typeof OPTIONS> = { data: 'elsewhere', instance: 'b', 'wait-for-database': 5 };
    const address: Restarts<typeof LISTENER_OPTIONS> = { host: '127.0.0.2', port: 1 };
    const operators: Restarts<typeof ADMIN_OPTIONS> = { host: '127.0.0.2', port: 1 };
    for (const [name, value] of Object.entries(fixed)) refuses(name, { [name]: value });
    for (const [name, value] of Object.entries(address)) {
      refuses(`listeners.1.${name}`, {
        get listeners() {
          return ofListener({ [name]: value }).listeners;
        },
      });
    }
    for (const [name, value] of Object.entries(operators)) {
      refuses(`admin.${name}`, {
        get admin() {
          return ofAdmin({ [name]: value }).admin;
        },
      });
    }
    refuses('users', { users: undefined });
    refuses('listeners.1.tls-certificate, listeners.1.tls-key', {
      get listeners() {
        return ofListener({ 'tls-certificate': undefined, 'tls-key': undefined }).listeners;
      },
    });
    refuses('listeners', { listeners: [{}] });
    refuses('admin', { admin: undefined });
    refuses('admin.users', { admin: { port: 0 } });
    refuses('databases', { databases: undefined });
  });
});

function passwordsOf(...users: readonly string[]): string {
  return users.map((user) => `${user}:${hashSync(user, 4)}\n`).join('');
}

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
