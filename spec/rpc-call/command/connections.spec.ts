import { chmod } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { rpcCall } from '../../support/command.js';
import { SuiteFolder } from '../../support/suite-folder.js';

const ANSWER = `<?xml version="1.0"?><methodResponse><params><param><value><string>yes</string></value></param>
</params></methodResponse>`;

const VARIABLES = ['XDG_CONFIG_HOME', 'RPC_CALL_URL', 'RPC_CALL_PASSWORD'] as const;

describe('connections with names', () => {
  let server: Server;
  let url: string;
  const folder = new SuiteFolder();
  const file = () => folder.file('rpc-call.yaml');
  /** Of the last request: its path, method and credentials. */
  let asked: { path: string; method: string; login: string };
  const before_ = VARIABLES.map((name) => process.env[name]);

  before(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => {
        const login = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
        asked = { path: request.url ?? '', method: /<methodName>(.*)<\/methodName>/.exec(body)?.[1] ?? '', login };
        response.setHeader('Content-Type', 'text/xml').end(ANSWER);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after((done) => {
    server.close(done);
  });

  beforeEach(() => {
    for (const name of VARIABLES) delete process.env[name];
    process.env.XDG_CONFIG_HOME = folder.path;
  });

  afterEach(() => {
    for (const [i, name] of VARIABLES.entries()) {
      if (before_[i] === undefined) delete process.env[name];
      else process.env[name] = before_[i];
    }
  });

  const save = async (text: string, mode = 0o600) => {
    await chmod(await folder.write('rpc-call.yaml', text.replaceAll('URL', url)), mode);
  };
  const ok = async (...args: string[]) => {
    const { status, stderr, stdout } = await rpcCall(args);
    expect([status, stderr]).to.deep.equal([0, '']);
    return stdout;
  };
  const login = async (...args: string[]) => {
    await ok(...args);
    return asked.login;
  };

  it('have a URL and a user', async () => {
    await save('shop:\n  url: URL/shop\n  user: grace\n  password: "p:1"\nstock.test: {url: URL/stock}\n');
    await ok('shop', 'ask', '5');
    expect(asked).to.deep.equal({ path: '/shop', method: 'ask', login: 'grace:p:1' });
    await ok('--raw', 'stock.test', 'other');
    expect(asked).to.deep.equal({ path: '/stock', method: 'other', login: '' });
  });

  it('have a format', async () => {
    await save('shop: {url: URL/shop, format: raw}');
    expect(await ok('shop', 'ask')).to.equal('yes\n');
    expect(await ok('shop', 'ask', '--json')).to.equal('"yes"\n');
  });

  it('have the output of a command as password, or the first line of a file', async () => {
    await folder.write('secret', 'from file\nmore\n');
    await save(`a:
  url: URL/
  user: ada
  password-command: [printf, '%s\\n%s', 'a "b" $HOME', more]
b: {url: URL/, user: bob, password-command: "echo $((40 + 2)) | cat"}
c: {url: URL/, user: carl, password-file: ${folder.path}/secret}
`);
    expect(await login('a', 'm')).to.equal('ada:a "b" $HOME');
    expect(await login('b', 'm')).to.equal('bob:42');
    expect(await login('c', 'm')).to.equal('carl:from file');
  });

  it('come after the command line and the environment', async () => {
    const flag = await folder.write('flag', 'flag');
    await save('shop: {url: "URL/shop", user: grace, password: file}');
    process.env.RPC_CALL_PASSWORD = 'environment';
    expect(await login('shop', 'm')).to.equal('grace:environment');
    expect(await login('shop', 'm', '--password-file', flag)).to.equal('grace:flag');
    expect(await login('shop', 'm', '--user', 'ada')).to.equal('ada:environment');
  });

  it('are what RPC_CALL_URL says if none is given', async () => {
    await save('shop: {url: URL/shop}');
    process.env.RPC_CALL_URL = `${url}/default`;
    await ok('ask', '-5');
    expect(asked).to.include({ path: '/default', method: 'ask' });
    await ok('shop', 'ask', '-5');
    expect(asked).to.include({ path: '/shop', method: 'ask' });
    await ok(`${url}/other`, 'ask');
    expect(asked).to.include({ path: '/other', method: 'ask' });
    process.env.RPC_CALL_URL = 'shop';
    await ok('ask', 'shop');
    expect(asked).to.include({ path: '/shop', method: 'ask' });
  });

  it('are read only if they are needed', async () => {
    await save('nonsense');
    await ok('--raw', `${url}/other`, 'ask');
    expect(await ok('--help')).to.contain('rpc-call.yaml');
  });

  it('warn if others can read a password', async () => {
    await save('shop: {url: URL/shop, user: grace, password: x}', 0o644);
    const { status, stderr } = await rpcCall(['shop', 'm']);
    expect([status, stderr]).to.deep.equal([
      0,
      `rpc-call: ${file()} contains a password, and others can read it: chmod 600 ${file()}\n`,
    ]);
    await save('shop: {url: URL/shop}', 0o644);
    await ok('shop', 'm');
  });

  const wrong: [string, string, string][] = [
    ['text', 'shop', 'line 1: must be a mapping of names to connections'],
    ['a connection without keys', 'a: {url: "URL"}\nshop: http://host/', 'line 2: shop must have keys such as url'],
    ['no URL', '\nshop:\n  user: a', 'line 2: url is missing'],
    ['another URL', 'shop:\n  user: a\n  url: mysql://a:secret@b', 'line 3: invalid url "...@b"'],
    ['an unknown key', 'shop:\n  url: "URL"\n  pasword: x', 'line 3: unknown key "pasword"'],
    ['an unknown format', 'shop:\n  url: "URL"\n  format: xml', 'line 3: unknown format "xml"'],
    [
      'two passwords',
      'shop: {url: "URL", user: a, password: a, password-file: b}',
      'line 1: password and password-file',
    ],
    ['a password without a user', 'shop: {url: "URL", password: a}', 'line 1: password needs user'],
    ['a list of nothing', 'shop: {url: "URL", user: a, password-command: []}', 'password-command must be a string'],
    ['a name that looks like an option', '-a: {url: "URL"}', 'line 1: invalid name "-a"'],
    ['a name that stands there twice', 'shop: {url: "URL"}\nshop: {url: "URL"}', 'line 2: '],
    ['a command that fails', 'shop: {url: "URL", user: a, password-command: "exit 3"}', 'command ended with status 3'],
    [
      'no such command',
      'shop: {url: "URL", user: a, password-command: [/none]}',
      'line 1: password-command: cannot run',
    ],
  ];
  for (const [what, text, message] of wrong) {
    it(`are refused with ${what}`, async () => {
      await save(text);
      const { status, stderr } = await rpcCall(['shop', 'm']);
      expect(status).to.equal(2);
      expect(stderr).to.contain(`rpc-call: ${file()}: line `).and.contain(message);
    });
  }

  it('have to exist', async () => {
    await save('shop: {url: URL/shop}');
    expect((await rpcCall(['shap', 'm'])).stderr).to.equal(
      `rpc-call: "shap" is neither a URL nor a connection of ${file()}\n`,
    );
  });
});
