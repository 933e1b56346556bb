import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { UsageError } from '#lib/server/configuration/problems.js';
import { readCertificate } from '#lib/server/configuration/secret-files.js';
import { type Certificates, type IssuedCertificate, makeAuthority } from '../../support/certificates.js';

const LISTENER = { tlsMinVersion: 'TLSv1.2', host: '', port: 0 } as const;

describe('the files of a certificate', () => {
  let authority: Certificates;
  let issued: IssuedCertificate;

  before(async () => {
    authority = await makeAuthority();
    issued = await authority.issue('localhost');
  });

  after(() => authority?.remove());

  const read = (tlsCertificate: string, tlsKey: string) => readCertificate({ ...LISTENER, tlsCertificate, tlsKey });

  const expectError = (certificate: string, key: string, message: string) =>
    expect(() => read(certificate, key))
      .to.throw(UsageError)
      .with.property('message', message);

  it('are read', () => {
    const { certificate, key, pem } = issued;
    expect(read(certificate, key)).to.include(pem);
    expect(readCertificate({ ...LISTENER, tlsCertificate: undefined, tlsKey: undefined })).to.equal(undefined);
  });

  it('are rejected in plain words, with their names', async () => {
    const { certificate, key } = issued;
    const { key: other } = await authority.issue('other');
    const [text, encrypted] = [join(authority.folder, 'text'), join(authority.folder, 'encrypted')];
    await writeFile(text, 'topsecret');
    execFileSync('openssl', ['ec', '-in', key, '-aes256', '-passout', 'pass:x', '-out', encrypted], { stdio: 'pipe' });
    expectError('/none', key, 'certificate /none: no such file');
    expectError(certificate, authority.folder, `key ${authority.folder}: is a directory`);
    expectError(text, key, `certificate ${text}: not a certificate in PEM`);
    expectError(certificate, text, `key ${text}: not a private key in PEM without a passphrase`);
    expectError(certificate, encrypted, `key ${encrypted}: not a private key in PEM without a passphrase`);
    expectError(certificate, other, `key ${other}: does not belong to certificate ${certificate}`);
  });

  it('are rejected if OpenSSL does not use them, with its reason', async () => {
    const [certificate, key] = [join(authority.folder, 'short.pem'), join(authority.folder, 'short.key')];
    const flags = ['-x509', '-newkey', 'rsa:512', '-nodes', '-subj', '/CN=x', '-keyout', key, '-out', certificate];
    execFileSync('openssl', ['req', ...flags], { stdio: 'pipe' });
    expectError(certificate, key, `certificate ${certificate} and key ${key}: ee key too small`);
  });
});
