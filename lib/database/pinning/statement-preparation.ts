import type { ServiceRequest } from '../../netsvc/service-request.js';
import { inTurns } from '../../turns/turns.js';
import type { MysqlConnection } from '../connections/mysql-connection.js';
import { endsConnection, goneAway, MysqlError, packetTooLarge } from '../connections/mysql-error.js';
import { SqlText } from '../connections/sql-text.js';
import { type Classification, classification } from './classify.js';
import { NameCatalog } from './name-catalog.js';
import type { SessionState } from './session-state.js';
import { STATE } from './state-set.js';

export interface PreparationOptions {
  /** The session keeps its connection whatever it does. */
  readonly pin?: boolean | undefined;
  /** An earlier statement pins. */
  readonly isPinned: boolean;
  /** What the statement runs for: a long one is not read any further when it is aborted. */
  readonly request: ServiceRequest;
}

/**
 * Finds out how a statement uses its connection, and makes the connection fit for it. Its names are not looked up if
 * the session keeps its connection anyway, and has lost nothing that the statement could read.
 *
 * @returns a promise only if MySQL has to be asked, or if the statement is long. The session may have ended behind it.
 * @throws {MysqlError} 1153 if the statement is larger than MySQL accepts; 2006 if the connection was lost
 * @throws {ServiceFailure} 51 if the statement reads session state that is lost
 */
export function prepareStatement(
  connection: MysqlConnection,
  state: SessionState,
  sql: SqlText,
  options: PreparationOptions,
): Classification | Promise<Classification> {
  const text = inTurns(measuredAndRead(sql, connection.maxAllowedPacket), () => options.request.throwIfAborted());
  if (text instanceof Promise) return text.then((text) => prepareRead(connection, state, sql, text, options));
  return prepareRead(connection, state, sql, text, options);
}

/** Nothing is read before it is measured. */
function* measuredAndRead(sql: SqlText, limit: number): Generator<void, Classification> {
  if (sql.isLong) yield* sql.measure(limit);
  else if (exceeds(sql.text, limit)) throw packetTooLarge();
  return yield* classification(sql.text);
}

/** @param text what the text of the statement tells */
function prepareRead(
  connection: MysqlConnection,
  state: SessionState,
  sql: SqlText,
  text: Classification,
  { pin = false, isPinned }: PreparationOptions,
): Classification | Promise<Classification> {
  const isFit = connection.charset.isFitFor(sql);
  const isKept = pin || ((isPinned || text.pinReason !== undefined) && !state.hasLost);
  const found = isKept && isFit ? text : NameCatalog.of(connection.host).classify(text);
  if (!isFit || found instanceof Promise) return prepareWithMysql(connection, state, sql, found);
  if (!pin) state.checkReads(found.reads);
  return found;
}

async function prepareWithMysql(
  connection: MysqlConnection,
  state: SessionState,
  sql: SqlText,
  found: Classification | Promise<Classification>,
): Promise<Classification> {
  const classification = await found;
  const readsOutcome = !sql.isLong && (classification.reads & (STATE.rowCount | STATE.diagnostics)) !== 0;
  await prepareCharset(connection, state, sql, readsOutcome);
  state.checkReads(classification.reads);
  return classification;
}

/** Finds out what a backslash means in a literal, if a statement may have changed it. @throws {MysqlError} */
export async function askBackslash(connection: MysqlConnection, state: SessionState): Promise<void> {
  if (!connection.charset.isKnown) await prepareCharset(connection, state, NOTHING, false);
}

const NOTHING = new SqlText('');

async function prepareCharset(
  connection: MysqlConnection,
  state: SessionState,
  sql: SqlText,
  readsOutcome: boolean,
): Promise<void> {
  try {
    if (await connection.prepareCharset(sql, readsOutcome)) state.noteCharsetRestored(connection.server);
  } catch (error) {
    throw notSent(error);
  }
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
export function labelFor(sql: SqlText, label: string, maxAllowedPacket: number): string {
  if (label === '') return '';
  // An empty statement is an error, but a comment is none in MariaDB.
  const isEmpty = !sql.isLong && !/[^\s;]/.test(sql.text);
  return isEmpty || label.length + sql.bytes > maxAllowedPacket ? '' : label;
}
