import type { Session } from '../netsvc/session.js';
import type { CursorOptions } from './cursor-parent.js';
import type { DatabaseSettings } from './database-options.js';
import { sessionClosed } from './errors/fault-texts.js';
import { ConnectionLease } from './lease/connection-lease.js';
import type { ConnectionPool } from './pool/connection-pool.js';
import type { ResultLimits } from './results/result-limits.js';
import { statementLabel } from './sql/statement-label.js';
import { StatementRunner } from './statements/statement-runner.js';

interface RunnerOptions extends CursorOptions {
  /** Returns the limits of the next statement. */
  readonly limits: () => ResultLimits;
}

/**
 * Returns what runs the statements of a session. It takes half of the memory of a session, and many never run one.
 *
 * @param settings those of its opening
 */
export function sessionRunner(
  session: Session,
  pool: ConnectionPool,
  settings: DatabaseSettings,
  { streamed: streams, autocommit, rows, limits }: RunnerOptions,
): StatementRunner {
  const label = settings.label ? statementLabel(session.opener.user, session.logName.replace(/^.*#/, '')) : undefined;
  const lease = new ConnectionLease(pool, { ...settings.limits, label, streams, autocommit });
  // A call may still be running when the session ends: its statements are refused.
  if (session.withdrawn) void lease.release(() => sessionClosed());
  return new StatementRunner(lease, limits, rows);
}
