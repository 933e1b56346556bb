import { expect } from 'chai';
import { parseSettings, UsageError } from '#lib/server/settings.js';

const parse = (args: string[], env: NodeJS.ProcessEnv = {}) => parseSettings(args, env, '1.2.3');

describe('the settings of netsvc', () => {
  it('are, without any flag, those of a private MariaDB on this machine', () => {
    const { databases, ...settings } = parse([]);
    expect(databases.size).to.equal(0);
    expect(settings).to.deep.equal({
      host: '127.0.0.1',
      port: 8000,
      data: '.netsvc',
      connections: 50,
      pin: false,
      maxSessions: 10_000,
      maxSessionsPerUser: 0,
      maxSessionsPerHost: 0,
      maxTimeout: 3600,
      maxRequest: 64 * 1024 ** 2,
      resultMemory: 16 * 1024 ** 2,
      maxResult: 4 * 1024 ** 3,
      connectWait: 10,
      queryTimeout: 0,
      grace: 10,
    });
  });

  it('take a database by its URL, or several by name', () => {
    const one = parse(['--database', 'mysql://root@db/shop?socket=/run/a=b']).databases;
    expect([...one.keys()]).to.deep.equal(['database']);
    expect(one.get('database')?.connection).to.include({ host: 'db', database: 'shop', socketPath: '/run/a=b' });
    const two = parse(['--database', 'a/b=mysql://x/a', '--database', 'c=mysql://y:33/c']).databases;
    expect([...two.keys()]).to.deep.equal(['a/b', 'c']);
    expect(two.get('c')?.connection).to.include({ host: 'y', port: 33, database: 'c' });
  });

  it('take databases from NETSVC_DATABASE, unless the flag names some', () => {
    const env = { NETSVC_DATABASE: 'a=mysql://x/a b=mysql://y/b' };
    expect([...parse([], env).databases.keys()]).to.deep.equal(['a', 'b']);
    expect([...parse(['--database', 'mysql://z/z'], env).databases.keys()]).to.deep.equal(['database']);
  });

  it('take sizes in K, M and G', () => {
    for (const [text, bytes] of [
      ['512', 512],
      ['64K', 65_536],
      ['16m', 16 * 1024 ** 2],
      ['4G', 4 * 1024 ** 3],
    ] as const) {
      expect(parse(['--max-request', text]).maxRequest).to.equal(bytes);
    }
  });

  it('let it listen beyond this machine only when told that this is insecure', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost'])
      expect(parse(['--host', host]).host).to.equal(host);
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.example.org']) {
      expect(() => parse(['--host', host])).to.throw(UsageError, 'add --insecure');
      expect(parse(['--host', host, '--insecure']).host).to.equal(host);
    }
  });

  const wrong: [string[], string][] = [
    [['--nonsense'], "unknown option '--nonsense'"],
    [['extra'], 'too many arguments'],
    [['--port', '65536'], 'from 0 to 65535'],
    [['--port', '8e3'], 'from 0 to 65535'],
    [['--connections', '0'], 'from 1 to'],
    [['--grace', '-1'], 'a number of seconds'],
    [['--max-request', '64X'], 'a number of bytes'],
    [['--max-request', '0'], 'a number of bytes'],
    [['--database', 'postgres://x/y'], 'begins with mysql://'],
    [['--database', 'a b=mysql://x/y'], 'cannot be the name of an endpoint'],
    [['--database', 'mysql://x/y', '--database', 'mysql://x/z'], 'give them names'],
  ];
  for (const [args, message] of wrong) {
    it(`do not include ${args.join(' ')}`, () => expect(() => parse(args)).to.throw(UsageError, message));
  }

  it('never repeat a password', () => {
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
