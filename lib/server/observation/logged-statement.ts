import { digestOf } from '../../database/sql/statement-digest.js';

/** The maximum length of a complete statement in the log, in characters. */
const MAX_STATEMENT = 64 * 1024;

/** Words of statements that may contain a password of an account, such as IDENTIFIED BY and SOURCE_PASSWORD. */
const MAY_HAVE_PASSWORD = /identified|password|wsrep_sst_auth/i;

/** Returns a statement for the log. One that may contain a password is never complete. */
export function statementText(sql: string, form: 'digest' | 'full'): string {
  if (form === 'digest' || MAY_HAVE_PASSWORD.test(sql)) return digestOf(sql);
  return sql.length > MAX_STATEMENT ? `${sql.slice(0, MAX_STATEMENT)} ...` : sql;
}
