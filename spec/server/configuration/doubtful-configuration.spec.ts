import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { overlap } from '#lib/server/configuration/listener-addresses.js';
import { type Certificates, makeAuthority } from '../../support/certificates.js';
import { netsvc } from '../../support/command.js';

const VALID = 'The configuration is valid. netsvc has not connected to a database: use --check-database.\n';

describe('--check-config', () => {
  let folder: string;
  let file: string;
  let authority: Certificates;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    file = join(folder, 'netsvc.yaml');
    authority = await makeAuthority();
    const { certificate, key } = await authority.issue('localhost');
    await copyFile(certificate, join(folder, 'cert.pem'));
    for (const name of ['key.pem', 'mysql.pem']) await copyFile(key, join(folder, name));
    await writeFile(join(folder, 'users'), 'grace:$2y$05$abcdefghijklmnopqrstuuIAgx6r24vVXmrHhPl0Ns4EjZs2E0Y4u\n');
    await writeFile(join(folder, 'empty'), '# nobody\n');
    await writeFile(join(folder, 'url'), 'mysql://a:secret@localhost/x');
  });

  after(async () => {
    await authority?.remove();
    await rm(folder, { recursive: true });
  });

  const check = async (lines: readonly string[], mode = 0o600) => {
    await writeFile(file, lines.join('\n'));
    for (const name of ['netsvc.yaml', 'users', 'key.pem', 'mysql.pem', 'url']) await chmod(join(folder, name), mode);
    const { status, stdout, stderr } = await netsvc(['--config', file, '--check-config']);
    return { status, printed: (stdout + stderr).replace(VALID, '').replaceAll(`${folder}/`, '') };
  };

  const errors: [what: string, lines: string[], printed: string][] = [
    [
      'one port of two listeners',
      ['listeners:', '- port: 8000', '- port: 8000'],
      '3: port 8000 on 127.0.0.1 has another listener',
    ],
    [
      'one port in the addresses of all',
      ['users: users', 'listeners:', '- {port: 80, host: "::"}', '- {port: 80, host: 127.0.0.1}'],
      '4: port 80 on 127.0.0.1 has another listener',
    ],
    [
      'one port of the listener for operators',
      ['port: 8000', 'admin: {port: 8000}'],
      '2: port 8000 on 127.0.0.1 has another listener',
    ],
    ['an empty password file', ['users: empty'], '1: users file empty: there are no users'],
    ['one of operators', ['admin: {port: 0, users: empty}'], '1: users file empty: there are no users'],
    [
      'a user who does not exist',
      ['users: users', 'databases:', '  shop:', '    url: mysql://localhost/x', '    users: [grace, alan]'],
      '5: database shop: there is no user "alan"',
    ],
    [
      'users of a database without any',
      ['databases:', '  shop: {url: "mysql://localhost/x", users: [grace]}'],
      '2: database shop: users requires a password file (--users)',
    ],
    [
      'a certificate without its key',
      ['tls-certificate: cert.pem'],
      '1: --tls-certificate and --tls-key must be used together',
    ],
    ['a missing file of a URL', ['databases:', '  shop: {url-file: none}'], '2: database shop: none: no such file'],
  ];
  for (const [what, lines, printed] of errors) {
    it(`refuses ${what}`, async () => {
      expect(await check(lines)).to.deep.equal({ status: 2, printed: `netsvc.yaml:${printed}\n` });
    });
  }

  it('refuses a certificate that clients reject, or whose issuer they reject', async () => {
    const old = await authority.issueBetween('old', '20200101000000Z', '20200131000000Z');
    const next = await authority.issueBetween('next', '20990101000000Z', '20990131000000Z');
    const dated = async (certificate: string, key: string) => {
      await writeFile(join(folder, 'dated.pem'), certificate);
      return (await check(['tls-certificate: dated.pem', `tls-key: ${key}`])).printed;
    };
    const prefix = 'netsvc.yaml:1: certificate dated.pem: ';
    expect(await dated(old.pem.certificate, old.key)).to.equal(`${prefix}expired on 2020-01-31\n`);
    expect(await dated(next.pem.certificate, next.key)).to.equal(`${prefix}not valid before 2099-01-01\n`);
    const own = await readFile(join(folder, 'cert.pem'), 'utf8');
    expect(await dated(own + old.pem.certificate, 'key.pem')).to.equal(
      `${prefix}expired on 2020-01-31 (the issuer CN=old)\n`,
    );
    expect(await dated(own, 'key.pem')).to.equal('');
  });

  const secrets = () => [
    'users: users',
    'tls-certificate: cert.pem',
    'tls-key: key.pem',
    'databases:',
    '  shop: {url-file: url}',
    `  stock: {url: "mysql://a:secret@localhost/x?ssl-key=${folder}/mysql.pem"}`,
    '  other: {url: "mysql://a:secret@localhost/y"}',
  ];

  it('warns of secrets that everybody can read', async () => {
    await chmod(folder, 0o755);
    const printed = [
      '1: warning: users file users',
      '3: warning: key key.pem',
      '5: warning: URL with a password in url',
      '6: warning: key mysql.pem',
      '6: warning: URL with a password in netsvc.yaml',
    ].map((text) => `netsvc.yaml:${text} can be read by everybody (chmod o-r)\n`);
    expect(await check(secrets(), 0o644)).to.deep.equal({ status: 0, printed: printed.join('') });
  });

  it('warns of none that only some can read, or whose folder only some can open', async () => {
    await chmod(folder, 0o755);
    expect(await check(secrets(), 0o640)).to.deep.equal({ status: 0, printed: '' });
    await chmod(folder, 0o750);
    expect(await check(secrets(), 0o644)).to.deep.equal({ status: 0, printed: '' });
  });
});

describe('the addresses of two listeners', () => {
  const pairs: [one: string, other: string, overlapping: boolean][] = [
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', 'localhost', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['0.0.0.0', '127.0.0.2', true],
    ['0.0.0.0', '::', true],
    ['0.0.0.0', '::1', false],
    ['::', '127.0.0.1', true],
    ['::', 'db.example.org', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['db.example.org', 'DB.example.org', true],
  ];
  for (const [one, other, overlapping] of pairs) {
    it(`${one} and ${other} ${overlapping ? 'exclude each other' : 'can have the same port'}`, () => {
      expect([overlap(one, other), overlap(other, one)]).to.deep.equal([overlapping, overlapping]);
    });
  }
});
