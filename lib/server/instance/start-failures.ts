import { isIPv6 } from 'node:net';
import { MysqlError } from '../../database/errors/mysql-error.js';
import { systemErrorText } from '../../system/system-error.js';
import { StartFailure } from '../configuration/problems.js';

const SSL_CONNECTION_ERROR = 2026;
const SSL_HINT = ' (set ssl-ca=FILE in the URL to trust a CA, or ssl-mode=DISABLED to connect without TLS)';

/** Returns the failure to connect to a database. */
export function connectFailure(name: string, error: unknown): StartFailure {
  const hint = error instanceof MysqlError && error.errno === SSL_CONNECTION_ERROR ? SSL_HINT : '';
  return new StartFailure(`database ${name}: ${systemErrorText(error)}${hint}`, { cause: error });
}

/** Returns the failure to listen on an address. @param error Node's */
export function listenFailure(
  { host, port, fd }: { readonly host: string; readonly port: number; readonly fd?: number },
  error: unknown,
): StartFailure {
  const address = fd === undefined ? `${isIPv6(host) ? `[${host}]` : host}:${port}` : `file descriptor ${fd}`;
  return new StartFailure(`cannot listen on ${address}: ${systemErrorText(error)}`, { cause: error });
}
