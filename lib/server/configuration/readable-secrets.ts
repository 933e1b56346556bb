import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Configuration } from './configuration-file.js';
import type { DatabaseSettings } from './database-settings.js';
import type { PositionOf, Problems } from './problems.js';

/** The settings that name files with secrets. */
interface SecretSettings {
  readonly users: string | undefined;
  readonly admin: { readonly users: string | undefined } | undefined;
  readonly listeners: readonly { readonly tlsKey: string | undefined }[];
  readonly databases: ReadonlyMap<string, Pick<DatabaseSettings, 'url' | 'urlFile'>>;
}

/** The permission of others to read a file, and that to reach what is in a folder. */
const READ = 0o004;
const REACH = 0o001;

/** The password in a URL of MySQL, and the files of keys that it names. */
const PASSWORD = /^mysql:\/\/[^/?#]*:[^/?#]+@/;
const KEY = /[?&]ssl-key=([^&#]+)/g;

/**
 * Warns of files with secrets that everybody on the machine can read. That is no error: in a container, everybody is
 * the server.
 */
export function warnOfReadableSecrets(
  { users, admin, listeners, databases }: SecretSettings,
  { databases: entries }: Pick<Configuration, 'databases'>,
  { position, problems }: { readonly position: PositionOf; readonly problems: Problems },
): void {
  const warned = new Set<string>();
  const check = (what: string, file: string | undefined, path: readonly PropertyKey[]) => {
    if (file === undefined || warned.has(resolve(file)) || !isReadableByAll(resolve(file))) return;
    warned.add(resolve(file));
    problems.warn(`${what} ${file} can be read by everybody (chmod o-r)`, position(path));
  };
  check('users file', users, ['users']);
  check('users file', admin?.users, ['admin', 'users']);
  for (const [index, { tlsKey }] of listeners.entries()) check('key', tlsKey, ['listeners', index, 'tls-key']);
  for (const [name, { url, urlFile }] of databases) {
    const path = ['databases', name, urlFile === undefined ? 'url' : 'url-file'];
    if (PASSWORD.test(url)) check('URL with a password in', urlFile, path);
    for (const [, key = ''] of url.matchAll(KEY)) check('key', decodeURIComponent(key), path);
  }
  for (const [name, { url = '' }] of Object.entries(entries)) {
    const path = ['databases', name, 'url'];
    if (PASSWORD.test(url)) check('URL with a password in', position(path)?.file, path);
  }
}

/** Whether any user of the machine can read a file: its folders may keep others out. */
function isReadableByAll(path: string): boolean {
  try {
    if ((statSync(path).mode & READ) === 0) return false;
    for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
      if ((statSync(folder).mode & REACH) === 0) return false;
    }
    return true;
  } catch {
    // A file that cannot be read by the server is an error elsewhere.
    return false;
  }
}
