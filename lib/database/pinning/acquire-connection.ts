import type { ServiceRequest } from '../../netsvc/service-request.js';
import type { ConnectionPool } from '../connections/connection-pool.js';
import type { PooledConnection } from '../connections/pooled-connection.js';
import { notSent } from './statement-preparation.js';

/** The maximum of `net_write_timeout`, in seconds. */
const MAX_WRITE_TIMEOUT = 31_536_000;

/** What a session needs of a connection that it gets. */
export interface SessionPreparation {
  /** Rows are read while the client fetches them: MySQL waits for a reader that pauses. */
  readonly streams?: boolean | undefined;
  /** False: statements begin a transaction. */
  readonly autocommit?: boolean | undefined;
  /** LAST_INSERT_ID(), in digits. */
  readonly insertId?: string | undefined;
}

/**
 * Takes a connection from the pool and prepares it for a session. If that fails, nobody uses it before a reset. If the
 * connection was lost, another one is taken: nothing of the session has run.
 *
 * @param mustGoOn throws if the session has ended meanwhile
 */
export async function acquireConnection(
  pool: ConnectionPool,
  request: ServiceRequest,
  preparation: SessionPreparation,
  mustGoOn: () => void,
): Promise<PooledConnection> {
  const statement = preparationStatement(preparation);
  for (let attempt = 1; ; attempt++) {
    const acquired = pool.acquire(request);
    const connection = acquired instanceof Promise ? await queued(acquired, request) : acquired;
    try {
      mustGoOn();
      if (statement === undefined) return connection;
      await connection.runOwn(statement);
      mustGoOn();
      return connection;
    } catch (error) {
      const isLost = connection.lost !== undefined;
      void pool.release(connection);
      if (!isLost || attempt > pool.limit) throw notSent(error);
      mustGoOn();
    }
  }
}

/** Returns what prepares the connection: one statement, so that a part of it is never missing. */
function preparationStatement({ streams, autocommit, insertId = '0' }: SessionPreparation): string | undefined {
  const settings: string[] = [];
  // By default, MySQL closes the connection of a reader that pauses for 60 seconds.
  if (streams) settings.push(`net_write_timeout = ${MAX_WRITE_TIMEOUT}`);
  if (autocommit === false) settings.push('autocommit = 0');
  if (insertId !== '0') settings.push(`last_insert_id = ${insertId}`);
  return settings.length > 0 ? `SET ${settings.join(', ')}` : undefined;
}

/** Waits for a connection, and counts the time. */
async function queued<T>(acquired: Promise<T>, { usage }: ServiceRequest): Promise<T> {
  const since = performance.now();
  try {
    return await acquired;
  } finally {
    usage.queued += (performance.now() - since) / 1000;
  }
}
