import type { MysqlConnection } from '../connections/mysql-connection.js';
import { endsConnection, goneAway, MysqlError, packetTooLarge } from '../connections/mysql-error.js';
import { type Classification, classify } from './classify.js';
import { NameCatalog } from './name-catalog.js';
import type { SessionState } from './session-state.js';
import { STATE } from './state-set.js';

export interface PreparationOptions {
  /** The session keeps its connection whatever it does. */
  readonly pin?: boolean | undefined;
}

/**
 * Finds out how a statement uses its connection, and makes the connection fit for it. Its names are not looked up if
 * the session keeps its connection anyway, and has lost nothing that the statement could read.
 *
 * @param isPinned an earlier statement pins
 * @returns a promise only if MySQL has to be asked, behind which the session may have ended
 * @throws {MysqlError} 1153 if the statement is larger than MySQL accepts; 2006 if the connection was lost
 * @throws {ServiceFailure} 51 if the statement reads session state that is lost
 */
export function prepareStatement(
  connection: MysqlConnection,
  state: SessionState,
  sql: string,
  { pin = false }: PreparationOptions,
  isPinned: boolean,
): Classification | Promise<Classification> {
  if (exceeds(sql, connection.maxAllowedPacket)) throw packetTooLarge();
  const text = classify(sql);
  const { isSurelyUtf8 } = connection;
  const isKept = pin || ((isPinned || text.pinReason !== undefined) && !state.hasLost);
  const found = isKept && isSurelyUtf8 ? text : NameCatalog.of(connection.host).classify(text);
  if (!isSurelyUtf8 || found instanceof Promise) return prepareWithMysql(connection, state, sql, found);
  if (!pin) state.checkReads(found.reads);
  return found;
}

async function prepareWithMysql(
  connection: MysqlConnection,
  state: SessionState,
  sql: string,
  found: Classification | Promise<Classification>,
): Promise<Classification> {
  const classification = await found;
  const readsOutcome = (classification.reads & (STATE.rowCount | STATE.diagnostics)) !== 0;
  try {
    if (await connection.restoreCharset(sql, readsOutcome)) state.noteCharsetRestored(connection.server);
  } catch (error) {
    throw notSent(error);
  }
  state.checkReads(classification.reads);
  return classification;
}

/** If the connection is lost in a statement of the gateway's own, the client's has not been sent. */
export function notSent(error: unknown): unknown {
  return error instanceof MysqlError && endsConnection(error) ? goneAway(error) : error;
}

/** Whether a text takes more than `bytes` in UTF-8, in which a UTF-16 code unit takes one to three. */
export function exceeds(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && Buffer.byteLength(text) > bytes);
}

/** Returns the comment to send in front of a statement. */
export function labelFor(sql: string, label: string, maxAllowedPacket: number): string {
  // An empty statement is an error, but a comment is none in MariaDB.
  return label !== '' && /[^\s;]/.test(sql) && !exceeds(label + sql, maxAllowedPacket) ? label : '';
}
