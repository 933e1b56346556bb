import { PassThrough } from 'node:stream';
import { DatabaseHost } from '#lib/database/connections/database-host.js';
import { PooledConnection, type PooledConnectionOptions } from '#lib/database/pool/pooled-connection.js';

/** Returns a connection to a server that says nothing, for specs of what is decided without one. */
export function silentConnection(options: PooledConnectionOptions = {}): PooledConnection {
  return new PooledConnection(new DatabaseHost({ stream: () => new PassThrough(), host: 'silent' }), options);
}
