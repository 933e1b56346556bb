import type { ConnectionOptions } from 'mysql2';

/** Where a server listens. */
export interface HostAddress {
  readonly host: string;
  readonly port: number;
}

/** The options of mysql2, with the servers that have the same data. */
export interface ServerOptions extends ConnectionOptions {
  /** The servers, in the order in which they are tried; by default `host` and `port` only. */
  readonly hosts?: readonly HostAddress[];
}
