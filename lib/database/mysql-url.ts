import type { ConnectionOptions, SslOptions } from 'mysql2';
import { isValueOption, VALUE_FORMS, type ValueOptions } from './value-options.js';

/** A database, and the forms of its values. */
export interface MysqlTarget {
  readonly connection: ConnectionOptions;
  readonly values: Partial<ValueOptions>;
}

/**
 * Reads `mysql://user:password@host:port/database?socket=PATH&ssl={"ca":"..."}&nulls=empty`; `ssl` is mysql2's option as JSON,
 * and the options of values are parameters too.
 *
 * @throws {TypeError} that says what is wrong, without the password
 */
export function parseMysqlUrl(text: string): MysqlTarget {
  const url = parseUrl(text);
  const database = decode(url.pathname.slice(1));
  // Nor is it repeated here: of a password with a slash, the rest is taken for it.
  if (database.includes('/')) throw new TypeError('a MySQL URL has one database behind the host (%2F is a slash)');
  const connection: ConnectionOptions = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost',
    port: url.port === '' ? 3306 : Number(url.port),
    user: decode(url.username),
    password: decode(url.password),
    database,
  };
  const values: { [option: string]: string } = {};
  for (const [name, value] of url.searchParams) {
    if (name === 'socket') connection.socketPath = value;
    else if (name === 'ssl') connection.ssl = parseSsl(value);
    else if (isValueOption(name)) values[name] = parseForm(name, value);
    else throw new TypeError(`a MySQL URL has no parameter "${name}"`);
  }
  return { connection, values };
}

function parseForm(name: keyof ValueOptions, value: string): string {
  const forms: readonly string[] = VALUE_FORMS[name];
  if (forms.includes(value)) return value;
  throw new TypeError(`the ${name} parameter of a MySQL URL is ${forms.join(' or ')}`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('the MySQL URL has a malformed escape (%25 is a percent sign)');
  }
}

function parseUrl(text: string): URL {
  if (!text.startsWith('mysql://')) throw new TypeError('a database is named by a URL that begins with mysql://');
  try {
    return new URL(text);
  } catch {
    throw new TypeError('the MySQL URL is malformed');
  }
}

function parseSsl(text: string): SslOptions {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // falls through to what is wrong
  }
  throw new TypeError('the ssl parameter of a MySQL URL is a JSON object');
}
