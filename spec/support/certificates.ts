import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
  /** The same, with dates such as `20200131000000Z` between which it is valid. */
  issueBetween(name: string, from: string, to: string): Promise<IssuedCertificate>;
}

export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
  /** The texts of the files. */
  readonly pem: { readonly certificate: string; readonly key: string };
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** What `openssl ca` needs, which is the only command of OpenSSL 3.0 that takes dates. */
const CA = ['[ca]', 'default_ca=x', '[x]', 'database=index', 'serial=serial', 'new_certs_dir=.', 'policy=p'];
const CA_CONFIGURATION = [...CA, 'default_md=sha256', 'unique_subject=no', '[p]', 'commonName=supplied', ''].join('\n');

/** A CA for a spec, created with openssl. */
export async function makeAuthority(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  // Python 3.13 requires the usage.
  const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  const subject = ['-subj', '/CN=netsvc specs', ...usage];
  openssl('req', '-x509', ...KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', ...subject);
  const issued = async (name: string) => {
    const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    const pem = { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') };
    return { certificate, key, pem };
  };
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
      return issued(name);
    },
    async issueBetween(name, from, to) {
      await writeFile(join(folder, 'ca.cnf'), CA_CONFIGURATION);
      await writeFile(join(folder, 'index'), '');
      await writeFile(join(folder, 'serial'), '01\n');
      openssl('req', '-new', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      const dates = ['-startdate', from, '-enddate', to, '-notext'];
      const signed = ['-keyfile', 'ca.key', '-cert', 'ca.pem', '-in', `${name}.csr`, '-out', `${name}.pem`];
      openssl('ca', '-batch', '-config', 'ca.cnf', ...signed, ...dates);
      return issued(name);
    },
  };
}
