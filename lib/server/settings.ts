import { readFileSync } from 'node:fs';
import { isLoopback } from '../access/loopback.js';
import { type MysqlTarget, parseMysqlUrl } from '../database/mysql-url.js';
import type { ValueOptions } from '../database/rows/value-options.js';
import { parseCommandLine } from './command-line.js';
import { type Configuration, type DatabaseEntry, ENDPOINT, readConfiguration } from './configuration-file.js';
import { LISTENER_OPTIONS, OPTIONS, type Values, withStandards } from './options.js';
import { UsageError } from './usage-error.js';

export type ListenerSettings = Values<typeof LISTENER_OPTIONS>;

export interface DatabaseSettings extends MysqlTarget {
  readonly url: string;
  /** Who may use it; undefined: everybody who may come in. */
  readonly users: ReadonlySet<string> | undefined;
  readonly readOnly: boolean;
  /** Statements that each connection runs first. */
  readonly init: readonly string[];
}

/** What `bin/netsvc` was asked to do. The options that are single values are described in `options.ts`. */
export interface Settings extends Values<typeof OPTIONS> {
  readonly listeners: readonly ListenerSettings[];
  /** By the name of their endpoint. Empty: start a private MariaDB and serve its `test`. */
  readonly databases: ReadonlyMap<string, DatabaseSettings>;
}

const DEFAULT_NAME = 'database';

const NO_FILE: Configuration = { options: {}, listeners: [], databases: {} };

/**
 * Lays the command line, without the program's name, over the configuration file.
 *
 * @throws {UsageError}
 */
export function parseSettings(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  version: string,
): { readonly action: 'serve' | 'check' | 'print'; readonly settings: Settings } {
  const { action, config, options, listener, databases } = parseCommandLine(args, version);
  const file = config === undefined ? NO_FILE : readConfiguration(config);
  const named = databases.length > 0 ? databases : (env.NETSVC_DATABASE?.split(/\s+/).filter(Boolean) ?? []);
  const settings: Settings = {
    ...withStandards(OPTIONS, { ...file.options, ...options }),
    listeners: listenersOf(file, listener).map((given) => withStandards(LISTENER_OPTIONS, given)),
    databases: databasesOf(file, named),
  };
  refuseUnsafe(settings);
  return { action, settings };
}

function listenersOf({ listeners }: Configuration, flags: Readonly<Record<string, unknown>>) {
  if (listeners.length <= 1) return [{ ...listeners[0], ...flags }];
  const [flag] = Object.keys(flags);
  if (flag === undefined) return listeners;
  throw new UsageError(`the configuration file has several listeners: for which of them is --${flag}?`);
}

/** A flag gives the URL of a database of the file, or another database. */
function databasesOf(file: Configuration, named: readonly string[]): Map<string, DatabaseSettings> {
  const urls = new Map<string, string>();
  for (const value of named) {
    const [, name = DEFAULT_NAME, url = value] = /^([^=:@]+)=(.*)$/s.exec(value) ?? [];
    if (!ENDPOINT.test(name)) throw new UsageError(`"${name}" cannot be the name of an endpoint`);
    if (urls.has(name)) throw new UsageError(`two databases are named "${name}": give them names, NAME=URL`);
    urls.set(name, url.startsWith('@') ? readUrl(url.slice(1)) : url);
  }
  const databases = new Map<string, DatabaseSettings>();
  for (const name of new Set([...Object.keys(file.databases), ...urls.keys()])) {
    databases.set(name, databaseOf(name, urls.get(name), file.databases[name] ?? {}));
  }
  return databases;
}

function databaseOf(name: string, flag: string | undefined, entry: DatabaseEntry): DatabaseSettings {
  const { url: inFile, 'url-file': urlFile, users, 'read-only': readOnly = false, init = [], ...values } = entry;
  if (inFile !== undefined && urlFile !== undefined) {
    throw new UsageError(`database ${name} has a url and a url-file: one is enough`);
  }
  const url = flag ?? inFile ?? (urlFile === undefined ? undefined : readUrl(urlFile));
  if (url === undefined)
    throw new UsageError(`database ${name} has no url, no url-file, and no URL in NETSVC_DATABASE`);
  try {
    const target = parseMysqlUrl(url);
    return {
      connection: target.connection,
      values: { ...target.values, ...given(values) },
      url,
      users: users && new Set(users),
      readOnly,
      init,
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
    throw new UsageError(
      `cannot read the URL of a database: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** What would let in more than its owner may think. */
function refuseUnsafe({ listeners, users, insecure, databases }: Settings): void {
  for (const { host, tlsCertificate, tlsKey } of listeners) {
    if (users === undefined && !insecure && !isLoopback(host)) {
      throw new UsageError(
        `anyone who reaches ${host} could run SQL: say with --users who may, listen on 127.0.0.1, or add --insecure`,
      );
    }
    if ((tlsCertificate === undefined) !== (tlsKey === undefined)) {
      throw new UsageError('a certificate needs its key, and a key its certificate: --tls-certificate and --tls-key');
    }
  }
  for (const [name, database] of databases) {
    if (database.users !== undefined && users === undefined) {
      throw new UsageError(`database ${name} is for some users only, but nobody can log in: there is no users file`);
    }
  }
}
