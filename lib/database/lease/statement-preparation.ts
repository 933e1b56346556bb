import type { ServiceRequest } from '../../netsvc/service-request.js';
import { inTurns } from '../../turns/turns.js';
import type { MysqlConnection } from '../connections/mysql-connection.js';
import { endsConnection, goneAway, MysqlError, packetTooLarge } from '../errors/mysql-error.js';
import { NameCatalog } from '../names/name-catalog.js';
import type { Classification } from '../pinning/classification.js';
import { classification, classify } from '../pinning/classify.js';
import { STATE } from '../pinning/state-set.js';
import { SqlText } from '../sql/sql-text.js';
import type { PreparedStatement } from './held-pins.js';
import type { SessionState } from './session-state.js';

export interface PreparationOptions {
  /** The session keeps its connection whatever it does. */
  readonly pin?: boolean | undefined;
  /** An earlier statement pins. */
  readonly isPinned: boolean;
  /** What the statement runs for: a long one is not read any further when it is aborted. */
  readonly request: ServiceRequest;
}

/**
 * Finds out how a statement uses its connection, and makes the connection fit for it. If it is not known what its names
 * do, it waits only if the server is likely to say so at once, or if the statement could read what is lost. Otherwise
 * the session is in doubt until the server has said so.
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
): PreparedStatement | Promise<PreparedStatement> {
  const { maxAllowedPacket } = connection;
  const { schema } = state.settings;
  // Nothing is read before it is measured.
  if (!sql.isLong) {
    if (exceeds(sql.text, maxAllowedPacket)) throw packetTooLarge();
    return prepareRead(connection, state, sql, classify(sql.example ?? sql.text, schema), options);
  }
  const text = inTurns(measuredAndRead(sql, maxAllowedPacket, schema), () => options.request.throwIfAborted());
  if (text instanceof Promise) return text.then((text) => prepareRead(connection, state, sql, text, options));
  return prepareRead(connection, state, sql, text, options);
}

function* measuredAndRead(sql: SqlText, limit: number, schema: string | undefined): Generator<unknown, Classification> {
  yield* sql.measure(limit);
  return yield* classification(sql.example ?? sql.text, schema);
}

/** @param text what the text of the statement tells */
function prepareRead(
  connection: MysqlConnection,
  state: SessionState,
  sql: SqlText,
  text: Classification,
  { pin = false, isPinned }: PreparationOptions,
): PreparedStatement | Promise<PreparedStatement> {
  const isFit = connection.charset.isFitFor(sql);
  const names = NameCatalog.of(connection.host);
  const needsNames = !isFit || (!pin && (!isPinned || state.hasLost));
  // Whose names are not looked up may run stored code, so that no error shows that nothing has run.
  const known = needsNames ? names.classify(text) : { ...text, runsStoredCode: true };
  const isKept = isPinned || text.pinReason !== undefined || connection.pinReason !== undefined;
  const isWorthWaiting = !isFit || state.hasLost || (!isKept && names.isPrompt);
  const found = known ?? (isWorthWaiting ? names.awaitNames(text) : undefined);
  if (!isFit || found instanceof Promise) return prepareWithMysql(connection, state, sql, [text, found]);
  const read = found ?? (pin ? text : names.lastKnown(text));
  if (!pin) state.checkReads(read.reads);
  return { classification: read, knowsNames: found !== undefined };
}

async function prepareWithMysql(
  connection: MysqlConnection,
  state: SessionState,
  sql: SqlText,
  [text, finding]: readonly [Classification, Classification | undefined | Promise<Classification | undefined>],
): Promise<PreparedStatement> {
  const found = await finding;
  const classification = found ?? NameCatalog.of(connection.host).lastKnown(text);
  const readsOutcome = !sql.isLong && (classification.reads & (STATE.rowCount | STATE.diagnostics)) !== 0;
  await prepareCharset(connection, state, sql, readsOutcome);
  state.checkReads(classification.reads);
  return { classification, knowsNames: found !== undefined };
}

export interface AskOptions {
  /** MySQL is asked even if what it last said should still be right. */
  readonly anew?: boolean;
}

/** Finds out what a backslash means in a literal, if a statement may have changed it. @throws {MysqlError} */
export async function askBackslash(
  connection: MysqlConnection,
  state: SessionState,
  options?: AskOptions,
): Promise<void> {
  if (options?.anew) connection.charset.expectChange();
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

/** A reset that was due has failed, and the connection is lost. Nothing of the session has been sent on it. */
export class ResetFailed extends Error {}

/** Sends a reset that is due, before a statement that may change something. @throws {ResetFailed} */
export async function completeReset(connection: MysqlConnection): Promise<void> {
  try {
    await connection.completeReset();
  } catch (error) {
    throw new ResetFailed('the reset of the connection failed', { cause: error });
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
