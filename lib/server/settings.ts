import { readFileSync } from 'node:fs';
import { isLoopback } from '../access/loopback.js';
import { type MysqlTarget, parseMysqlUrl } from '../database/mysql-url.js';
import type { ValueOptions } from '../database/rows/value-options.js';
import { type Action, parseCommandLine } from './command-line.js';
import { type Configuration, type DatabaseEntry, ENDPOINT, readConfiguration } from './configuration-file.js';
import { ADMIN_OPTIONS, LISTENER_OPTIONS, OPTIONS, type Values, withDefaults } from './options.js';
import { UsageError } from './usage-error.js';

export type ListenerSettings = Values<typeof LISTENER_OPTIONS>;

export type AdminSettings = Values<typeof ADMIN_OPTIONS>;

export interface DatabaseSettings extends MysqlTarget {
  readonly url: string;
  /** The users that may use it; undefined: all users. */
  readonly users: ReadonlySet<string> | undefined;
  readonly readOnly: boolean;
  /** Statements to run on each new connection. */
  readonly init: readonly string[];
  /** Whether statements name their user and session. */
  readonly label: boolean;
  /** Those that differ from the server's. */
  readonly timeouts: Partial<Pick<Settings, 'transactionTimeout' | 'idleTransactionTimeout'>>;
}

/** The settings of `bin/netsvc`. Those with a single value are described in options.ts. */
export interface Settings extends Values<typeof OPTIONS> {
  readonly listeners: readonly ListenerSettings[];
  /** The listener for operators, if there is one. */
  readonly admin: AdminSettings | undefined;
  /** By endpoint. If there are none, a private server is started and its database `test` is served. */
  readonly databases: ReadonlyMap<string, DatabaseSettings>;
}

const DEFAULT_NAME = 'database';

const NO_FILE: Configuration = { options: {}, listeners: [], databases: {} };

/**
 * Combines the command line, without the program name, and the configuration file. Flags override the file.
 *
 * @throws {UsageError}
 */
export function parseSettings(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  version: string,
): { readonly action: Action; readonly settings: Settings; readonly readyUrl: string | undefined } {
  const { action, config, options, listener, adminPort, readyUrl, databases } = parseCommandLine(args, version);
  const file = config === undefined ? NO_FILE : readConfiguration(config);
  const named = databases.length > 0 ? databases : (env.NETSVC_DATABASE?.split(/\s+/).filter(Boolean) ?? []);
  const settings: Settings = {
    ...withDefaults(OPTIONS, { ...file.options, ...options }),
    listeners: listenersOf(file, listener).map((given) => withDefaults(LISTENER_OPTIONS, given)),
    admin: adminOf(file, adminPort),
    databases: databasesOf(file, named),
  };
  refuseUnsafe(settings);
  return { action, settings, readyUrl };
}

function listenersOf({ listeners }: Configuration, flags: Readonly<Record<string, unknown>>) {
  if (listeners.length <= 1) return [{ ...listeners[0], ...flags }];
  const [flag] = Object.keys(flags);
  if (flag === undefined) return listeners;
  throw new UsageError(`--${flag} is ambiguous: the configuration file has several listeners`);
}

function adminOf({ admin }: Configuration, flag: number | undefined): AdminSettings | undefined {
  if (admin === undefined && flag === undefined) return undefined;
  const port = flag ?? admin?.port;
  if (port === undefined) throw new UsageError('admin: missing port');
  return withDefaults(ADMIN_OPTIONS, { ...admin, port });
}

/** A flag sets the URL of a database of the file, or adds a database. */
function databasesOf(file: Configuration, named: readonly string[]): Map<string, DatabaseSettings> {
  const urls = new Map<string, string>();
  for (const value of named) {
    const [, name = DEFAULT_NAME, url = value] = /^([^=:@]+)=(.*)$/s.exec(value) ?? [];
    if (!ENDPOINT.test(name)) throw new UsageError(`invalid endpoint name "${name}"`);
    if (urls.has(name)) throw new UsageError(`duplicate database name "${name}" (use NAME=URL)`);
    urls.set(name, url.startsWith('@') ? readUrl(url.slice(1)) : url);
  }
  const databases = new Map<string, DatabaseSettings>();
  for (const name of new Set([...Object.keys(file.databases), ...urls.keys()])) {
    databases.set(name, databaseOf(name, urls.get(name), file.databases[name] ?? {}));
  }
  return databases;
}

function databaseOf(name: string, flag: string | undefined, entry: DatabaseEntry): DatabaseSettings {
  const { url: inFile, 'url-file': urlFile, users, 'read-only': readOnly = false, init = [], ...others } = entry;
  const {
    label = false,
    'transaction-timeout': transactionTimeout,
    'idle-transaction-timeout': idleTransactionTimeout,
    ...values
  } = others;
  if (inFile !== undefined && urlFile !== undefined) {
    throw new UsageError(`database ${name}: url and url-file are mutually exclusive`);
  }
  const url = flag ?? inFile ?? (urlFile === undefined ? undefined : readUrl(urlFile));
  if (url === undefined) throw new UsageError(`database ${name}: missing URL (set url, url-file or NETSVC_DATABASE)`);
  try {
    const target = parseMysqlUrl(url);
    return {
      connection: target.connection,
      values: { ...target.values, ...given(values) },
      url,
      users: users && new Set(users),
      readOnly,
      init,
      label,
      timeouts: {
        ...(transactionTimeout !== undefined && { transactionTimeout }),
        ...(idleTransactionTimeout !== undefined && { idleTransactionTimeout }),
      },
    };
  } catch (error) {
    throw new UsageError(`database ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function given(values: { [Name in keyof ValueOptions]?: ValueOptions[Name] | undefined }): Partial<ValueOptions> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function readUrl(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`cannot read database URL: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Rejects settings that allow more access than the user may expect. */
function refuseUnsafe({ listeners, admin, users, insecure, databases }: Settings): void {
  if (admin !== undefined && admin.users === undefined && !insecure && !isLoopback(admin.host)) {
    throw new UsageError(
      `refusing admin access on ${admin.host} without authentication: set admin.users or use --insecure`,
    );
  }
  for (const { host, tlsCertificate, tlsKey } of listeners) {
    if (users === undefined && !insecure && !isLoopback(host)) {
      throw new UsageError(
        `refusing to listen on ${host} without authentication: set --users, listen on 127.0.0.1, or use --insecure`,
      );
    }
    if ((tlsCertificate === undefined) !== (tlsKey === undefined)) {
      throw new UsageError('--tls-certificate and --tls-key must be used together');
    }
  }
  for (const [name, database] of databases) {
    if (database.users !== undefined && users === undefined) {
      throw new UsageError(`database ${name}: users requires a password file (--users)`);
    }
  }
}
