import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { SslOptions } from 'mysql2';
import { isLoopback } from '../access/address.js';
import { PASSWORD_ESCAPES } from '../system/password-escapes.js';
import { orFail } from '../system/system-error.js';
import { ROW_COUNTS } from './driver/counted-rows.js';
import type { HostAddress, ServerOptions } from './driver/driver-options.js';
import { isValueOption, VALUE_FORMS, type ValueOptions } from './rows/value-options.js';

/** A database and the XML-RPC types of its values. */
export interface MysqlTarget {
  readonly connection: ServerOptions;
  readonly values: Partial<ValueOptions>;
  /** Whether sessions begin with autocommit; undefined if the URL does not say. */
  readonly autocommit?: boolean;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** The values of MySQL's option ssl-mode, and mysql2's options for them. */
const SSL_MODES: Readonly<Record<string, SslOptions | undefined>> = {
  DISABLED: undefined,
  REQUIRED: { rejectUnauthorized: false, verifyIdentity: false },
  VERIFY_CA: { rejectUnauthorized: true, verifyIdentity: false },
  VERIFY_IDENTITY: { rejectUnauthorized: true, verifyIdentity: true },
};

/** Parameters whose values are file names. */
const SSL_FILES = { 'ssl-ca': 'ca', 'ssl-cert': 'cert', 'ssl-key': 'key' } as const;

/** The parts of a URL: credentials up to the last @, hosts, and the rest. */
const PARTS = /^mysql:\/\/([^/?#]*@)?([^/?#]*)(.*)$/s;

/** What is behind the hosts if a password has such a character: an @ in the name of the database, or a fragment. */
const REST_OF_PASSWORD = /^[^?#]*@|#/;

const UNESCAPED = `malformed database URL (${PASSWORD_ESCAPES})`;

/**
 * Parses `mysql://user:password@host:port/database?socket=PATH&ssl-mode=REQUIRED&nulls=empty`. The parameters are
 * `socket`, `autocommit`, `rows`, the value options, `ssl-mode`, `ssl-ca`, `ssl-cert` and `ssl-key` of MySQL's
 * clients, and `ssl`, which is mysql2's option in JSON. Several hosts are separated by commas:
 * `mysql://user@db1:3306,db2:3306/shop`.
 *
 * Servers on other machines must prove their identity by a TLS certificate, unless `ssl-mode` says otherwise.
 *
 * @throws {TypeError} with a message that does not contain the password
 * @example
 * const { connection, values } = parseMysqlUrl('mysql://user:password@localhost/shop?nulls=empty');
 */
export function parseMysqlUrl(text: string): MysqlTarget {
  const [url, hosts] = parseUrl(text);
  const database = decode(url.pathname.slice(1));
  if (database.includes('/')) throw new TypeError('database name in the URL must not contain a slash (write %2F)');
  const connection: Writable<ServerOptions> = {
    ...hosts[0],
    user: decode(url.username),
    password: decode(url.password),
    database,
    ...(hosts.length > 1 && { hosts }),
  };
  const values: { [option: string]: string } = {};
  const ssl: SslParameters = {};
  let autocommit: boolean | undefined;
  for (const [name, value] of url.searchParams) {
    if (name === 'socket') connection.socketPath = value;
    else if (name === 'autocommit') autocommit = parseBoolean(name, value);
    else if (name === 'rows') connection.foundRows = parseRows(value);
    else if (name === 'ssl') ssl.options = parseSsl(value);
    else if (name === 'ssl-mode') ssl.mode = parseMode(value);
    else if (isSslFile(name)) ssl.files = { ...ssl.files, [SSL_FILES[name]]: readPem(name, value) };
    else if (isValueOption(name)) values[name] = parseForm(name, value);
    else if (url.search.includes('@')) throw new TypeError(UNESCAPED);
    else throw new TypeError(`unknown parameter "${name}"${suggestion(name)}`);
  }
  if (connection.hosts && connection.socketPath !== undefined) {
    throw new TypeError('several hosts and the parameter socket are mutually exclusive');
  }
  const isLocal = connection.socketPath !== undefined || hosts.every(({ host }) => isLoopback(host));
  const options = sslOptions(ssl, hosts, isLocal);
  if (options) connection.ssl = options;
  return { connection, values, ...(autocommit !== undefined && { autocommit }) };
}

/** Returns the URL with its secrets masked. */
export function maskMysqlUrl(text: string): string {
  const [, credentials = '', hosts = '', rest = ''] = PARTS.exec(text) ?? [];
  // One host: there is no URL with several for the parser.
  const url = new URL(`mysql://${credentials}host${rest}`);
  if (url.password !== '') url.password = '***';
  if (url.searchParams.has('ssl')) url.searchParams.set('ssl', '{}');
  const [, masked = '', , maskedRest = ''] = PARTS.exec(url.href) ?? [];
  return `mysql://${masked}${hosts}${maskedRest}`;
}

type Writable<T> = { -readonly [Member in keyof T]: T[Member] };

interface SslParameters {
  mode?: string;
  options?: SslOptions;
  files?: SslOptions;
}

function sslOptions(
  { mode, options, files }: SslParameters,
  hosts: readonly HostAddress[],
  isLocal: boolean,
): SslOptions | undefined {
  const asked = options !== undefined || files !== undefined;
  const chosen = mode ?? (isLocal ? (asked ? 'VERIFY_CA' : 'DISABLED') : 'VERIFY_IDENTITY');
  if (chosen === 'DISABLED') return undefined;
  const ssl = { ...SSL_MODES[chosen], ...options, ...files };
  // mysql2 compares the certificate with "localhost" if the host is an address.
  if (ssl.rejectUnauthorized && ssl.verifyIdentity && hosts.some(({ host }) => isIP(host) !== 0)) {
    throw new TypeError(
      'cannot verify the certificate of a server given by address: use its host name, or set ssl-mode',
    );
  }
  return ssl;
}

function parseBoolean(name: string, value: string): boolean {
  const boolean = BOOLEANS.get(value);
  if (boolean === undefined) throw new TypeError(`parameter ${name} must be true or false`);
  return boolean;
}

function parseRows(value: string): boolean {
  const counts: readonly string[] = ROW_COUNTS;
  if (counts.includes(value)) return value === 'found';
  throw new TypeError(`parameter rows must be ${ROW_COUNTS.join(' or ')}`);
}

function parseMode(value: string): string {
  const mode = value.toUpperCase();
  if (Object.hasOwn(SSL_MODES, mode)) return mode;
  throw new TypeError(`parameter ssl-mode must be one of ${Object.keys(SSL_MODES).join(', ')}`);
}

/** Suggests a parameter that differs only in case or hyphens. */
function suggestion(name: string): string {
  const letters = (text: string) => text.replace(/[^a-z]/gi, '').toLowerCase();
  const known = [
    'socket',
    'autocommit',
    'rows',
    'ssl',
    'ssl-mode',
    ...Object.keys(SSL_FILES),
    ...Object.keys(VALUE_FORMS),
  ];
  const similar = known.find((parameter) => letters(parameter) === letters(name));
  return similar === undefined ? '' : ` (${similar}?)`;
}

function isSslFile(name: string): name is keyof typeof SSL_FILES {
  return Object.hasOwn(SSL_FILES, name);
}

/** Node.js ignores a text in which there is no certificate, and mysql2 uses the key when it connects. */
function readPem(name: keyof typeof SSL_FILES, path: string): string {
  const kind = name === 'ssl-key' ? 'private key' : 'certificate';
  const text = orFail(TypeError, `parameter ${name}: ${path}`, () => readFileSync(path, 'utf8'));
  if (text.includes(`${kind.toUpperCase()}-----`)) return text;
  throw new TypeError(`parameter ${name}: ${path}: not a ${kind} in PEM`);
}

function parseForm(name: keyof ValueOptions, value: string): string {
  const forms: readonly string[] = VALUE_FORMS[name];
  if (forms.includes(value)) return value;
  throw new TypeError(`parameter ${name} must be ${forms.join(' or ')}`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('malformed escape in the database URL (write %25 for a percent sign)');
  }
}

/** @returns the URL as if its first host were the only one, and all hosts */
function parseUrl(text: string): [url: URL, hosts: HostAddress[]] {
  if (!text.startsWith('mysql://')) throw new TypeError('database URL must start with mysql://');
  const [, credentials = '', authority = '', rest = ''] = PARTS.exec(text) ?? [];
  if (REST_OF_PASSWORD.test(rest)) throw new TypeError(UNESCAPED);
  const names = authority.split(',');
  if (names.length > 1 && names.includes('')) throw new TypeError('empty host in the database URL');
  try {
    const urls = names.map((name) => new URL(`mysql://${credentials}${name}${rest}`));
    const [url] = urls;
    if (url) return [url, urls.map(addressOf)];
  } catch {
    // The error below does not contain the password.
  }
  if (rest.includes('@')) throw new TypeError(UNESCAPED);
  throw new TypeError('malformed database URL (expected mysql://user:password@host:port/database)');
}

function addressOf({ hostname, port }: URL): HostAddress {
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost',
    port: port === '' ? 3306 : Number(port),
  };
}

function parseSsl(text: string): SslOptions {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // The error below covers invalid JSON too.
  }
  throw new TypeError('parameter ssl must be a JSON object');
}
