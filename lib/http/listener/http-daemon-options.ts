import type { HostRules } from '../../access/host-rules.js';
import type { Log } from '../../netsvc/log.js';
import type { ClientConnections } from '../connections/client-connections.js';
import type { TlsOptions } from './tls.js';

export interface HttpDaemonOptions {
  /** 8000 by default; 0 for any free port. */
  readonly port?: number;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** A listening TCP socket of the process, such as one of systemd, in place of host and port. */
  readonly fd?: number | undefined;
  /** Seconds for the head of a request to arrive; 60 by default. */
  readonly headersTimeout?: number;
  /** Seconds for a complete request to arrive; 300 by default. */
  readonly requestTimeout?: number;
  /** Seconds that a client may leave a response unread before its connection is closed; 3600 by default. */
  readonly stallTimeout?: number;
  /**
   * The maximum number of connections; 20,000 by default. Beyond it, one is closed, of clients that have not logged in
   * before others: see `ClientConnections`.
   */
  readonly maxClients?: number;
  /** Limits the connections of several daemons together, in place of `maxClients`. */
  readonly connections?: ClientConnections;
  /** Enables TLS. */
  readonly tls?: TlsOptions | undefined;
  /** The addresses that may connect; all by default. */
  readonly hosts?: HostRules | undefined;
  /** Whether an address is that of a trusted proxy, whose X-Forwarded-For is used; none by default. */
  readonly isProxy?: (address: string) => boolean;
  /** Receives the errors of servlets, of `authorise` and of the listener. */
  readonly log?: Log;
}
