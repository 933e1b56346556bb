import { spawn } from 'node:child_process';
import { chmod, chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareSync, hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { passwd as setPassword } from '#lib/server/commands/passwd.js';
import { UsageError } from '#lib/server/configuration/problems.js';
import { call, callDocument, statusOf } from '../../support/client.js';
import { netsvc as runHere } from '../../support/command.js';
import { ask } from '../../support/http.js';
import { testDatabase } from '../../support/mariadb.js';
import { ended } from '../../support/netsvc-process.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { projectFile } from '../../support/project-file.js';
import { findPython, runPython } from '../../support/python.js';
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
id = ServerProxy(url % "grace:secret").cursor()
cursor = ServerProxy(url % "grace:secret" + "/" + id)
print(cursor.execute("select 1"), cursor.fetchall())
print(status(ServerProxy(url % "grace:wrong").cursor))
print(status(ServerProxy("http://" + sys.argv[1]).cursor))
print(status(ServerProxy(url % "alan:turing" + "/" + id).fetchall))
print(status(ServerProxy(url % "alan:turing" + "/" + "x" * len(id)).fetchall))
`;

describe('netsvc with users', () => {
  let mysql: string;
  let folder: string;
  let users: string;
  let netsvc: RunningServer | undefined;

  before(async function () {
    mysql = testDatabase(this);
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    users = join(folder, 'users');
    await writeFile(users, `grace:${hashSync('secret', 4)}\nalan:${hashSync('turing', 4)}\n`);
  });

  afterEach(async () => {
    await netsvc?.stop();
    netsvc = undefined;
    await rm(folder, { recursive: true });
  });

  async function start(flags: readonly string[] = []): Promise<RunningServer> {
    netsvc = await RunningServer.start(['--database', mysql, '--users', users, ...flags]);
    return netsvc;
  }

  const as = (credentials: string, url: string) => url.replace('//', `//${credentials}@`);

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
    const headers = {
      Authorization: `Basic ${Buffer.from('grace:secret').toString('base64')}`,
      Origin: 'https://app.example',
      'Content-Type': 'text/xml',
      'Content-Length': String(body.length),
    };
    for (let i = 0; i < 3; i++) expect((await ask(url, { headers, body })).status).to.equal(200);
  });

  it('hides a session from other users: for them it does not exist', async () => {
    const { url } = await start();
    const id = String(await call(as('grace:secret', url), 'cursor'));
    expect(await call(as('grace:secret', `${url}/${id}`), 'rowcount')).to.equal(-1);
    const headers = (login: string) => ({
      Authorization: `Basic ${Buffer.from(login).toString('base64')}`,
      'Content-Type': 'text/xml',
    });
    const body = callDocument('rowcount');
    const length = { 'Content-Length': String(body.length) };
    const answer = async (name: string) => {
      const {
        status,
        headers: got,
        body: text,
      } = await ask(`${url}/${name}`, {
        headers: { ...headers('alan:turing'), ...length },
        body,
      });
      return { status, text, headers: Object.keys(got) };
    };
    expect(await answer(id)).to.deep.equal(await answer('A'.repeat(id.length)));
    expect(await answer(id)).to.have.property('status', 404);
    const page = await ask(`${url}/${id}`, {
      method: 'GET',
      headers: { ...headers('alan:turing'), Accept: 'text/html' },
    });
    expect(page.status, 'its page').to.equal(404);
  });

  it('hides an endpoint from users that it is not for: for them it does not exist', async () => {
    const config = join(folder, 'netsvc.yaml');
    await writeFile(
      config,
      `users: users\ndatabases:\n  one: {url: "${mysql}"}\n  two: {url: "${mysql}", users: [grace]}\n`,
    );
    netsvc = await RunningServer.start(['--config', config]);
    const [one = '', two = ''] = netsvc.endpoints;
    expect(await call(as('grace:secret', two), 'execute', 'select 1')).to.deep.equal([[1]]);
    expect(await call(as('alan:turing', one), 'execute', 'select 1')).to.deep.equal([[1]]);
    expect(await statusOf(call(as('alan:turing', two), 'execute', 'select 1'))).to.equal(404);
    expect(await statusOf(call(as('alan:wrong', two), 'execute', 'select 1'))).to.equal(401);
    const id = String(await call(as('grace:secret', two), 'cursor'));
    expect(await statusOf(call(as('alan:turing', `${two}/${id}`), 'rowcount'))).to.equal(404);
  });

  const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;

  /** The lines of the log about refusals. */
  const refusals = () => netsvc?.log.filter(({ message }) => message === 'requests are refused') ?? [];

  it('makes a program wait that guesses, but no other one of its host', async () => {
    const { url } = await start(['--admin-port', '0']);
    for (let i = 0; i < 10; i++) expect(await statusOf(call(as(`grace:guess${i}`, url), 'cursor'))).to.equal(401);
    for (let i = 0; i < 3; i++) expect(await statusOf(call(as(`grace:more${i}`, url), 'cursor'))).to.equal(429);
    expect(await call(as('alan:turing', url), 'execute', 'select 1')).to.deep.equal([[1]]);
    const { headers, body } = await ask(url, { headers: { Authorization: basic('grace:x') } });
    expect(headers['retry-after']).to.match(/^[1-6]$/);
    expect(body).to.equal('Too many logins have failed.\n');
    expect(refusals()).to.deep.equal([
      {
        level: 'warn',
        fields: { resource: 'logins', client_address: '127.0.0.1', user: 'grace' },
        message: 'requests are refused',
      },
    ]);
    const metrics = await (await fetch(`${netsvc?.adminUrl}metrics`)).text();
    for (const [outcome, count] of [
      ['accepted', 1],
      ['wrong', 10],
      ['locked_out', 4],
      ['overloaded', 0],
    ] as const) {
      expect(metrics).to.contain(`netsvc_logins_total{outcome="${outcome}"} ${count}\n`);
    }
    expect(metrics).to.contain('netsvc_refusals_total{resource="logins",database=""} 4\n');
  });

  it('counts a program that repeats a stale password once, and makes no one wait for it', async () => {
    const { url, log } = await start(['--login-failures', '2']);
    for (let i = 0; i < 30; i++) expect(await statusOf(call(as('grace:stale', url), 'cursor'))).to.equal(401);
    expect(await call(as('grace:secret', url), 'execute', 'select 1')).to.deep.equal([[1]]);
    expect(await call(as('alan:turing', url), 'execute', 'select 1')).to.deep.equal([[1]]);
    expect(log.filter(({ message }) => message === 'login refused')).to.have.length(1);
  });

  describe('reads credentials in ISO-8859-1', () => {
    const headersOf = (credentials: string, encoding: 'latin1' | 'utf8', body: string, way: object) => ({
      Authorization: `Basic ${Buffer.from(credentials, encoding).toString('base64')}`,
      'Content-Type': 'text/xml',
      'Content-Length': String(body.length),
      ...way,
    });

    // TE is a header that the fast path does not read.
    for (const [path, way] of Object.entries({ 'on the fast path': {}, 'by way of node:http': { TE: 'trailers' } })) {
      it(`if they are not valid in UTF-8, ${path}`, async () => {
        await writeFile(users, `gr\u00e4ce:${hashSync('gr\u00fcn:\u00df', 4)}\n`);
        const { url, log } = await start();
        const body = callDocument('system.listMethods');
        const status = async (credentials: string, encoding: 'latin1' | 'utf8') =>
          (await ask(url, { headers: headersOf(credentials, encoding, body, way), body })).status;
        expect(await status('gr\u00e4ce:gr\u00fcn:\u00df', 'latin1')).to.equal(200);
        expect(await status('gr\u00e4ce:gr\u00fcn:\u00df', 'utf8')).to.equal(200);
        expect(await status('gr\u00e4ce:gr\u00fcn', 'latin1')).to.equal(401);
        expect(log.filter(({ message }) => message === 'login refused').map(({ fields }) => fields)).to.deep.equal([
          { client_address: '127.0.0.1', login: 'gr\u00e4ce', encoding: 'ISO-8859-1' },
        ]);
      });
    }
  });

  it('logs why credentials cannot be read, once in a minute', async () => {
    const { url, log } = await start();
    const send = async (Authorization: string) => (await ask(url, { headers: { Authorization } })).status;
    for (let i = 0; i < 5; i++) expect(await send(basic('grace:secret\n'))).to.equal(401);
    expect(log.filter(({ message }) => message === 'login refused').map(({ fields }) => fields)).to.deep.equal([
      { client_address: '127.0.0.1', reason: 'a line end in the credentials' },
    ]);
    expect(JSON.stringify(log)).to.not.contain('secret');
  });

  it('does not make a program wait whose password was right there before', async () => {
    const { url } = await start();
    expect(await call(as('grace:secret', url), 'execute', 'select 1')).to.deep.equal([[1]]);
    for (let i = 0; i < 12; i++) await statusOf(call(as(`grace:wrong${i}`, url), 'cursor'));
    expect(await statusOf(call(as('grace:wrong', url), 'cursor'))).to.equal(429);
    expect(await call(as('grace:secret', url), 'execute', 'select 1')).to.deep.equal([[1]]);
  });

  it('makes a host wait that tries a password as many users, whether they exist or not', async () => {
    const { url } = await start(['--login-failures', '2']);
    for (let i = 0; i < 20; i++) expect(await statusOf(call(as(`user${i}:summer`, url), 'cursor'))).to.equal(401);
    const answer = async (login: string) => {
      const { status, headers, body } = await ask(url, { headers: { Authorization: basic(`${login}:summer`) } });
      return { status, headers: Object.keys(headers), body };
    };
    expect(await answer('grace')).to.have.property('status', 429);
    expect(await answer('grace')).to.deep.equal(await answer('nobody'));
    expect(refusals().map(({ fields }) => fields)).to.deep.equal([{ resource: 'logins', client_address: '127.0.0.1' }]);
  });

  it('counts the clients of a trusted proxy by their own addresses', async () => {
    const { url } = await start(['--trusted-proxies', '127.0.0.1', '--login-failures', '2']);
    const status = async (credentials: string, client: string) => {
      const headers = { Authorization: basic(credentials), 'X-Forwarded-For': client };
      return (await ask(url, { headers })).status;
    };
    for (let i = 0; i < 3; i++) await status(`grace:wrong${i}`, '2001:db8::1');
    expect(await status('grace:secret', '2001:db8::2')).to.equal(429);
    expect(await status('grace:wrong', '2001:db8:0:1::1')).to.equal(401);
  });

  it('counts no failed logins on exempt networks', async () => {
    const { url } = await start(['--login-exempt', '127.0.0.0/8', '--login-failures', '1']);
    for (let i = 0; i < 5; i++) expect(await statusOf(call(as('grace:wrong', url), 'cursor'))).to.equal(401);
    expect(await call(as('grace:secret', url), 'execute', 'select 1')).to.deep.equal([[1]]);
  });

  it('logs refused logins, and never a password', async () => {
    const { url, log } = await start();
    await statusOf(call(as('grace:topsecret', url), 'cursor'));
    expect(log.filter(({ message }) => message.includes('login'))).to.deep.equal([
      { level: 'warn', fields: { client_address: '127.0.0.1', login: 'grace' }, message: 'login refused' },
    ]);
    expect(JSON.stringify(log)).to.not.contain('topsecret');
  });

  it('reloads a changed password file, and keeps the previous one if it is invalid', async () => {
    const server = await start();
    const { url, log } = server;
    const barbara = as('barbara:liskov', url);
    expect(await call(as('grace:secret', url), 'execute', 'select 1')).to.deep.equal([[1]]);
    await writeFile(users, `barbara:${hashSync('liskov', 4)}\n`);
    await until(async () => (await statusOf(call(as('grace:secret', url), 'cursor')).catch(() => 200)) === 401);
    expect(await call(barbara, 'execute', 'select 1')).to.deep.equal([[1]]);
    await writeFile(users, 'barbara:liskov\n');
    const failure = String(await server.reload().catch((error: unknown) => error));
    expect(await call(barbara, 'execute', 'select 1')).to.deep.equal([[1]]);
    await until(() => log.some(({ message }) => message.startsWith('reload failed')));
    const [reloadFailure] = log.filter(({ message }) => message.startsWith('reload failed'));
    expect(reloadFailure?.fields).to.have.all.keys('what', 'reason');
    expect(failure).to.contain('line 1: the hash of user "barbara" is not bcrypt').and.not.contain('liskov');
  });

  describe('whose passwords are set by netsvc passwd', () => {
    const passwd = (password: string, ...args: readonly string[]) => runHere(['passwd', ...args], password);

    const passwordOf = async (file: string, user: string) =>
      new RegExp(`^${user}:(.*)$`, 'm').exec(await readFile(file, 'utf8'))?.[1] ?? '';

    it('creates a file that only its owner can read', async () => {
      const file = join(folder, 'new');
      const child = spawn(projectFile('bin/netsvc'), ['passwd', file, 'grace']);
      child.stdin.end('first\n');
      expect(await ended(child)).to.deep.equal({ status: 0, stdout: '', stderr: '' });
      expect((await stat(file)).mode & 0o777).to.equal(0o600);
      expect(await passwordOf(file, 'grace')).to.match(/^\$2[aby]\$10\$/);
      expect(compareSync('first', await passwordOf(file, 'grace'))).to.equal(true);
    });

    it('keeps the group and the mode of a file, by which the server may read it', async function () {
      if (process.getuid?.() !== 0) pend(this, 'only root can choose any group');
      const file = join(folder, 'of-a-group');
      await writeFile(file, '');
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
      const missing = join(folder, 'none', 'users');
      for (const [file, message] of [
        [folder, `netsvc: ${folder}: is a directory\n`],
        [missing, `netsvc: cannot write ${missing}: no such folder\n`],
      ] as const) {
        expect(await passwd('secret\n', file, 'grace')).to.deep.equal({ status: 2, stdout: '', stderr: message });
      }
    });

    for (const name of ['a:b', '', ' a', '#a', 'a\nb']) {
      it(`rejects the user name ${JSON.stringify(name)}`, async () => {
        const error = await setPassword([users, name]).catch((error: Error) => error);
        expect(error).to.be.instanceOf(UsageError).that.has.property('message').that.contains('invalid user name');
      });
    }
  });

  for (const [what, text, message] of [
    ['does not exist', undefined, /^users file \S+: no such file$/],
    ['is broken', 'grace:secret', /^users file \S+: line 1: the hash of user "grace" is not bcrypt/],
  ] as const) {
    it(`does not start with a file that ${what}`, async () => {
      await (text === undefined ? rm(users) : writeFile(users, text));
      const error = await start().catch((error: Error) => error);
      expect(error).to.be.instanceOf(UsageError);
      expect((error as Error).message)
        .to.match(message)
        .and.not.contain('secret');
    });
  }
});
