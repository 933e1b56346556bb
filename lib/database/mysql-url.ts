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
  const database = decodeURIComponent(url.pathname.slice(1));
  if (database.includes('/')) throw new TypeError(`a MySQL URL has one database behind the host, not "${database}"`);
  const options: ConnectionOptions = {
    host: url.hostname || 'localhost',
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
  };
  for (const [name, value] of url.searchParams) {
    if (!PARAMETERS.has(name)) throw new TypeError(`a MySQL URL has no parameter "${name}"`);
    if (name === 'socket') options.socketPath = value;
    else options.ssl = parseSsl(value);
  }
  return options;
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
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // falls through to what is wrong
  }
  throw new TypeError('the ssl parameter of a MySQL URL is a JSON object');
}
