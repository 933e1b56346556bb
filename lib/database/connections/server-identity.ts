/** The kinds of servers, which differ in what statements do to session state. */
export type ServerKind = 'MariaDB' | 'MySQL';

/** @param version what VERSION() returns */
export function serverKindOf(version: string): ServerKind {
  return /mariadb/i.test(version) ? 'MariaDB' : 'MySQL';
}

/** Where a connection is. */
export interface ConnectionOrigin {
  /** MySQL's number of it. */
  readonly threadId: number;
  /** The IP address of its server; undefined for a Unix socket. */
  readonly address: string | undefined;
  /** What tells its server apart; undefined if it is not known. */
  readonly identity: string | undefined;
}
