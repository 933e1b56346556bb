import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { effectiveConfiguration } from '#lib/server/configuration/effective-configuration.js';
import { LISTENER_OPTIONS } from '#lib/server/configuration/listener-options.js';
import { OPTIONS } from '#lib/server/configuration/options.js';
import { UsageError } from '#lib/server/configuration/problems.js';
import { parseSettings } from '#lib/server/configuration/settings.js';
import { netsvc } from '../../support/command.js';
import { run } from '../../support/netsvc-process.js';

const WHOLE = `
listeners:
  - port: 8001
  - host: 192.0.2.1
    port: 8443
    tls-certificate: tls/cert.pem
    tls-key: /etc/key.pem
    tls-min-version: TLSv1.3
users: users
allow: [10.0.0.0/8, "fd00::/8"]
deny: 10.1.2.3
trusted-proxies: [127.0.0.1]
max-sessions: 20
max-request: 1M
grace: 2.5
pin: always
databases:
  shop:
    url: mysql://gateway:secret@db.example.org/shop?nulls=empty
    users: [grace, alan]
    read-only: true
    init: ["SET time_zone = '+00:00'"]
    bigints: string
    compression: off
    autocommit: false
    connections: 20
    connections-per-user: 50%
    query-timeout: 1.5
    max-result: 1M
  old/stock:
    url-file: stock-url
`;

/** Each line has the line before it ten times. */
const BOMB = [...'bcdefgh'].reduce(
  (text, name) => `${text}${name}: &${name} [${`*${String.fromCharCode(name.charCodeAt(0) - 1)},`.repeat(10)}]\n`,
  'a: &a [1,1,1,1,1,1,1,1,1,1]\n',
);

/** The keys that errors list. */
const KEYS = [...Object.keys({ ...OPTIONS, ...LISTENER_OPTIONS }), 'listeners', 'admin', 'databases'].sort().join(', ');
const DATABASE_KEYS =
  'answers, autocommit, bigints, compression, connect-wait, connections, connections-per-user, dates, decimals, ' +
  'idle-transaction-timeout, init, label, max-connection-age, max-result, max-sessions, max-sessions-per-host, ' +
  'max-sessions-per-user, max-timeout, nulls, pin, query-timeout, read-only, result-memory, rows, transaction-timeout, ' +
  'url, url-file, users';

describe('a configuration file', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    file = join(folder, 'netsvc.yaml');
    await writeFile(join(folder, 'stock-url'), 'mysql://root@localhost/stock\n');
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function parse(text: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    await writeFile(file, text);
    return parseSettings(['--config', file, ...args], env, '1.2.3').settings;
  }

  it('sets everything that flags can set, and more', async () => {
    const settings = await parse(WHOLE);
    expect(settings).to.include({ users: join(folder, 'users'), maxSessions: 20, grace: 2.5, pin: 'always' });
    expect(settings).to.include({ maxRequest: 1024 ** 2, connections: 50 });
    expect(settings.allow?.networks).to.deep.equal(['10.0.0.0/8', 'fd00::/8']);
    expect(settings.deny?.networks).to.deep.equal(['10.1.2.3']);
    expect(settings.trustedProxies?.has('127.0.0.1')).to.equal(true);
    expect(settings.listeners).to.have.lengthOf(2);
    expect(settings.listeners[0]).to.include({ host: '127.0.0.1', port: 8001, tlsKey: undefined });
    expect(settings.listeners[1]).to.deep.equal({
      host: '192.0.2.1',
      port: 8443,
      tlsCertificate: join(folder, 'tls/cert.pem'),
      tlsKey: '/etc/key.pem',
      tlsMinVersion: 'TLSv1.3',
    });
    const [shop, stock] = [settings.databases.get('shop'), settings.databases.get('old/stock')];
    expect(shop).to.deep.include({ readOnly: true, init: ["SET time_zone = '+00:00'"], autocommit: false });
    expect(stock).to.include({ autocommit: true });
    expect([...(shop?.users ?? [])]).to.deep.equal(['grace', 'alan']);
    expect(shop?.values).to.deep.equal({ nulls: 'empty', bigints: 'string', compression: 'off' });
    const limits = { connections: 20, connectionsPerUser: 0.5, queryTimeout: 1.5, maxResult: 1024 ** 2 };
    expect(shop?.limits).to.deep.equal(limits);
    expect(stock?.limits).to.deep.equal({});
    expect(shop?.connection).to.include({ host: 'db.example.org', user: 'gateway', password: 'secret' });
    expect(stock?.connection).to.include({ host: 'localhost', database: 'stock' });
    expect(stock).to.include({ readOnly: false, users: undefined });
  });

  it('can be empty', async () => {
    for (const text of ['', '# nothing\n', '{}']) expect((await parse(text)).listeners).to.have.lengthOf(1);
  });

  it('is overridden by flags', async () => {
    const text =
      'listeners: [{port: 1, host: "::1"}]\nmax-sessions: 5\ndatabases: {a: {url: "mysql://localhost/a", ' +
      'read-only: true}}\n';
    const settings = await parse(text, ['--port', '2', '--max-sessions', '6', '--database', 'a=mysql://localhost/b']);
    expect(settings.listeners[0]).to.include({ host: '::1', port: 2 });
    expect(settings.maxSessions).to.equal(6);
    expect(settings.databases.get('a')?.connection.database).to.equal('b');
    expect(settings.databases.get('a')?.readOnly, 'what the flag says nothing of').to.equal(true);
  });

  it('overrides the options of a URL', async () => {
    const url = 'mysql://localhost/a?autocommit=0&nulls=empty&rows=found';
    const { databases } = await parse(
      `databases: {a: {url: "${url}", autocommit: true, rows: changed}, b: {url: "${url}"}}`,
    );
    expect(databases.get('a')).to.deep.include({ autocommit: true, values: { nulls: 'empty' } });
    expect(databases.get('b')).to.include({ autocommit: false });
    const found = ['a', 'b'].map((name) => databases.get(name)?.connection.foundRows);
    expect(found).to.deep.equal([false, true]);
  });

  it('can leave URLs to the environment', async () => {
    const text = 'databases: {shop: {read-only: true}}';
    const { databases } = await parse(text, [], { NETSVC_DATABASE: 'shop=mysql://localhost/x' });
    expect(databases.get('shop')).to.include({ readOnly: true, url: 'mysql://localhost/x' });
    await expectError(text, 'database shop: missing URL (set url, url-file or NETSVC_DATABASE)');
  });

  async function expectError(text: string, message: string, args: readonly string[] = []): Promise<void> {
    const error = await parse(text, args).then(
      () => expect.fail('it was taken'),
      (error: Error) => error,
    );
    expect(error).to.be.instanceOf(UsageError);
    // Also the end of a line.
    expect(`${error.message}\n`).to.contain(message);
    expect(error.message).to.not.contain('secret');
  }

  const wrong: [string, string, string][] = [
    ['no YAML', 'a: [1,\nb: 2', 'netsvc.yaml:2: '],
    ['a key twice', 'grace: 1\ngrace: 2', 'netsvc.yaml:2: duplicate key'],
    ['two documents', 'grace: 1\n---\ngrace: 2', 'netsvc.yaml:2: must be a single document'],
    ['a list', '- a', 'netsvc.yaml:1: must be a mapping'],
    ['an unknown key', 'grace: 1\n\nprot: 3', 'netsvc.yaml:3: unknown key "prot" (known: admin, allow, '],
    [
      'an unknown key of a database',
      'databases:\n  a:\n    url: mysql://localhost/a\n    nul: empty',
      `netsvc.yaml:4: databases.a: unknown key "nul" (known: ${DATABASE_KEYS})\n`,
    ],
    [
      'a key of a database at the top level',
      'label: true',
      'netsvc.yaml:1: unknown key "label" (it is a key of a database: databases.NAME.label)\n',
    ],
    [
      'a key of the top level in a database',
      'databases: {a: {url: "mysql://localhost/a", memory: 1G}}',
      'netsvc.yaml:1: databases.a: unknown key "memory" (it is a key of the top level)\n',
    ],
    [
      'an unknown key of a listener',
      'listeners: [{prot: 1}]',
      'netsvc.yaml:1: listeners.0: unknown key "prot" (known: host, port, tls-certificate, tls-key, tls-min-version)\n',
    ],
    [
      'an unknown key of admin',
      'admin: {usr: 1}',
      'netsvc.yaml:1: admin: unknown key "usr" (known: host, port, users)\n',
    ],
    [
      'an unknown value type',
      'databases:\n  a:\n    url: mysql://localhost/a\n    nulls: none',
      'netsvc.yaml:4: databases.a.nulls: must be nil or empty',
    ],
    ['an invalid name', 'databases:\n  "a b": {}', 'netsvc.yaml:2: databases: invalid endpoint name "a b"'],
    [
      'an invalid port',
      'listeners:\n  - port: 1\n  - port: 65536',
      ':3: listeners.1.port: must be an integer from 0 to 65535',
    ],
    ['no listener', 'listeners: []', ':1: listeners: must not be empty'],
    ['no list', 'listeners: 1', ':1: listeners: must be a list'],
    ['an empty value', 'databases:', ':1: databases: must not be empty'],
    ['a value that is no mapping', 'admin: 9464', ':1: admin: must be a mapping'],
    ['an invalid number', 'max-sessions: many', ':1: max-sessions: must be an integer of at least 1'],
    ['an invalid boolean', 'insecure: 1', ':1: insecure: must be true or false'],
    ['an invalid string', 'data: 1', ':1: data: must be a string'],
    ['an invalid user', 'databases: {a: {users: [1]}}', ':1: databases.a.users.0: must be a string'],
    ['an invalid network', 'deny:\n  - 1.2.3', ':1: deny: invalid address or network "1.2.3"'],
    [
      'users without a password file',
      'databases: {a: {url: "mysql://localhost/a", users: [b]}}',
      ':1: database a: users requires a password file',
    ],
    [
      'a URL twice',
      'databases: {a: {url: "mysql://localhost/a", url-file: x}}',
      ':1: database a: url and url-file are',
    ],
    ['an invalid URL', 'databases: {a: {url: "mysql://x:secret@y/a/b"}}', ':1: database a: database name in the URL'],
    ['a missing URL file', 'databases:\n  a:\n    url-file: none', `/none: no such file\n`],
    ['a folder as URL file', 'databases:\n  a:\n    url-file: .', ': is a directory\n'],
    [
      'a public listener without users',
      'listeners:\n- {}\n- host: "::"',
      ':3: refusing to listen on :: without authentication',
    ],
    ['a key without certificate', 'tls-key: key.pem', ':1: --tls-certificate and --tls-key must be used together'],
    ['aliases that expand to too much', BOMB, 'netsvc.yaml: Excessive alias count'],
  ];
  for (const [what, text, message] of wrong)
    it(`is rejected with line and key: ${what}`, () => expectError(text, message));

  it('is rejected with all errors, in the order of their lines', async () => {
    const text = [
      'databases:',
      '  a: {url-file: none}',
      '  b: {url: "mysql://localhost/b?nulls=maybe", nul: empty}',
      '  c: {lable: true}',
      'prot: 1',
      'grace: x',
      'insecure: 1',
    ].join('\n');
    const error = await parse(text, ['--database', 'd=postgres://x']).catch((error: Error) => error);
    expect(
      String(error instanceof Error && error.message)
        .replaceAll(folder, '')
        .split('\n'),
    ).to.deep.equal([
      '/netsvc.yaml:2: database a: /none: no such file',
      `/netsvc.yaml:3: databases.b: unknown key "nul" (known: ${DATABASE_KEYS})`,
      '/netsvc.yaml:3: database b: parameter nulls must be nil or empty',
      `/netsvc.yaml:4: databases.c: unknown key "lable" (known: ${DATABASE_KEYS})`,
      `/netsvc.yaml:5: unknown key "prot" (known: ${KEYS})`,
      '/netsvc.yaml:6: grace: must be a number of seconds, at most 2000000',
      '/netsvc.yaml:7: insecure: must be true or false',
      'database d: database URL must start with mysql://',
    ]);
  });

  it('with several listeners conflicts with a port flag', () =>
    expectError('listeners: [{}, {port: 1}]', '--port is ambiguous', ['--port', '2']));

  describe('without a list of listeners', () => {
    it('has the keys of the one listener', async () => {
      const text = 'host: "::1"\nport: 8443\ntls-certificate: tls/cert.pem\ntls-key: /etc/key.pem\n';
      const { listeners } = await parse(text, ['--tls-min-version', 'TLSv1.3']);
      expect(listeners).to.deep.equal([
        {
          host: '::1',
          port: 8443,
          tlsCertificate: join(folder, 'tls/cert.pem'),
          tlsKey: '/etc/key.pem',
          tlsMinVersion: 'TLSv1.3',
        },
      ]);
      expect((await parse(text, ['--port', '1'])).listeners[0]).to.include({ host: '::1', port: 1 });
    });

    it('has their errors at their lines', () =>
      expectError('grace: 1\nhost: 0.0.0.0', ':2: refusing to listen on 0.0.0.0 without authentication'));
  });

  it('with a list of listeners has no keys of a listener besides', async () => {
    const text = 'listeners: [{port: 1}]\nport: 2\ntls-key: x\n';
    await expectError(text, 'netsvc.yaml:2: port and listeners are mutually exclusive: set it in each listener\n');
    await expectError(text, 'netsvc.yaml:3: tls-key and listeners are mutually exclusive: set it in each listener\n');
  });

  it('that does not exist is an error', () => {
    const read = (path: string) => () => parseSettings(['--config', path], {}, '');
    expect(read('/none')).to.throw(UsageError, /^\/none: no such file$/);
    expect(read(folder)).to.throw(UsageError, /: is a directory$/);
  });

  describe('with all defaults', () => {
    it('is equivalent, except for secrets', async () => {
      const settings = await parse(WHOLE);
      const printed = effectiveConfiguration(settings);
      expect(printed).to.contain('mysql://gateway:***@db.example.org/shop').and.not.contain('secret');
      const again = await parse(printed);
      expect(effectiveConfiguration(again)).to.equal(printed);
      expect(again.maxRequest).to.equal(settings.maxRequest);
    });

    it('is printed by --print-config', async () => {
      await writeFile(
        file,
        'databases: {a: {url: "mysql://root:secret@localhost/a?ssl={\\"passphrase\\":\\"secret\\"}"}}',
      );
      const { status, stdout, stderr } = await netsvc(['--config', file, '--grace', '3', '--print-config']);
      expect([status, stderr]).to.deep.equal([0, '']);
      expect(stdout)
        .to.contain('grace: 3\n')
        .and.contain('host: 127.0.0.1\n')
        .and.contain('memory-per-session: 25%\n')
        .and.contain('root:***@localhost');
      expect(stdout).to.not.contain('secret');
    });
  });

  it('is validated by --check-config, including the files that it names', async () => {
    await writeFile(file, 'databases: {a: {url: "mysql://localhost/a"}}');
    const valid = await run('netsvc', ['--config', file, '--check-config']);
    expect(valid).to.deep.equal({
      status: 0,
      stdout: 'The configuration is valid. netsvc has not connected to a database: use --check-database.\n',
      stderr: '',
    });
    await writeFile(file, 'grace: 1\nusers: nowhere\nadmin: {port: 1, users: .}\nprot: 1');
    const invalid = await netsvc(['--config', file, '--check-config', '--tls-key', 'k', '--tls-certificate', 'c']);
    expect([invalid.status, invalid.stdout]).to.deep.equal([2, '']);
    expect(invalid.stderr.replaceAll(folder, '')).to.equal(
      [
        '/netsvc.yaml:2: users file /nowhere: no such file',
        '/netsvc.yaml:3: users file : is a directory',
        `/netsvc.yaml:4: unknown key "prot" (known: ${KEYS})`,
        'netsvc: certificate c: no such file',
        '',
      ].join('\n'),
    );
  });
});
