import { getHeapStatistics } from 'node:v8';
import type { MemoryLimits } from '../../memory/memory-account.js';
import { checkAuditFile } from './audit-path.js';
import { invalidityOf, readCertificate } from './certificates.js';
import { type Action, parseCommandLine } from './command-line.js';
import { type Configuration, NO_FILE, readConfiguration } from './configuration-file.js';
import { type DatabaseSettings, databasesOf } from './database-settings.js';
import { overlap } from './listener-addresses.js';
import { ADMIN_OPTIONS, LISTENER_OPTIONS } from './listener-options.js';
import { type Values, withDefaults } from './option-values.js';
import { OPTIONS } from './options.js';
import { type PositionOf, type Problem, Problems, UsageError } from './problems.js';
import { warnOfReadableSecrets } from './readable-secrets.js';
import { refuseRemoteClients, refuseRemoteOperators } from './remote-access.js';
import { type PassedSocket, passedSockets } from './systemd-sockets.js';
import { readUsersFile } from './users-file.js';

export interface ListenerSettings extends Values<typeof LISTENER_OPTIONS>, OptionalSocket {}

export interface AdminSettings extends Values<typeof ADMIN_OPTIONS>, OptionalSocket {}

interface OptionalSocket {
  /** A listening socket in place of host and port. Its address is checked when the server listens on it. */
  readonly fd?: number;
}

/** The settings of `bin/netsvc`. Those with a single value are described in options.ts. */
export interface Settings extends Values<typeof OPTIONS> {
  readonly listeners: readonly ListenerSettings[];
  /** The listener for operators, if there is one. */
  readonly admin: AdminSettings | undefined;
  /** By endpoint. If there are none, a private server is started and its database `test` is served. */
  readonly databases: ReadonlyMap<string, DatabaseSettings>;
}

export interface ParsedSettings {
  readonly action: Action;
  readonly settings: Settings;
  /** The URL of the running server of `--ready`, if there is one. */
  readonly readyUrl: string | undefined;
  /** What is doubtful in the settings and the files that they name, if those were read. */
  readonly warnings: readonly Problem[];
}

/** The name of the socket for operators. */
const ADMIN_SOCKET = 'admin';

/**
 * Combines the command line, without the program name, and the configuration file. Flags override the file, and sockets
 * of systemd the addresses.
 *
 * @param options `readFiles`: whether errors in the password files and certificates are reported too; `strict`: with
 *   those that a start only warns of, because a server that has such a certificate is better than none
 * @throws {UsageError} with all errors of the configuration file
 */
export function parseSettings(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  version: string,
  { readFiles = false, strict = false } = {},
): ParsedSettings {
  const { action, config, options, listener, adminPort, readyUrl, databases } = parseCommandLine(args, version);
  const problems = new Problems();
  const file = config === undefined ? NO_FILE : readConfiguration(config, problems);
  const named = databases.length > 0 ? databases : (env.NETSVC_DATABASE?.split(/\s+/).filter(Boolean) ?? []);
  const all = passedSockets(env);
  const adminSocket = all.find(({ name }) => name === ADMIN_SOCKET);
  const sockets = all.filter(({ name }) => name !== ADMIN_SOCKET);
  const settings: Settings = {
    ...withDefaults(OPTIONS, { ...file.options, ...options }),
    listeners: onSockets(listenersOf(file, listener, problems), sockets, problems),
    admin: adminOf(file, adminPort, adminSocket, problems),
    databases: databasesOf(file, named, problems),
  };
  const position = (path: readonly PropertyKey[]) => {
    const [top, , ...keys] = path;
    if (top !== 'listeners') return isFlag(options, path) ? undefined : file.position(path);
    return isFlag(listener, keys) ? undefined : file.position(path);
  };
  if (readFiles && action !== 'ready') {
    checkFiles(settings, { position, problems, strict: strict || action === 'check' });
    warnOfReadableSecrets(settings, file, { position, problems });
  }
  // They depend on several keys, so that an error in one of them would cause others.
  if (problems.none) checkSafety(settings, position, problems);
  problems.check();
  return { action, settings, readyUrl, warnings: problems.warnings };
}

function isFlag(flags: Readonly<Record<string, unknown>>, [key = '']: readonly PropertyKey[]): boolean {
  return Object.hasOwn(flags, key);
}

function listenersOf(
  { listeners }: Configuration,
  flags: Readonly<Record<string, unknown>>,
  problems: Problems,
): ListenerSettings[] {
  const several = listeners.length > 1;
  for (const flag of several ? Object.keys(flags) : []) {
    problems.add(`--${flag} is ambiguous: the configuration file has several listeners`);
  }
  const given = several ? listeners : [{ ...listeners[0], ...flags }];
  return given.map((options) => withDefaults(LISTENER_OPTIONS, options));
}

/** One listener listens on all sockets, several on one each. */
function onSockets(listeners: ListenerSettings[], sockets: readonly PassedSocket[], problems: Problems) {
  const [first, ...others] = listeners;
  if (sockets.length === 0 || first === undefined) return listeners;
  if (others.length > 0 && sockets.length !== listeners.length) {
    problems.add(`the socket unit has ${sockets.length} sockets for ${listeners.length} listeners`);
  }
  return sockets.map(({ fd }, i) => ({ ...(listeners[i] ?? first), fd }));
}

function adminOf(
  file: Configuration,
  flag: number | undefined,
  socket: PassedSocket | undefined,
  problems: Problems,
): AdminSettings | undefined {
  const { admin } = file;
  const port = flag ?? admin?.port ?? (socket && 0);
  if (port !== undefined)
    return { ...withDefaults(ADMIN_OPTIONS, { ...admin, port }), ...(socket && { fd: socket.fd }) };
  // If there are other errors, it may have been misspelt.
  if (admin !== undefined && problems.none) problems.add('admin: missing port', file.position(['admin']));
  return undefined;
}

/** The limits of memory accounts among the settings. */
export function memorySettings({ memory, memoryPerUser, memoryPerSession }: Settings): MemoryLimits {
  const process = bytesOf(memory, getHeapStatistics().heap_size_limit);
  return { process, user: bytesOf(memoryPerUser, process), session: bytesOf(memoryPerSession, process) };
}

/** @param size in bytes, or up to 1 a share of `whole` */
function bytesOf(size: number, whole: number): number {
  return size <= 1 ? Math.floor(size * whole) : size;
}

/** Where and how problems of files are reported. */
interface FileChecks {
  readonly position: PositionOf;
  readonly problems: Problems;
  readonly strict: boolean;
}

/** Reports password files, certificates and audit logs that cannot be used, and users that are in no password file. */
function checkFiles(settings: Settings, { position, problems, strict }: FileChecks) {
  const { users, listeners, admin, databases, auditLog } = settings;
  if (auditLog !== undefined) problems.attempt(position(['audit-log']), () => checkAuditFile(auditLog));
  const passwords = users === undefined ? undefined : problems.attempt(position(['users']), () => readUsersFile(users));
  for (const [name, { users = [] }] of passwords ? databases : []) {
    for (const user of users) {
      if (passwords?.has(user)) continue;
      const text = `database ${name}: there is no user "${user}"`;
      // Somebody may have removed the user since the last start.
      if (strict) problems.add(text, position(['databases', name, 'users']));
      else problems.warn(text, position(['databases', name, 'users']));
    }
  }
  const operators = admin?.users;
  if (operators !== undefined) problems.attempt(position(['admin', 'users']), () => readUsersFile(operators));
  for (const [index, listener] of listeners.entries()) {
    problems.attempt(position(['listeners', index, 'tls-certificate']), () => {
      const tls = readCertificate(listener);
      const invalidity = tls && invalidityOf(tls);
      if (strict && invalidity) throw new UsageError(`certificate ${listener.tlsCertificate}: ${invalidity}`);
    });
  }
}

/** Reports settings that allow more access than the user may expect, or that need another. */
function checkSafety(settings: Settings, position: PositionOf, problems: Problems): void {
  const { listeners, admin, users, insecure, databases } = settings;
  checkAddresses(settings, position, problems);
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

/** Reports listeners of which only one can have its address. Port 0 is any, and sockets have been opened already. */
function checkAddresses({ listeners, admin }: Settings, position: PositionOf, problems: Problems): void {
  const all = [...listeners.map((listener, index) => ({ listener, path: ['listeners', index, 'port'] }))];
  const addresses = admin ? [...all, { listener: admin, path: ['admin', 'port'] }] : all;
  for (const [index, { listener, path }] of addresses.entries()) {
    const { host, port, fd } = listener;
    if (port === 0 || fd !== undefined) continue;
    const others = addresses.slice(0, index).map((address) => address.listener);
    const taken = others.some((other) => other.fd === undefined && other.port === port && overlap(other.host, host));
    if (taken) problems.add(`port ${port} on ${host} has another listener`, position(path));
  }
}
