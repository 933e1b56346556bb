import { type ConnectionOptions, createConnection } from 'mysql2';
import { statementError } from '../driver/driver-error.js';
import { destroySocket } from '../driver/driver-internals.js';

/** Milliseconds that a server may take to accept a side connection, and to execute each of its statements. */
const TIMEOUT = 5000;

/** The rows of a result, as text. */
export type SideRows = (string | null)[][];

/** Runs a statement on a side connection. */
export type SideQuery = (sql: string) => Promise<SideRows>;

/**
 * Runs statements on a connection of its own, which is closed afterwards, whatever happens. It is not one of the
 * pool's, which may all be in use. It has five seconds, however short the time is in which clients want a connection of
 * the pool: without its answer, a session is pinned for good, or a connection closed.
 *
 * @param timeout milliseconds for each statement
 * @throws {MysqlError}
 */
export async function runAside<T>(
  options: ConnectionOptions,
  work: (query: SideQuery) => Promise<T>,
  timeout = TIMEOUT,
): Promise<T> {
  const side = createConnection({ ...options, connectTimeout: TIMEOUT });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      const fail = (error: Error) => reject(statementError(error));
      const limit = (milliseconds: number) => {
        clearTimeout(timer);
        timer = setTimeout(() => fail(new Error('The server did not answer in time.')), milliseconds);
      };
      let isAccepted = false;
      limit(TIMEOUT);
      side.on('connect', () => {
        isAccepted = true;
        limit(timeout);
      });
      side.on('error', fail);
      side.on('end', () => fail(new Error('The server closed the connection.')));
      const query: SideQuery = (sql) =>
        new Promise((answer) => {
          if (isAccepted) limit(timeout);
          side.query({ sql, rowsAsArray: true, typeCast: (field) => field.string() }, (error, rows) =>
            error ? fail(error) : answer(Array.isArray(rows) ? (rows as SideRows) : []),
          );
        });
      work(query).then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    side.destroy();
    destroySocket(side);
  }
}
