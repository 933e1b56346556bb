import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Certificates, makeAuthority } from '../../support/certificates.js';
import { passwordsOf } from '../../support/logins.js';

/** What a server is configured with: the text of a file, the flags, or several. */
export type Given = string | readonly string[] | Configured;

export interface Configured {
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly yaml?: string;
}

export function configured(given: Given): Configured {
  if (typeof given === 'string') return { yaml: given };
  return 'length' in given ? { flags: given } : given;
}

/** A folder with a configuration file and the files that configurations name. */
export class ConfigurationFolder {
  readonly path: string;
  readonly authority: Certificates;

  private constructor(path: string, authority: Certificates) {
    this.path = path;
    this.authority = authority;
  }

  /** @param folder an existing one, or none for a new one */
  static async create(folder?: string): Promise<ConfigurationFolder> {
    const path = folder ?? (await mkdtemp(join(tmpdir(), 'netsvc-spec-')));
    const authority = await makeAuthority();
    const own = await authority.issue('localhost');
    const other = await authority.issue('other');
    const expired = await authority.issueBetween('expired', '20200101000000Z', '20200131000000Z');
    const next = await authority.issueBetween('next', '20990101000000Z', '20990131000000Z');
    const files: Readonly<Record<string, string>> = {
      'cert.pem': own.certificate,
      'key.pem': own.key,
      'mysql.pem': own.key,
      'other.pem': other.certificate,
      'other.key': other.key,
      'expired.pem': expired.certificate,
      'expired.key': expired.key,
      'next.pem': next.certificate,
      'next.key': next.key,
    };
    for (const [name, file] of Object.entries(files)) await copyFile(file, join(path, name));
    const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: path, stdio: 'pipe' });
    openssl('ec', '-in', own.key, '-aes256', '-passout', 'pass:x', '-out', 'encrypted.key');
    const weak = ['-newkey', 'rsa:512', '-nodes', '-subj', '/CN=x', '-keyout', 'weak.key', '-out', 'weak.pem'];
    openssl('req', '-x509', ...weak);
    const texts: Readonly<Record<string, string>> = {
      'issued.pem': own.pem.certificate + expired.pem.certificate,
      users: passwordsOf('grace', 'alan', 'olga'),
      'more-users': passwordsOf('grace', 'alan', 'olga', 'ada'),
      empty: '# nobody\n',
      'shop-url': 'mysql://gateway:password@db.example.org/shop\n',
      url: 'mysql://root:secret@db.example.org/shop\n',
    };
    for (const [name, text] of Object.entries(texts)) await writeFile(join(path, name), text);
    return new ConfigurationFolder(path, authority);
  }

  /** Returns the command line, with the file if there is one. */
  async arguments(given: Given): Promise<string[]> {
    const { flags = [], yaml } = configured(given);
    if (yaml === undefined) return [...flags];
    await writeFile(this.file, yaml);
    return ['--config', this.file, ...flags];
  }

  get file(): string {
    return join(this.path, 'netsvc.yaml');
  }

  /** A text in which the files of the folder have no path. */
  brief(text: string): string {
    return text.replaceAll(`${this.path}/`, '').replaceAll(this.path, '.');
  }

  async remove(): Promise<void> {
    await this.authority.remove();
    await rm(this.path, { recursive: true });
  }
}
