import type { DatabaseObserver } from './database-observer.js';
import type { PooledConnection } from './pooled-connection.js';

/** Reports how long a request to a pool waits for the connection that `acquired` is or resolves to. */
export function observeWait(
  { name, observer }: { readonly name: string; readonly observer: DatabaseObserver },
  acquired: PooledConnection | Promise<PooledConnection>,
): PooledConnection | Promise<PooledConnection> {
  if (!(acquired instanceof Promise)) {
    observer.connectionAcquired?.(name, 0);
    return acquired;
  }
  const since = performance.now();
  return acquired.then((connection) => {
    observer.connectionAcquired?.(name, (performance.now() - since) / 1000);
    return connection;
  });
}
