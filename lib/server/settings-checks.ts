import { isLoopback } from '../access/loopback.js';
import type { ADMIN_OPTIONS, LISTENER_OPTIONS, Values } from './options.js';
import type { Position, Problems } from './problems.js';
import { readCertificate, readPasswords } from './secret-files.js';

/** The settings that are checked here. */
export interface CheckedSettings {
  readonly users: string | undefined;
  readonly insecure: boolean;
  readonly listeners: readonly Values<typeof LISTENER_OPTIONS>[];
  readonly admin: Values<typeof ADMIN_OPTIONS> | undefined;
  readonly databases: ReadonlyMap<string, { readonly users: ReadonlySet<string> | undefined }>;
}

/** Returns the line of the key at a path, such as `listeners, 0, host`; undefined if a flag has set it. */
export type PositionOf = (path: readonly PropertyKey[]) => Position | undefined;

/** Reports password files and certificates that cannot be used. */
export function checkFiles({ users, listeners, admin }: CheckedSettings, position: PositionOf, problems: Problems) {
  if (users !== undefined) problems.attempt(position(['users']), () => readPasswords(users));
  const operators = admin?.users;
  if (operators !== undefined) problems.attempt(position(['admin', 'users']), () => readPasswords(operators));
  for (const [index, listener] of listeners.entries()) {
    problems.attempt(position(['listeners', index, 'tls-certificate']), () => readCertificate(listener));
  }
}

/** Reports settings that allow more access than the user may expect, or that need another. */
export function checkSafety(settings: CheckedSettings, position: PositionOf, problems: Problems): void {
  const { listeners, admin, users, insecure, databases } = settings;
  if (admin !== undefined && admin.users === undefined && !insecure && !isLoopback(admin.host)) {
    problems.add(
      `refusing admin access on ${admin.host} without authentication: set admin.users or use --insecure`,
      position(['admin', 'host']),
    );
  }
  for (const [index, { host, tlsCertificate, tlsKey }] of listeners.entries()) {
    if (users === undefined && !insecure && !isLoopback(host)) {
      problems.add(
        `refusing to listen on ${host} without authentication: set --users, listen on 127.0.0.1, or use --insecure`,
        position(['listeners', index, 'host']),
      );
    }
    if ((tlsCertificate === undefined) !== (tlsKey === undefined)) {
      const given = tlsKey === undefined ? 'tls-certificate' : 'tls-key';
      problems.add('--tls-certificate and --tls-key must be used together', position(['listeners', index, given]));
    }
  }
  for (const [name, database] of databases) {
    if (database.users !== undefined && users === undefined) {
      problems.add(
        `database ${name}: users requires a password file (--users)`,
        position(['databases', name, 'users']),
      );
    }
  }
}
