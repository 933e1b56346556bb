/** The kinds of servers, which differ in what statements do to session state. */
export type ServerKind = 'MariaDB' | 'MySQL';

/** @param version what VERSION() returns */
export function serverKindOf(version: string): ServerKind {
  return /mariadb/i.test(version) ? 'MariaDB' : 'MySQL';
}
