import type { ServiceRequest } from '../../netsvc/service-request.js';
import { isRefusal, settingsLost } from '../errors/mysql-error.js';
import type { ConnectionPool } from '../pool/connection-pool.js';
import type { PooledConnection } from '../pool/pooled-connection.js';
import type { SessionSettings } from './session-settings.js';
import { notSent } from './statement-preparation.js';

/** The maximum of `net_write_timeout`, in seconds. */
const MAX_WRITE_TIMEOUT = 31_536_000;

/** What a session needs of a connection that it gets. */
export interface SessionPreparation {
  /** Rows are read while the client fetches them: MySQL waits for a reader that pauses. */
  readonly streams?: boolean | undefined;
  /** False: statements begin a transaction. */
  readonly autocommit?: boolean | undefined;
  /** LAST_INSERT_ID(), in digits. */
  readonly insertId?: string | undefined;
  /** What the session has set itself. If it cannot be set again, the session is told so once, and goes on without. */
  readonly settings?: SessionSettings | undefined;
}

/**
 * Takes a connection from the pool and prepares it for a session. If that fails, nobody uses it before a reset. If the
 * connection was lost, another one is taken: nothing of the session has run.
 *
 * @param mustGoOn throws if the session has ended meanwhile
 * @param since when the request began to wait, in milliseconds of `performance.now`: it has one deadline
 */
export async function acquireConnection(
  pool: ConnectionPool,
  request: ServiceRequest,
  preparation: SessionPreparation,
  mustGoOn: () => void,
  since: number,
): Promise<PooledConnection> {
  for (let attempt = 1; ; attempt++) {
    const acquired = pool.acquire(request, since);
    const connection = acquired instanceof Promise ? await queued(acquired, request) : acquired;
    try {
      mustGoOn();
      if (await prepare(connection, preparation)) mustGoOn();
      return connection;
    } catch (error) {
      const isLost = connection.lost !== undefined;
      void pool.release(connection);
      if (!isLost || attempt > pool.limit) throw notSent(error);
      mustGoOn();
    }
  }
}

/** @returns whether MySQL has been asked for something */
async function prepare(connection: PooledConnection, preparation: SessionPreparation): Promise<boolean> {
  const { settings } = preparation;
  const replay = settings?.any ? settings.replay : undefined;
  const statement = settingStatement(preparation, replay?.assignments ?? []);
  if (settings === undefined || replay === undefined) {
    if (statement !== undefined) await connection.runOwn(statement);
    return statement !== undefined;
  }
  try {
    // In MySQL, it clears the warnings of the others, such as those of deprecated values.
    const last = connection.server === 'MySQL' ? ['DO 0'] : [];
    await connection.replay([...replay.statements, ...(statement ? [statement] : []), ...last], replay.collation);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    settings.clear();
    throw settingsLost(error);
  }
  if (replay.changesCharset) connection.charset.expectChange();
  return true;
}

/** Returns what prepares the connection, behind statements of their own: one, so that a part of it is never missing. */
function settingStatement(
  { streams, autocommit, insertId = '0', settings }: SessionPreparation,
  replayed: readonly string[],
): string | undefined {
  const assignments: string[] = [];
  // By default, MySQL closes the connection of a reader that pauses for 60 seconds.
  if (streams) assignments.push(`net_write_timeout = ${MAX_WRITE_TIMEOUT}`);
  if (autocommit === false && !settings?.has('autocommit')) assignments.push('autocommit = 0');
  if (insertId !== '0') assignments.push(`last_insert_id = ${insertId}`);
  assignments.push(...replayed);
  return assignments.length > 0 ? `SET ${assignments.join(', ')}` : undefined;
}

/** Waits for a connection, and counts the time. */
async function queued<T>(acquired: Promise<T>, { usage }: ServiceRequest): Promise<T> {
  const since = performance.now();
  try {
    return await acquired;
  } finally {
    usage.queued += (performance.now() - since) / 1000;
  }
}
