import type { ADMIN_OPTIONS, LISTENER_OPTIONS, Values } from './options.js';
import type { Position, Problems } from './problems.js';
import { refuseRemoteClients, refuseRemoteOperators } from './remote-access.js';
import { readCertificate, readPasswords } from './secret-files.js';

/** The settings that are checked here. */
export interface CheckedSettings {
  readonly users: string | undefined;
  readonly insecure: boolean;
  readonly listeners: readonly (Values<typeof LISTENER_OPTIONS> & OptionalSocket)[];
  readonly admin: (Values<typeof ADMIN_OPTIONS> & OptionalSocket) | undefined;
  readonly databases: ReadonlyMap<string, { readonly users: ReadonlySet<string> | undefined }>;
}

/** The address of a socket is checked when the server listens on it. */
interface OptionalSocket {
  readonly fd?: number;
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
  if (admin !== undefined && admin.fd === undefined) {
    const access = { users: admin.users, insecure };
    problems.attempt(position(['admin', 'host']), () => refuseRemoteOperators(admin.host, access));
  }
  for (const [index, { host, fd, tlsCertificate, tlsKey }] of listeners.entries()) {
    if (fd === undefined) {
      problems.attempt(position(['listeners', index, 'host']), () => refuseRemoteClients(host, { users, insecure }));
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
