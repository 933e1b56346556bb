import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { HttpDaemon, RpcGateway, Service, ServiceRegistry, Users } from '#lib/index.js';
import { rpcCall as runHere } from '../support/command.js';
import { ended, run } from '../support/netsvc-process.js';
import { projectFile } from '../support/project-file.js';
import { untilItRuns } from '../support/running-statement.js';
import { suiteGateway } from '../support/suite-gateway.js';

describe('bin/rpc-call', () => {
  const gateway = suiteGateway();

  const rpcCall = (...args: string[]) => runHere(args);

  it('prints a result as JSON', async () => {
    const args = [gateway.url, 'execute', 'select %s, %s, %s', '["text", 5, null]'];
    const { status, stdout } = await run('rpc-call', args);
    expect([status, JSON.parse(stdout)]).to.deep.equal([0, [['text', 5, null]]]);
  });

  it('sends arguments of the forced type', async () => {
    const select = async (argument: string) => (await rpcCall(gateway.url, 'execute', 'select %s', argument)).stdout;
    expect(await select('json:[1.5]')).to.equal('[[1.5]]\n');
    expect(await select('string:5')).to.equal('[["5"]]\n');
    expect(await select('i8:9007199254740993')).to.equal('[[9007199254740993]]\n');
    expect(await select('date:2003-05-01 12:00:00')).to.equal('[["2003-05-01 12:00:00"]]\n');
    expect(await select('base64:AAE=')).to.equal('[[{"base64":"AAE="}]]\n');
  });

  it('prints rows as a table or as CSV, with numbers for names that are not known', async () => {
    const args = [gateway.url, 'execute', "select 1, 'höpper' union select 20, 'x'"];
    const table =
      '+----+--------+\n| 1  | 2      |\n+----+--------+\n|  1 | höpper |\n| 20 | x      |\n+----+--------+\n';
    expect((await rpcCall('--table', ...args)).stdout).to.equal(table);
    expect((await rpcCall(...args, '--csv')).stdout).to.equal('1,2\r\n1,höpper\r\n20,x\r\n');
  });

  it('prints a string without quotes with --raw', async () => {
    const { stdout } = await rpcCall('--raw', gateway.url, 'cursor', '60');
    expect(stdout).to.match(/^[\w-]{22}\n$/);
    expect((await rpcCall('--raw', `${gateway.url}/${stdout.trim()}`, 'close')).stdout).to.equal('0\n');
  });

  it('lists the methods of an endpoint with the first sentence of their help', async () => {
    const { status, stdout } = await rpcCall(gateway.url, '--list');
    expect(status).to.equal(0);
    expect(stdout).to.match(/^cursor {18}Opens a MySQL session and returns its id\.\n/);
    expect(stdout.split('\n')).to.have.lengthOf(gateway.database.exportedMethods().length + 1);
  });

  it('describes a method', async () => {
    const { stdout } = await rpcCall(gateway.url, '--help', 'executemany');
    expect(stdout).to.match(
      /^executemany\(string, array\) -> any\n\nRuns a statement once for each item of args\. .+\n$/,
    );
    expect((await rpcCall('--help', gateway.url, 'nonsense')).stderr).to.match(
      /^fault 55: netsvc -- Method Unavailable/,
    );
  });

  it('takes the password from the environment or a file', async () => {
    const log = { info: () => {}, warn: () => {}, error: () => {} };
    const registry = new ServiceRegistry({ log });
    const daemon = new HttpDaemon({ port: 0 });
    new Service('open', registry).joinGroup('open-services');
    const users = new Users(new Map([['grace', hashSync('top:secret', 4)]]));
    daemon.attach('/', new RpcGateway('open-services', { registry, users }));
    const url = `http://127.0.0.1:${(await daemon.start()).port}/open`;
    const list = (env: NodeJS.ProcessEnv, ...args: string[]) => run('rpc-call', [url, '--list', ...args], env);
    const folder = await mkdtemp(join(tmpdir(), 'rpc-call-'));
    try {
      await writeFile(join(folder, 'password'), 'top:secret\n');
      expect(await list({ RPC_CALL_PASSWORD: 'top:secret' }, '--user', 'grace')).to.include({ status: 0 });
      const file = join(folder, 'password');
      expect(await rpcCall(url, '--list', '--user', 'grace', '--password-file', file)).to.include({ status: 0 });
      expect(await list({ RPC_CALL_PASSWORD: 'wrong' }, '--user', 'grace')).to.include({
        status: 3,
        stderr: 'rpc-call: HTTP 401 Unauthorized: Missing or invalid credentials.\n',
      });
    } finally {
      await rm(folder, { recursive: true });
      await daemon.stop();
      await users.end();
    }
  });

  it('prints what only the xmlrpc package reads as it does', async () => {
    const value = '<value><array><data><value><i4>5</i4></value><value>a & b</value></data></array></value>';
    const body = `\n<methodResponse><params><param>${value}</param></params></methodResponse>`;
    const server = createServer((_request, response) => response.end(body)).listen(0);
    const { port } = server.address() as AddressInfo;
    expect(await rpcCall(`http://127.0.0.1:${port}/`, 'm')).to.include({ status: 0, stdout: '[5,"a & b"]\n' });
    server.close();
  });

  it('exits with status 1 and prints the fault on stderr', async () => {
    const { status, stdout, stderr } = await run('rpc-call', [gateway.url, 'execute', 'select * from missing']);
    expect([status, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.equal(`fault 1: db -- Programming Error\n\n(1146, "Table 'test.missing' doesn't exist")\n`);
  });

  const wrong: [string, string[], RegExp][] = [
    ['no URL', [], /^rpc-call: missing required argument 'url'/],
    ['an invalid URL', ['database', 'cursor'], /^rpc-call: "database" is neither a URL/],
    ['a value of the wrong type', ['http://127.0.0.1/', 'x', 'int:one'], /^rpc-call: invalid 64-bit integer "one"/],
    ['an unknown option', ['--nonsense', 'http://127.0.0.1/', 'x'], /^rpc-call: unknown option/],
  ];
  for (const [what, args, message] of wrong) {
    it(`exits with status 2 for ${what}`, async () => {
      const { status, stderr } = await rpcCall(...args);
      expect(status).to.equal(2);
      expect(stderr).to.match(message);
    });
  }

  it('exits with status 3 if the endpoint or the server does not exist', async () => {
    expect(await rpcCall(`${gateway.url}/unknown`, 'close')).to.include({
      status: 3,
      stderr: 'rpc-call: HTTP 404 Not Found: The endpoint does not exist.\n',
    });
    const { status, stderr } = await rpcCall('http://127.0.0.1:1/', 'close');
    expect(status).to.equal(3);
    expect(stderr).to.match(/^rpc-call: \S+: connection refused\n$/);
  });

  it('hides its password from the list of processes', async () => {
    const url = gateway.url.replace('//', '//grace:topsecret@');
    const child = spawn(projectFile('bin/rpc-call'), [url, 'execute', 'select sleep(63)']);
    await untilItRuns(gateway, 'select sleep(63)');
    const command = await readFile(`/proc/${child.pid}/cmdline`, 'utf8');
    child.kill();
    await once(child, 'close');
    expect(command.replaceAll('\0', '')).to.equal('rpc-call');
  });

  it('prints its version', async () => {
    const { version } = JSON.parse(await readFile(projectFile('package.json'), 'utf8')) as { version: string };
    expect(await rpcCall('--version')).to.deep.equal({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('ends silently if nobody reads its help or its version', async () => {
    for (const option of ['--help', '--version']) {
      const child = spawn(projectFile('bin/rpc-call'), [option]);
      // The reading end is closed before anything is written.
      child.stdout.destroy();
      expect(await ended(child), option).to.include({ status: 141, stderr: '' });
    }
  });

  it('prints its usage', async () => {
    const { status, stdout } = await rpcCall('--help');
    expect(status).to.equal(0);
    expect(stdout).to.match(/^Usage: rpc-call \[options\] URL METHOD \[ARG\.\.\.\]\n/);
    expect(stdout).to.contain('Status: 0 ok, 1 fault, 2 usage, 3 HTTP, network or output, 130 Ctrl-C.');
  });
});
