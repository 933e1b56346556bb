import type { ConnectionOptions, SslOptions } from 'mysql2';

/** The parameters that a MySQL URL may have. */
const PARAMETERS = new Set(['socket', 'ssl']);

/**
 * Reads `mysql://user:password@host:port/database?socket=PATH&ssl={"ca":"..."}`; `ssl` is mysql2's option as JSON.
 *
 * @throws {TypeError} that says what is wrong, without the password
 */
export function parseMysqlUrl(text: string): ConnectionOptions {
  const url = parseUrl(text);
  const database = decode(url.pathname.slice(1));
  // Nor is it repeated here: of a password with a slash, the rest is taken for it.
  if (database.includes('/')) throw new TypeError('a MySQL URL has one database behind the host (%2F is a slash)');
  const options: ConnectionOptions = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost',
    port: url.port === '' ? 3306 : Number(url.port),
    user: decode(url.username),
    password: decode(url.password),
    database,
  };
  for (const [name, value] of url.searchParams) {
    if (!PARAMETERS.has(name)) throw new TypeError(`a MySQL URL has no parameter "${name}"`);
    if (name === 'socket') options.socketPath = value;
    else options.ssl = parseSsl(value);
  }
  return options;
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
