import type { Connection } from 'mysql2';
import { type CommandAnswer, queryCommand } from '../driver/command-batch.js';
import { serverAddress } from '../driver/driver-internals.js';
import { ReadOnlyServer } from '../errors/mysql-error.js';
import type { ConnectionOrigin } from './server-identity.js';
import { PROPERTY_QUESTIONS, ServerProperties } from './server-properties.js';

/**
 * What tells servers apart. Several can have the same address one after the other: behind a load balancer, or when an
 * address moves.
 */
export const SERVER_IDENTITY = "SELECT CONCAT_WS(' ', @@hostname, @@port, @@server_id, @@datadir, @@socket)";

/** A proxy that speaks MySQL's protocol has numbers of its own for connections. */
const CONNECTION_ID = 'SELECT CONNECTION_ID()';

/** The variables that a server has depend on its version. */
export const READ_ONLY_VARIABLES =
  'SHOW GLOBAL VARIABLES WHERE Variable_name IN ' +
  "('read_only', 'super_read_only', 'innodb_read_only', 'tx_read_only', 'transaction_read_only')";

/** A node of Galera is not ready while it has no connection to most of the others. MariaDB without Galera never is. */
const GALERA = ["SHOW GLOBAL VARIABLES LIKE 'wsrep_on'", "SHOW GLOBAL STATUS LIKE 'wsrep_ready'"];

/**
 * Asks the server of a new connection for everything that is needed of it, in one round trip.
 *
 * @throws {ReadOnlyServer} if it should be writable, and is not
 * @throws {MysqlError}
 */
export async function askServer(
  driver: Connection,
  { writable = false }: { readonly writable?: boolean },
  send: (commands: readonly Buffer[]) => Promise<readonly CommandAnswer[]>,
): Promise<[server: ServerProperties, origin: ConnectionOrigin]> {
  const { threadId } = driver;
  const address = serverAddress(driver);
  const own = [CONNECTION_ID, SERVER_IDENTITY, ...(writable ? [READ_ONLY_VARIABLES, ...GALERA] : [])].map(queryCommand);
  const answers = await send([...own, ...PROPERTY_QUESTIONS]);
  const identity = identityOf(threadId, answers.slice(0, own.length));
  return [new ServerProperties(answers.slice(own.length)), { threadId, address, identity }];
}

/**
 * What tells a server apart; undefined if it is not known, or if a proxy is in between. The questions are not possible
 * everywhere: an error is not an answer.
 *
 * @param threadId the number of the connection in the server's greeting
 * @throws {ReadOnlyServer} if the answers say that it cannot be written to
 */
export function identityOf(threadId: number, answers: readonly CommandAnswer[]): string | undefined {
  const [connectionId, identity, variables = [], isGalera = [], isReady] = answers.map(({ rows }) => rows);
  if (hasSwitchedOn(variables)) throw new ReadOnlyServer('read-only');
  if (hasSwitchedOn(isGalera) && isOff(isReady?.[0]?.[1])) throw new Error('not ready');
  return connectionId?.[0]?.[0] === String(threadId) ? identity?.[0]?.[0] : undefined;
}

/** Whether one of several variables is on. @param rows names and values */
export function hasSwitchedOn(rows: readonly (readonly (string | null | undefined)[])[]): boolean {
  // `read_only` of MariaDB 12 has more values than ON.
  return rows.some(([, value]) => value !== undefined && !isOff(value));
}

function isOff(value: string | null | undefined): boolean {
  return value === 'OFF' || value === '0';
}
