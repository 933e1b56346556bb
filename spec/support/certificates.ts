import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM files in a folder of their own. */
export interface Certificates {
  readonly folder: string;
  /** The CA of the certificates. */
  readonly ca: string;
  remove(): Promise<void>;
  /** Creates a certificate for `name` and 127.0.0.1, with its key. */
  issue(name: string): Promise<IssuedCertificate>;
}

export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
  /** The texts of the files. */
  readonly pem: { readonly certificate: string; readonly key: string };
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A CA for a spec, created with openssl. */
export async function makeAuthority(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  // Python 3.13 requires the usage.
  const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  const subject = ['-subj', '/CN=netsvc specs', ...usage];
  openssl('req', '-x509', ...KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', ...subject);
  return {
    folder,
    ca: join(folder, 'ca.pem'),
    remove: () => rm(folder, { recursive: true }),
    async issue(name) {
      const names = `subjectAltName=DNS:${name},IP:127.0.0.1`;
      // Otherwise it is a CA, too.
      const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE'];
      const signed = [
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-days',
        '2',
        '-subj',
        `/CN=${name}`,
        '-addext',
        names,
        ...leaf,
      ];
      openssl('req', '-x509', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.pem`, ...signed);
      const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
      return {
        certificate,
        key,
        pem: { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') },
      };
    },
  };
}
