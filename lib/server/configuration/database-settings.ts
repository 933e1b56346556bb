import { readFileSync } from 'node:fs';
import { type MysqlTarget, parseMysqlUrl } from '../../database/mysql-url.js';
import type { ValueOptions } from '../../database/rows/value-options.js';
import { orFail } from '../../system/system-error.js';
import type { Configuration } from './configuration-file.js';
import { type DatabaseEntry, ENDPOINT } from './configuration-schema.js';
import { camelCase } from './option-values.js';
import type { DATABASE_LIMITS, DatabaseLimitSettings } from './options.js';
import { type Problems, UsageError } from './problems.js';

type DatabaseLimits = Pick<DatabaseEntry, keyof typeof DATABASE_LIMITS>;

export interface DatabaseSettings extends MysqlTarget {
  readonly url: string;
  /** The file that the URL is in, if it is in one of its own. */
  readonly urlFile: string | undefined;
  /** The users that may use it; undefined: all users. */
  readonly users: ReadonlySet<string> | undefined;
  readonly readOnly: boolean;
  /** Statements to run on each new connection. */
  readonly init: readonly string[];
  /** Whether statements name their user and session. */
  readonly label: boolean;
  /** Whether sessions begin with autocommit. */
  readonly autocommit: boolean;
  /** In place of those of the server. */
  readonly limits: DatabaseLimitSettings;
}

const DEFAULT_NAME = 'database';

/**
 * Returns the databases by name. A flag sets the URL of a database of the file, or adds a database.
 *
 * @param named of the command line or the environment: `[NAME=]URL`
 * @param problems receives the errors of all databases
 */
export function databasesOf(
  file: Configuration,
  named: readonly string[],
  problems: Problems,
): Map<string, DatabaseSettings> {
  const urls = new Map<string, string>();
  for (const value of named) {
    const [, name = DEFAULT_NAME, url = value] = /^([^=:@]+)=(.*)$/s.exec(value) ?? [];
    if (!ENDPOINT.test(name)) problems.add(`invalid endpoint name "${name}"`);
    else if (urls.has(name)) problems.add(`duplicate database name "${name}" (use NAME=URL)`);
    else urls.set(name, url);
  }
  const databases = new Map<string, DatabaseSettings>();
  for (const name of new Set([...Object.keys(file.databases), ...urls.keys()])) {
    const flag = urls.get(name);
    const entry = file.databases[name] ?? {};
    // Where the URL is.
    const key = entry['url-file'] === undefined ? 'url' : 'url-file';
    const position = flag === undefined ? file.position(['databases', name, key]) : undefined;
    if (flag === undefined && entry[key] === undefined) {
      // If there are other errors, it may have been misspelt.
      if (problems.none) problems.add(`database ${name}: missing URL (set url, url-file or NETSVC_DATABASE)`, position);
      continue;
    }
    const database = problems.attempt(position, () => databaseOf(name, flag, entry));
    if (database) databases.set(name, database);
  }
  return databases;
}

/** @throws {UsageError} */
function databaseOf(name: string, flag: string | undefined, entry: DatabaseEntry): DatabaseSettings {
  const { url: inFile, 'url-file': urlFile, users, 'read-only': readOnly = false, init = [], ...others } = entry;
  const { label = false, autocommit, rows, bigints, decimals, dates, nulls, answers, compression, ...limits } = others;
  try {
    if (inFile !== undefined && urlFile !== undefined) throw new TypeError('url and url-file are mutually exclusive');
    const file = flag?.startsWith('@') ? flag.slice(1) : flag === undefined ? urlFile : undefined;
    const url = file === undefined ? (flag ?? inFile ?? '') : readUrl(file);
    const target = parseMysqlUrl(url);
    return {
      connection: { ...target.connection, ...(rows && { foundRows: rows === 'found' }) },
      values: { ...target.values, ...given({ bigints, decimals, dates, nulls, answers, compression }) },
      url,
      urlFile: file,
      users: users && new Set(users),
      readOnly,
      init,
      label,
      autocommit: autocommit ?? target.autocommit ?? true,
      limits: inCamelCase(limits),
    };
  } catch (error) {
    throw new UsageError(`database ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function given(values: { [Name in keyof ValueOptions]?: ValueOptions[Name] | undefined }): Partial<ValueOptions> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function inCamelCase(limits: DatabaseLimits): DatabaseLimitSettings {
  const all = Object.entries(limits).filter(([, value]) => value !== undefined);
  return Object.fromEntries(all.map(([name, value]) => [camelCase(name), value]));
}

function readUrl(path: string): string {
  return orFail(TypeError, path, () => readFileSync(path, 'utf8').trim());
}
