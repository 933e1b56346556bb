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
  /** The number of affected rows of an UPDATE is that of the rows that it found, and not of those that it changed. */
  readonly foundRows?: boolean;
}
