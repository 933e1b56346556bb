import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { UsageError } from '#lib/server/configuration/problems.js';
import { parseSettings } from '#lib/server/configuration/settings.js';

const parse = (args: string[], env: NodeJS.ProcessEnv = {}) => parseSettings(args, env, '1.2.3').settings;

describe('the settings of netsvc', () => {
  it('are those of a private server on this machine by default', () => {
    const { databases, listeners, ...settings } = parse([]);
    expect(databases.size).to.equal(0);
    expect(listeners).to.deep.equal([
      { host: '127.0.0.1', port: 8000, tlsCertificate: undefined, tlsKey: undefined, tlsMinVersion: 'TLSv1.2' },
    ]);
    expect(settings).to.deep.equal({
      data: '.netsvc',
      users: undefined,
      allow: undefined,
      deny: undefined,
      trustedProxies: undefined,
      insecure: false,
      connections: 50,
      connectionsPerUser: 0.5,
      pin: 'auto',
      loginExempt: undefined,
      loginFailures: 10,
      maxClients: 20_000,
      maxSessions: 10_000,
      maxSessionsPerUser: 0.8,
      maxSessionsPerHost: 0,
      maxTimeout: 3600,
      maxRequest: 64 * 1024 ** 2,
      memory: 0.5,
      memoryPerUser: 0.5,
      memoryPerSession: 0.25,
      resultMemory: 16 * 1024 ** 2,
      maxResult: 4 * 1024 ** 3,
      connectWait: 10,
      maxConnectionAge: 300,
      queryTimeout: 0,
      transactionTimeout: 0,
      idleTransactionTimeout: 0,
      waitForDatabase: 0,
      logLevel: 'info',
      logStatements: 'digest',
      auditLog: undefined,
      auditStatements: 'digest',
      metricsPerUser: false,
      slowQuery: 0,
      drain: 0,
      instance: undefined,
      grace: 10,
      admin: undefined,
    });
  });

  it('include a database by URL, or several by name', () => {
    const one = parse(['--database', 'mysql://root@localhost/shop?socket=/run/a=b']).databases;
    expect([...one.keys()]).to.deep.equal(['database']);
    expect(one.get('database')?.connection).to.include({ host: 'localhost', database: 'shop', socketPath: '/run/a=b' });
    const two = parse(['--database', 'a/b=mysql://x/a', '--database', 'c=mysql://y:33/c']).databases;
    expect([...two.keys()]).to.deep.equal(['a/b', 'c']);
    expect(two.get('c')?.connection).to.include({ host: 'y', port: 33, database: 'c' });
  });

  it('include databases from NETSVC_DATABASE, unless a flag names some', () => {
    const env = { NETSVC_DATABASE: 'a=mysql://x/a b=mysql://y/b' };
    expect([...parse([], env).databases.keys()]).to.deep.equal(['a', 'b']);
    expect([...parse(['--database', 'mysql://z/z'], env).databases.keys()]).to.deep.equal(['database']);
  });

  it('include the URL of a database from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    await writeFile(join(folder, 'url'), 'mysql://root:secret@db/shop\n');
    const { databases } = parse(['--database', `@${folder}/url`, '--database', `b=@${folder}/url`]);
    await rm(folder, { recursive: true });
    expect([...databases.keys()]).to.deep.equal(['database', 'b']);
    for (const { connection } of databases.values()) expect(connection).to.include({ password: 'secret' });
  });

  it('include sizes in K, M and G', () => {
    for (const [text, bytes] of [
      ['512', 512],
      ['64K', 65_536],
      ['16m', 16 * 1024 ** 2],
      ['4G', 4 * 1024 ** 3],
    ] as const) {
      expect(parse(['--max-request', text]).maxRequest).to.equal(bytes);
    }
  });

  it('allow remote access only with users, or with --insecure', () => {
    const hostOf = (args: string[]) => parse(args).listeners[0]?.host;
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) expect(hostOf(['--host', host])).to.equal(host);
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.example.org']) {
      expect(() => parse(['--host', host])).to.throw(UsageError, 'use --insecure');
      expect(hostOf(['--host', host, '--insecure'])).to.equal(host);
      expect(hostOf(['--host', host, '--users', 'users'])).to.equal(host);
    }
  });

  it('allow remote access of operators only with users of its own, or with --insecure', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    const file = join(folder, 'netsvc.yaml');
    const parseAdmin = async (admin: string, ...args: string[]) => {
      await writeFile(file, `users: users\nadmin: ${admin}\n`);
      return parse(['--config', file, ...args]).admin;
    };
    const refused = async (admin: string, message: string) => {
      const error = await parseAdmin(admin).catch((error: Error) => error);
      expect(error).to.be.instanceOf(UsageError).with.property('message').that.contains(message);
    };
    await refused('{host: 0.0.0.0, port: 9000}', 'refusing admin access on 0.0.0.0 without authentication');
    await refused('{host: 127.0.0.1}', 'admin: missing port');
    const all = { host: '0.0.0.0', port: 9000 };
    expect(await parseAdmin('{host: 0.0.0.0, port: 9000}', '--insecure')).to.include(all);
    expect(await parseAdmin('{host: 0.0.0.0, port: 9000, users: operators}')).to.include({
      ...all,
      users: join(folder, 'operators'),
    });
    expect(await parseAdmin('{port: 9000}', '--admin-port', '9001')).to.include({ host: '127.0.0.1', port: 9001 });
    expect(parse(['--admin-port', '9001']).admin).to.deep.equal({ host: '127.0.0.1', port: 9001, users: undefined });
    await rm(folder, { recursive: true });
  });

  const wrong: [string[], string][] = [
    [['--nonsense'], "unknown option '--nonsense' (see --help)"],
    [['--prot', '1'], "unknown option '--prot' (--port?)"],
    [['extra'], 'but got 1. (see --help)'],
    [['--port', '65536'], 'from 0 to 65535'],
    [['--config', '/none'], '/none: no such file'],
    [['--port', '8e3'], 'from 0 to 65535'],
    [['--connections', '0'], 'from 1 to'],
    [['--grace', '-1'], 'a number of seconds'],
    [['--admin-port', 'x'], 'from 0 to 65535'],
    [['--log-level', 'loud'], 'must be debug, info, warn, error'],
    [['--max-request', '64X'], 'a number of bytes'],
    [['--max-request', '0'], 'a number of bytes'],
    [['--memory', '0%'], 'or a percentage up to 100%'],
    [['--memory-per-user', '101%'], 'or a percentage up to 100%'],
    [['--database', 'postgres://x/y'], 'must start with mysql://'],
    [['--database', 'a b=mysql://x/y'], 'invalid endpoint name'],
    [['--database', 'mysql://x/y', '--database', 'mysql://x/z'], 'use NAME=URL'],
    [['--database', '@/dev/null/url'], '/dev/null/url: not a directory'],
    [['--database', 'mysql://10.0.0.1/x'], 'use its host name, or set ssl-mode'],
    [['--database', '@/none'], 'database database: /none: no such file'],
    [['--database', 'mysql://h/x?ssl-ca=/tmp'], 'database database: parameter ssl-ca: /tmp: is a directory'],
    [['--tls-key', 'key.pem'], 'must be used together'],
    [['--tls-min-version', 'SSLv3'], 'must be TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3'],
    [['--allow', '10.0.0.0/33'], 'invalid address or network "10.0.0.0/33"'],
    [['--allow', ''], 'must not be empty'],
    [['--max-timeout', '0'], 'greater than 0'],
    [['--deny', 'example.org'], 'invalid address or network "example.org"'],
  ];
  for (const [args, message] of wrong) {
    it(`do not include ${args.join(' ')}`, () => expect(() => parse(args)).to.throw(UsageError, message));
  }

  it('never contain a password in an error', () => {
    for (const url of [
      'mysql://root:secret@:::/x',
      'mysql://root:secret@h/a/b',
      'mysql://root:secret@h/a?b=c',
      'root:secret@h',
    ]) {
      expect(() => parse(['--database', url]))
        .to.throw(UsageError)
        .with.property('message')
        .that.does.not.contain('secret');
    }
  });
});
