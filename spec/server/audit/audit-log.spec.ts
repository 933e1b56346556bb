import { readFile, rename, stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { AuditLog } from '#lib/server/audit/audit-log.js';
import { LoginLines } from '#lib/server/audit/login-lines.js';
import type { OperatorAct } from '#lib/server/observation/operator-act.js';
import { call, callDocument, failureOf, faultOf, statusOf } from '../../support/client.js';
import { ConfiguredServer, OPERATORS } from '../../support/configured-server.js';
import { ask } from '../../support/http.js';
import { basic } from '../../support/logins.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { until } from '../../support/until.js';

type Line = Readonly<Record<string, unknown>>;

/** Reads the lines of a file, each of which has to be JSON. */
async function linesOf(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8');
  expect(text).to.match(/\n$|^$/);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

/** Returns lines without what every line has, and without times. */
function plain(lines: readonly Line[]): Line[] {
  return lines.map(({ time, instance: _, duration_s: seconds = 0, request_id: _id, ...line }) => {
    expect(time).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(seconds).to.be.within(0, 60);
    return line;
  });
}

describe('the audit log', () => {
  const server = new ConfiguredServer();
  let file: string;
  let url: string;

  before(async () => {
    await server.start({ users: 'users', admin: OPERATORS, 'audit-log': 'audit.log' });
    file = server.folder.file('audit.log');
    url = server.url('grace');
  });

  /** Does something, and returns the lines of it, when there are `count`. */
  async function linesOfWork(count: number, work: () => Promise<unknown>, path = file): Promise<Line[]> {
    const before = (await linesOf(path)).length;
    await work();
    await until(async () => (await linesOf(path)).length >= before + count);
    return plain((await linesOf(path)).slice(before));
  }

  it('is readable for its account only, and begins with a line', async () => {
    await until(async () => (await linesOf(file)).length > 0);
    expect(plain(await linesOf(file))[0]).to.deep.equal({ event: 'started' });
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
  });

  it('has logins, sessions and statements, and no values', async () => {
    const lines = await linesOfWork(6, async () => {
      const session = await server.open('grace');
      await session.rows("select 'value', %s union select 2, 3", 'argument');
      await faultOf(session.execute('select * from nowhere'));
      await session.call('close');
      await call(url, 'execute', 'select 17');
    });
    const who = { user: 'grace', client_address: '127.0.0.1' };
    const session = lines[1]?.session;
    expect(session).to.match(/^shop\/#[\w-]{8}$/);
    const statement = { event: 'statement', ...who, database: 'shop' };
    expect(lines).to.deep.equal([
      { event: 'login', outcome: 'accepted', ...who },
      { event: 'session opened', ...who, database: 'shop', session },
      { ...statement, session, outcome: 'ok', rows: 2, statement: 'select ?, ... union select ?, ...' },
      { ...statement, session, outcome: 'error', error: 1146, rows: 0, statement: 'select * from nowhere' },
      { event: 'session ended', ...who, database: 'shop', session, end: 'closed', calls: 4, rows: 2 },
      { ...statement, outcome: 'ok', rows: 1, statement: 'select ?' },
    ]);
  });

  it('says that a statement was stopped', async () => {
    const lines = await linesOfWork(1, async () => {
      const headers = { 'Content-Type': 'text/xml', ...basic('grace') };
      const body = callDocument('execute', 'select sleep(30)');
      const signal = AbortSignal.timeout(200);
      await fetch(server.url(), { method: 'POST', signal, headers, body }).catch(() => {});
    });
    expect(lines.at(-1)).to.include({ event: 'statement', outcome: 'cancelled', statement: 'select sleep (?)' });
  });

  it('has each wrong password, but not each repetition, and never a password', async () => {
    const lines = await linesOfWork(3, async () => {
      for (const password of ['hush1', 'hush2', 'hush2', 'hush2']) {
        expect(await statusOf(call(server.url(`grace:${password}`), 'execute', 'select 1'))).to.equal(401);
      }
      await ask(server.url(), { headers: { Authorization: 'Bearer hush' } });
      expect(await statusOf(call(server.url('grace:hush3'), 'execute', 'select 1'))).to.equal(401);
    });
    const outcomes = lines.map(({ outcome, user }) => [outcome, user]);
    expect(outcomes).to.deep.equal([
      ['wrong', 'grace'],
      ['wrong', 'grace'],
      ['wrong', 'grace'],
      ['malformed', ''],
      ['wrong', 'grace'],
    ]);
    expect(lines.at(-1)).to.not.have.property('omitted');
    expect(await readFile(file, 'utf8')).to.not.contain('hush');
  });

  it('has what operators do, and what comes of it', async () => {
    const lines = await linesOfWork(4, async () => {
      await server.operate('pause', 'shop', 5);
      await server.operate('resume', 'shop');
      await faultOf(server.operate('close', 'nobody'));
    });
    const operator = { user: 'olga', client_address: '127.0.0.1' };
    expect(lines[0]).to.deep.equal({ event: 'login', outcome: 'accepted', ...operator, of: 'operators' });
    expect(lines.slice(1, 3).map(({ event, action, outcome }) => [event, action, outcome])).to.deep.equal([
      ['operator', 'pause', 'done'],
      ['operator', 'resume', 'done'],
    ]);
    expect(lines[1]).to.deep.include({ ...operator, target: { database: 'shop', seconds: 5 } });
    expect(lines[3]).to.include({ event: 'operator', action: 'close' });
    expect(lines[3]?.outcome).to.contain('nobody');
  });

  it('goes on in a new file after a rename, also if nothing else is reloaded', async () => {
    await rename(file, `${file}.1`);
    await server.reload({ 'max-sessions': 'many' }).catch(() => {});
    await until(async () => (await linesOf(file)).length > 0);
    expect(plain(await linesOf(file))).to.deep.equal([
      {
        event: 'reload',
        what: 'configuration',
        outcome: 'refused',
        problems: [`${server.file}:1: max-sessions: must be an integer of at least 1`],
      },
    ]);
    const lines = await linesOfWork(1, () => server.reload());
    expect(lines).to.deep.equal([{ event: 'reload', what: 'configuration', outcome: 'applied', keys: [] }]);
  });

  it('has what a reload changes: the file, and the form of statements', async () => {
    const other = server.folder.file('other.log');
    await server.reload({ 'audit-log': 'other.log', 'audit-statements': 'full' });
    await until(async () => (await readFile(other, 'utf8')).includes('"reload"'));
    expect(plain(await linesOf(other)).map(({ event }) => event)).to.deep.equal(['started', 'reload']);
    const text = "select '\t\u009b\ud83d\ude00\"', 'pass word'";
    const lines = await linesOfWork(1, () => call(url, 'execute', text), other);
    expect(lines[0]?.statement).to.equal(text);
    const secret = await linesOfWork(1, () => faultOf(call(url, 'execute', "set password for nobody = 'hush'")), other);
    expect(secret[0]?.statement).to.equal('set password for nobody = ?');
    const long = await linesOfWork(1, () => call(url, 'execute', `select length('${'x'.repeat(1_000_000)}')`), other);
    expect(String(long[0]?.statement)).to.have.length(64 * 1024 + 4);
    const none = { 'audit-log': 'other.log', 'audit-statements': 'none' };
    await linesOfWork(1, () => server.reload(none), other);
    const session = await linesOfWork(
      2,
      async () => {
        const cursor = await server.open('grace');
        await cursor.execute('select 1');
        await cursor.call('close');
      },
      other,
    );
    expect(session.map(({ event }) => event)).to.deep.equal(['session opened', 'session ended']);
    expect((await linesOf(file)).at(-1)).to.include({ event: 'stopped' });
    await server.reload();
  });

  it('is refused if it cannot be written', async () => {
    const { message } = await failureOf(server.reload({ 'audit-log': 'nowhere/audit.log' }));
    expect(message).to.match(/netsvc\.yaml:1: audit log \S+nowhere\/audit\.log: no such file/);
    const args = ['--database', server.mysql, '--audit-log', server.folder.path];
    const start = await failureOf(RunningServer.start(args));
    expect(start.message).to.match(/^audit log \S+: is a directory$/);
  });
});

describe('an audit log that cannot be written', () => {
  const log: string[] = [];
  const take = (level: string) => (fields: object, message: string) => {
    log.push(`${level} ${message} ${JSON.stringify(fields)}`);
  };

  const act: OperatorAct = {
    operator: 'op',
    host: '::1',
    action: 'pause',
    target: { database: 'shop' },
    outcome: 'done',
    seconds: 0.1,
  };
  const logger = { info: take('info'), warn: take('warn'), error: take('error') };

  it('loses lines when the disk is full, and says so once', async () => {
    const audit = new AuditLog(logger);
    const observer = audit.configure({ auditLog: '/dev/full', auditStatements: 'digest', instance: undefined });
    const huge = { ...act, outcome: 'x'.repeat(1_000_000) };
    for (let i = 0; i < 40; i++) {
      observer.operatorActed?.(huge);
      await setImmediate();
    }
    await until(() => log.length > 0);
    expect(audit.counts.lost).to.be.within(20, 35);
    expect(log).to.deep.equal([
      'error audit log cannot be written {"file":"/dev/full","reason":"no space left on device"}',
    ]);
    await audit.end();
    expect(audit.counts).to.deep.equal({ written: 0, lost: 42 });
  });
});

describe('the logins of the audit log', () => {
  let time = 0;
  const login = { login: 'grace', isUser: true, host: '10.0.0.7' };

  it('have a line for a known login once, until it has not been used for a minute', () => {
    const logins = new LoginLines(() => time);
    expect(logins.checked('accepted', login)).to.include({ outcome: 'accepted' });
    time += 50_000;
    expect(logins.known(login)).to.equal(undefined);
    time += 50_000;
    expect(logins.known(login)).to.equal(undefined);
    expect(logins.known({ ...login, host: '10.0.0.8' })).to.include({ client_address: '10.0.0.8', cached: true });
    time += 60_000;
    expect(logins.known(login)).to.include({ outcome: 'accepted', cached: true });
  });

  it('have a line once a minute for a login that is locked out, and count the others', () => {
    const logins = new LoginLines(() => time);
    const refuse = (name: string) => logins.checked('locked_out', { ...login, login: name });
    expect(refuse('x'.repeat(1000))).to.deep.include({ outcome: 'locked_out', user: 'x'.repeat(64) });
    for (let i = 0; i < 3; i++) expect(refuse('x'.repeat(1000))).to.equal(undefined);
    let lines = 0;
    for (let i = 0; i < 10_000; i++) if (refuse(`name ${i}`) !== undefined) lines++;
    expect(lines).to.equal(499);
    time += 60_000;
    expect(refuse('alan')).to.deep.include({ user: 'alan', omitted: 9501 });
  });
});
