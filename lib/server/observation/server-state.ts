import type { ConnectionPool } from '../../database/pool/connection-pool.js';
import type { Traffic } from '../../http/connections/traffic.js';
import type { Log } from '../../netsvc/log.js';
import type { ServiceRegistry } from '../../netsvc/service-registry.js';
import type { Settings } from '../configuration/settings.js';

/** When the certificate of a listener expires. */
export interface CertificateExpiry {
  /** The host and port. */
  readonly listener: string;
  readonly expires: Date;
}

/** What the server consists of, as far as operators see it. */
export interface ServerState {
  /** As of the last reload. */
  readonly settings: Settings;
  readonly log: Log;
  readonly registry: ServiceRegistry;
  /** Those of the databases that are served by now. */
  readonly pools: readonly ConnectionPool[];
  /** Returns the same without those that a reload has removed, whose sessions go on. */
  readonly served: () => readonly ConnectionPool[];
  /** That of each listener. */
  readonly traffic: readonly Traffic[];
  /** Those of the listeners that have one, as new connections get them. */
  readonly certificates: () => readonly CertificateExpiry[];
  /** Of netsvc. */
  readonly version: string;
  /** As on SIGHUP: see `NetsvcServer`. */
  readonly reload: () => Promise<string[]>;
  /** Forgets failed logins, of clients and of operators: see `Users`. */
  readonly unlock: (login?: string, host?: string) => number;
}
