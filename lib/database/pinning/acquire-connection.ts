import type { ServiceRequest } from '../../netsvc/service-request.js';
import type { ConnectionPool } from '../connections/connection-pool.js';
import type { SessionPreparation } from '../connections/mysql-connection.js';
import type { PooledConnection } from '../connections/pooled-connection.js';
import { notSent } from './statement-preparation.js';

/**
 * Takes a connection from the pool and prepares it for a session. If that fails, nobody uses it before a reset.
 *
 * @param mustGoOn throws if the session has ended meanwhile
 */
export async function acquireConnection(
  pool: ConnectionPool,
  request: ServiceRequest,
  preparation: SessionPreparation,
  mustGoOn: () => void,
): Promise<PooledConnection> {
  const acquired = pool.acquire(request);
  const connection = acquired instanceof Promise ? await queued(acquired, request) : acquired;
  try {
    mustGoOn();
    const preparing = connection.prepareFor(preparation);
    if (preparing) {
      await preparing;
      mustGoOn();
    }
    return connection;
  } catch (error) {
    void pool.release(connection);
    throw notSent(error);
  }
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
