import { spawn } from 'node:child_process';
import { chmod, chown, readFile, stat } from 'node:fs/promises';
import { compareSync, hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { passwd as setPassword } from '#lib/server/commands/passwd.js';
import { UsageError } from '#lib/server/configuration/problems.js';
import { call, callDocument, failureOf, statusOf } from '../../support/client.js';
import { netsvc as runHere } from '../../support/command.js';
import { ConfiguredServer } from '../../support/configured-server.js';
import { ask } from '../../support/http.js';
import { basic, passwordsOf } from '../../support/logins.js';
import { testDatabase } from '../../support/mariadb.js';
import { ended } from '../../support/netsvc-process.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { projectFile } from '../../support/project-file.js';
import { findPython, runPython } from '../../support/python.js';
import { SuiteFolder } from '../../support/suite-folder.js';
import { pend } from '../../support/test-server.js';
import { until } from '../../support/until.js';

/** Opens a session with credentials in the URL, and uses others on it. */
const PYTHON = `
import sys
from xmlrpclib import ServerProxy, ProtocolError

def status(call, *args):
    try:
        return call(*args)
    except ProtocolError as error:
        return error.errcode

url = "http://%s@" + sys.argv[1]
id = ServerProxy(url % "grace:grace").cursor()
cursor = ServerProxy(url % "grace:grace" + "/" + id)
print(cursor.execute("select 1"), cursor.fetchall())
print(status(ServerProxy(url % "grace:wrong").cursor))
print(status(ServerProxy("http://" + sys.argv[1]).cursor))
print(status(ServerProxy(url % "alan:alan" + "/" + id).fetchall))
print(status(ServerProxy(url % "alan:alan" + "/" + "x" * len(id)).fetchall))
`;

describe('netsvc with users', () => {
  const server = new ConfiguredServer('spec');

  const start = async (options: object = {}, databases: object = { shop: {} }) => {
    await server.start({ users: 'users', ...options, databases });
    return server.running;
  };

  /** Makes a call with a login. */
  const select = (login: string) => call(server.url(login), 'execute', 'select 1');
  const statusFor = (login: string) => statusOf(select(login));
  const expectServed = async (login: string) => expect(await select(login)).to.deep.equal([[1]]);

  /** The fields of log lines. */
  const fieldsOf = (message: string) => server.logged(message).map(({ fields }) => fields);

  const python = findPython('2.7');
  it(`authenticates Python 2.7 by its URL, with 401 otherwise${python ? '' : ' (not installed)'}`, async function () {
    if (python === undefined) return process.env.CI ? expect.fail('there is no Python 2.7') : this.skip();
    const { url } = await start();
    const printed = await runPython(python, '-c', PYTHON, url.replace('http://', ''));
    expect(printed.trim().split('\n')).to.deep.equal(['(1, [[1]])', '401', '401', '404', '404']);
  });

  it('lets web pages of any site send requests of a user who has logged in', async () => {
    const { url } = await start();
    const body = callDocument('system.listMethods');
    const length = String(body.length);
    const sent = { Origin: 'https://app.example', 'Content-Type': 'text/xml', 'Content-Length': length };
    for (let i = 0; i < 3; i++)
      expect((await ask(url, { headers: { ...basic('grace'), ...sent }, body })).status).to.equal(200);
  });

  it('hides a session from other users: for them it does not exist', async () => {
    const { url } = await start();
    const session = await server.open('grace');
    expect(await session.call('rowcount')).to.equal(-1);
    const headers = { ...basic('alan'), 'Content-Type': 'text/xml' };
    const body = callDocument('rowcount');
    const answer = async (name: string) => {
      const sent = { ...headers, 'Content-Length': String(body.length) };
      const { status, headers: got, body: text } = await ask(`${url}/${name}`, { headers: sent, body });
      return { status, text, headers: Object.keys(got) };
    };
    expect(await answer(session.id)).to.deep.equal(await answer('A'.repeat(session.id.length)));
    expect(await answer(session.id)).to.have.property('status', 404);
    const page = await ask(`${url}/${session.id}`, { method: 'GET', headers: { ...headers, Accept: 'text/html' } });
    expect(page.status, 'its page').to.equal(404);
  });

  it('hides an endpoint from users that it is not for: for them it does not exist', async () => {
    await start({}, { shop: {}, own: { users: ['grace'] } });
    const execute = (login: string, database: string) => call(server.url(login, database), 'execute', 'select 1');
    expect(await execute('grace', 'own')).to.deep.equal([[1]]);
    expect(await execute('alan', 'shop')).to.deep.equal([[1]]);
    expect(await statusOf(execute('alan', 'own'))).to.equal(404);
    expect(await statusOf(execute('alan:wrong', 'own'))).to.equal(401);
    const { id } = await server.open('grace', 'own');
    expect(await statusOf(call(server.url('alan', `own/${id}`), 'rowcount'))).to.equal(404);
  });

  it('makes a program wait that guesses, but no other one of its host', async () => {
    const { url } = await start();
    for (let i = 0; i < 10; i++) expect(await statusFor(`grace:guess${i}`)).to.equal(401);
    for (let i = 0; i < 3; i++) expect(await statusFor(`grace:more${i}`)).to.equal(429);
    await expectServed('alan');
    const { headers, body } = await ask(url, { headers: basic('grace:x') });
    expect(headers['retry-after']).to.match(/^[1-6]$/);
    expect(body).to.equal('Too many logins have failed.\n');
    expect(fieldsOf('requests are refused')).to.deep.equal([
      { resource: 'logins', client_address: '127.0.0.1', user: 'grace' },
    ]);
    for (const [outcome, count] of Object.entries({ accepted: 1, wrong: 10, locked_out: 4, overloaded: 0 }))
      expect(await server.metric(`netsvc_logins_total{outcome="${outcome}"}`), outcome).to.equal(count);
    expect(await server.metric('netsvc_refusals_total{resource="logins",database=""}')).to.equal(4);
  });

  it('counts a program that repeats a stale password once, and makes no one wait for it', async () => {
    await start({ 'login-failures': 2 });
    for (let i = 0; i < 30; i++) expect(await statusFor('grace:stale')).to.equal(401);
    await expectServed('grace');
    await expectServed('alan');
    expect(fieldsOf('login refused')).to.have.length(1);
  });

  describe('reads credentials in ISO-8859-1', () => {
    // TE is a header that the fast path does not read.
    for (const [path, way] of Object.entries({ 'on the fast path': {}, 'by way of node:http': { TE: 'trailers' } })) {
      it(`if they are not valid in UTF-8, ${path}`, async () => {
        const { url } = await start();
        await server.folder.write('users', `gr\u00e4ce:${hashSync('gr\u00fcn:\u00df', 4)}\n`);
        await server.running.reload();
        const body = callDocument('system.listMethods');
        const status = async (credentials: string, encoding: 'latin1' | 'utf8') => {
          const Authorization = `Basic ${Buffer.from(credentials, encoding).toString('base64')}`;
          const sent = { Authorization, 'Content-Type': 'text/xml', 'Content-Length': String(body.length), ...way };
          return (await ask(url, { headers: sent, body })).status;
        };
        expect(await status('gr\u00e4ce:gr\u00fcn:\u00df', 'latin1')).to.equal(200);
        expect(await status('gr\u00e4ce:gr\u00fcn:\u00df', 'utf8')).to.equal(200);
        expect(await status('gr\u00e4ce:gr\u00fcn', 'latin1')).to.equal(401);
        expect(fieldsOf('login refused')).to.deep.equal([
          { client_address: '127.0.0.1', login: 'gr\u00e4ce', encoding: 'ISO-8859-1' },
        ]);
      });
    }
  });

  it('logs why credentials cannot be read, once in a minute', async () => {
    const { url, log } = await start();
    for (let i = 0; i < 5; i++) expect((await ask(url, { headers: basic('grace:secret\n') })).status).to.equal(401);
    expect(fieldsOf('login refused')).to.deep.equal([
      { client_address: '127.0.0.1', reason: 'a line end in the credentials' },
    ]);
    expect(JSON.stringify(log)).to.not.contain('secret');
  });

  it('does not make a program wait whose password was right there before', async () => {
    await start();
    await expectServed('grace');
    for (let i = 0; i < 12; i++) await statusFor(`grace:wrong${i}`);
    expect(await statusFor('grace:wrong')).to.equal(429);
    await expectServed('grace');
  });

  it('makes a host wait that tries a password as many users, whether they exist or not', async () => {
    const { url } = await start({ 'login-failures': 2 });
    for (let i = 0; i < 20; i++) expect(await statusFor(`user${i}:summer`)).to.equal(401);
    const answer = async (login: string) => {
      const { status, headers, body } = await ask(url, { headers: basic(`${login}:summer`) });
      return { status, headers: Object.keys(headers), body };
    };
    expect(await answer('grace')).to.have.property('status', 429);
    expect(await answer('grace')).to.deep.equal(await answer('nobody'));
    expect(fieldsOf('requests are refused')).to.deep.equal([{ resource: 'logins', client_address: '127.0.0.1' }]);
  });

  it('counts the clients of a trusted proxy by their own addresses', async () => {
    const { url } = await start({ 'trusted-proxies': ['127.0.0.1'], 'login-failures': 2 });
    const status = async (login: string, client: string) =>
      (await ask(url, { headers: { ...basic(login), 'X-Forwarded-For': client } })).status;
    for (let i = 0; i < 3; i++) await status(`grace:wrong${i}`, '2001:db8::1');
    expect(await status('grace', '2001:db8::2')).to.equal(429);
    expect(await status('grace:wrong', '2001:db8:0:1::1')).to.equal(401);
  });

  it('logs refused logins, and never a password', async () => {
    const { log } = await start();
    await statusFor('grace:topsecret');
    expect(log.filter(({ message }) => message.includes('login'))).to.deep.equal([
      { level: 'warn', fields: { client_address: '127.0.0.1', login: 'grace' }, message: 'login refused' },
    ]);
    expect(JSON.stringify(log)).to.not.contain('topsecret');
  });

  it('reloads a changed password file, and keeps the previous one if it is invalid', async () => {
    const { log } = await start();
    await expectServed('grace');
    await server.folder.write('users', passwordsOf('barbara'));
    await until(async () => (await statusFor('grace').catch(() => 200)) === 401);
    await expectServed('barbara');
    await server.folder.write('users', 'barbara:liskov\n');
    const { message } = await failureOf(server.running.reload());
    await expectServed('barbara');
    await until(() => log.some(({ message }) => message.startsWith('reload failed')));
    const [reloadFailure] = log.filter(({ message }) => message.startsWith('reload failed'));
    expect(reloadFailure?.fields).to.have.all.keys('what', 'reason');
    expect(message).to.contain('line 1: the hash of user "barbara" is not bcrypt').and.not.contain('liskov');
  });
});

describe('netsvc with a file of users', () => {
  const folder = new SuiteFolder();

  const broken: [what: string, text: string, message: RegExp][] = [
    ['does not exist', '', /^users file \S+: no such file$/],
    ['is broken', 'grace:secret', /^users file \S+: line 1: the hash of user "grace" is not bcrypt(?!.*secret)/],
  ];
  for (const [what, text, message] of broken) {
    it(`that ${what} does not start`, async function () {
      const file = text === '' ? folder.file('none') : await folder.write('broken', text);
      const error = await failureOf(RunningServer.start(['--database', testDatabase(this), '--users', file]));
      expect(error).to.be.instanceOf(UsageError).with.property('message').that.matches(message);
    });
  }
});

describe('netsvc passwd', () => {
  const folder = new SuiteFolder('spec');
  let users: string;

  beforeEach(async () => {
    users = await folder.write('users', passwordsOf('grace', 'alan'));
  });

  const passwd = (password: string, ...args: readonly string[]) => runHere(['passwd', ...args], password);

  const passwordOf = async (file: string, user: string) =>
    new RegExp(`^${user}:(.*)$`, 'm').exec(await readFile(file, 'utf8'))?.[1] ?? '';

  it('creates a file that only its owner can read', async () => {
    const file = folder.file('new');
    const child = spawn(projectFile('bin/netsvc'), ['passwd', file, 'grace']);
    child.stdin.end('first\n');
    expect(await ended(child)).to.deep.equal({ status: 0, stdout: '', stderr: '' });
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect(await passwordOf(file, 'grace')).to.match(/^\$2[aby]\$10\$/);
    expect(compareSync('first', await passwordOf(file, 'grace'))).to.equal(true);
  });

  it('keeps the group and the mode of a file, by which the server may read it', async function () {
    if (process.getuid?.() !== 0) pend(this, 'only root can choose any group');
    const file = await folder.write('of-a-group', '');
    await chown(file, 0, 1);
    await chmod(file, 0o640);
    expect((await passwd('first\n', file, 'grace')).status).to.equal(0);
    expect(await stat(file)).to.include({ uid: 0, gid: 1, mode: 0o100640 });
  });

  it('changes one and keeps the others', async () => {
    const before = await passwordOf(users, 'alan');
    expect((await passwd('other\n', users, 'grace')).status).to.equal(0);
    expect(compareSync('other', await passwordOf(users, 'grace'))).to.equal(true);
    expect(await passwordOf(users, 'alan')).to.equal(before);
  });

  const passwords: [string, string, string][] = [
    ['no password', '\n', 'password must not be empty'],
    ['more than bcrypt looks at', 'ö'.repeat(37), 'password must not be longer than 72 bytes'],
  ];
  for (const [what, password, message] of passwords) {
    it(`rejects ${what}`, async () => {
      const before = await readFile(users, 'utf8');
      const { status, stderr } = await passwd(password, users, 'grace');
      expect(status).to.equal(2);
      expect(stderr).to.contain(`netsvc: ${message}`);
      expect(await readFile(users, 'utf8')).to.equal(before);
    });
  }

  it('rejects a file that cannot be used, in plain words', async () => {
    const missing = folder.file('none', 'users');
    for (const [file, message] of [
      [folder.path, `netsvc: ${folder.path}: is a directory\n`],
      [missing, `netsvc: cannot write ${missing}: no such folder\n`],
    ] as const) {
      expect(await passwd('secret\n', file, 'grace')).to.deep.equal({ status: 2, stdout: '', stderr: message });
    }
  });

  for (const name of ['a:b', '', ' a', '#a', 'a\nb']) {
    it(`rejects the user name ${JSON.stringify(name)}`, async () => {
      const error = await failureOf(setPassword([users, name]));
      expect(error).to.be.instanceOf(UsageError).that.has.property('message').that.contains('invalid user name');
    });
  }
});
