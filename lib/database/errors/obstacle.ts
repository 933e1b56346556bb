import { MysqlError, ReadOnlyServer } from './mysql-error.js';

/** Why MySQL accepts no connection now, and may later. */
export type Obstacle = 'refused' | 'unreachable';

/**
 * MySQL answers that it has too many connections (1040), or the account has (1203, 1226), or that it lacks the memory
 * or a thread for one more (1041, 1135).
 */
const REFUSALS = new Set([1040, 1041, 1135, 1203, 1226]);

/**
 * The server stops or is not ready: not prepared (1047 of Galera), shutdown (1053), network errors while it connects
 * (1158 to 1161), connection aborted (1152, 1184) or killed (1927, 3169), offline mode (3032), closed (4031).
 */
const INTERRUPTIONS = new Set([1047, 1053, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 3032, 3169, 4031]);

/** Errors of the client library: cannot connect (2002, 2003), and lost (2006, 2013). */
const CLIENT_ERRORS = new Set([2002, 2003, 2006, 2013]);

/** The codes of the operating system and of name servers, and the one of mysql2 that is about a lost connection. */
const NETWORK_CODES = /^(?:E[A-Z0-9_]+|PROTOCOL_CONNECTION_LOST)$/;

/**
 * Returns what stands in the way of a connection, if waiting may help.
 *
 * @returns undefined for an error that another attempt would have too, such as a wrong password
 */
export function obstacleOf(error: unknown): Obstacle | undefined {
  if (!(error instanceof MysqlError)) return undefined;
  const { errno, cause } = error;
  if (REFUSALS.has(errno)) return 'refused';
  if (INTERRUPTIONS.has(errno)) return 'unreachable';
  if (!CLIENT_ERRORS.has(errno)) return undefined;
  return cause === undefined || isOfNetwork(cause) ? 'unreachable' : undefined;
}

/** Other errors are of the protocol, of the state of the connection, or of the program. */
function isOfNetwork(cause: unknown): boolean {
  if (cause instanceof ReadOnlyServer || obstacleOf(cause) === 'unreachable') return true;
  if (!(cause instanceof Error)) return false;
  const code: unknown = Reflect.get(cause, 'code');
  // Those of a connection that was closed have no code.
  return typeof code === 'string' ? NETWORK_CODES.test(code) : cause.constructor === Error;
}
