import { connect } from 'node:net';
import type { ConnectionOptions } from 'mysql2';
import { MysqlError } from '../errors/mysql-error.js';
import type { ConnectionOrigin } from './server-identity.js';
import { SERVER_IDENTITY } from './server-status.js';
import { runAside } from './side-connection.js';

/**
 * Stops the statement of a connection with KILL QUERY, on another connection. The number of the connection is that of
 * its own server only: on another one it is somebody else's. Therefore the other connection goes to the same address,
 * whatever the host name means by now, and asks the server who it is.
 *
 * @param options for mysql2
 * @throws {MysqlError} if the server cannot be reached, or is another one
 */
export function killQuery(
  options: ConnectionOptions,
  { threadId, address, identity }: ConnectionOrigin,
): Promise<void> {
  const { port = 3306 } = options;
  const stream = address === undefined ? undefined : () => connect({ host: address, port, noDelay: true });
  return runAside({ ...options, ...(stream && { stream }) }, async (query) => {
    if (identity !== undefined) {
      const [[found] = []] = await query(SERVER_IDENTITY);
      if (found !== identity) throw new MysqlError(2013, 'The address of the server belongs to another one.');
    }
    await query(`KILL QUERY ${threadId}`);
  });
}
