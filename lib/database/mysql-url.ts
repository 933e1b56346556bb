import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions, SslOptions } from 'mysql2';
import { isLoopback } from '../access/loopback.js';
import { isValueOption, VALUE_FORMS, type ValueOptions } from './rows/value-options.js';

/** A database, and the forms of its values. */
export interface MysqlTarget {
  readonly connection: ConnectionOptions;
  readonly values: Partial<ValueOptions>;
}

/** MySQL's own words for how a connection is secured, and what they mean to mysql2. */
const SSL_MODES: Readonly<Record<string, SslOptions | undefined>> = {
  DISABLED: undefined,
  REQUIRED: { rejectUnauthorized: false, verifyIdentity: false },
  VERIFY_CA: { rejectUnauthorized: true, verifyIdentity: false },
  VERIFY_IDENTITY: { rejectUnauthorized: true, verifyIdentity: true },
};

/** Those whose values are names of files. */
const SSL_FILES = { 'ssl-ca': 'ca', 'ssl-cert': 'cert', 'ssl-key': 'key' } as const;

/**
 * Reads `mysql://user:password@host:port/database?socket=PATH&ssl-mode=REQUIRED&nulls=empty`. The options of values are parameters; so are `ssl-mode`,
 * `ssl-ca`, `ssl-cert` and `ssl-key`, named as MySQL's clients have them, and `ssl`, which is mysql2's option as JSON.
 *
 * Another machine has to show by TLS that it is the one that is named, unless `ssl-mode` says otherwise.
 *
 * @throws {TypeError} that says what is wrong, without the password
 */
export function parseMysqlUrl(text: string): MysqlTarget {
  const url = parseUrl(text);
  const database = decode(url.pathname.slice(1));
  // Nor is it repeated here: of a password with a slash, the rest is taken for it.
  if (database.includes('/')) throw new TypeError('a MySQL URL has one database behind the host (%2F is a slash)');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost';
  const connection: ConnectionOptions = {
    host,
    port: url.port === '' ? 3306 : Number(url.port),
    user: decode(url.username),
    password: decode(url.password),
    database,
  };
  const values: { [option: string]: string } = {};
  const ssl: SslParameters = {};
  for (const [name, value] of url.searchParams) {
    if (name === 'socket') connection.socketPath = value;
    else if (name === 'ssl') ssl.options = parseSsl(value);
    else if (name === 'ssl-mode') ssl.mode = parseMode(value);
    else if (isSslFile(name)) ssl.files = { ...ssl.files, [SSL_FILES[name]]: readPem(name, value) };
    else if (isValueOption(name)) values[name] = parseForm(name, value);
    else throw new TypeError(`a MySQL URL has no parameter "${name}"`);
  }
  const isLocal = connection.socketPath !== undefined || isLoopback(host);
  const options = sslOptions(ssl, host, isLocal);
  if (options) connection.ssl = options;
  return { connection, values };
}

/** The same URL without what only its owner may see. */
export function maskMysqlUrl(text: string): string {
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  if (url.searchParams.has('ssl')) url.searchParams.set('ssl', '{}');
  return url.href;
}

interface SslParameters {
  mode?: string;
  options?: SslOptions;
  files?: SslOptions;
}

function sslOptions({ mode, options, files }: SslParameters, host: string, isLocal: boolean): SslOptions | undefined {
  const asked = options !== undefined || files !== undefined;
  const chosen = mode ?? (isLocal ? (asked ? 'VERIFY_CA' : 'DISABLED') : 'VERIFY_IDENTITY');
  if (chosen === 'DISABLED') return undefined;
  const ssl = { ...SSL_MODES[chosen], ...options, ...files };
  // The driver would compare an address with the name "localhost".
  if (ssl.rejectUnauthorized && ssl.verifyIdentity && isIP(host) !== 0) {
    throw new TypeError(
      'a MySQL server on another machine shows by its certificate that it is the one that is named: give the name of its host, or an ssl-mode',
    );
  }
  return ssl;
}

function parseMode(value: string): string {
  const mode = value.toUpperCase();
  if (Object.hasOwn(SSL_MODES, mode)) return mode;
  throw new TypeError(`the ssl-mode parameter of a MySQL URL is one of ${Object.keys(SSL_MODES).join(', ')}`);
}

function isSslFile(name: string): name is keyof typeof SSL_FILES {
  return Object.hasOwn(SSL_FILES, name);
}

function readPem(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new TypeError(`the ${name} parameter of a MySQL URL: ${error instanceof Error ? error.message : error}`);
  }
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
