/** How a session has used the connection that it holds. */
export interface Use {
  /** The session has ended. */
  readonly hasEnded: boolean;
  /** A statement is running, or its rows are unread. */
  readonly isRunning: boolean;
  readonly isLost: boolean;
  /** The client has been told that the connection is lost. */
  readonly isLossTold: boolean;
  /** The session keeps the connection for the next statement of a call. */
  readonly isKept: boolean;
  /** The transaction has exceeded a limit. */
  readonly isRollbackDue: boolean;
  /** Nothing of the session has been sent on it. */
  readonly isUnused: boolean;
  /** The session has left something on it that cannot be restored on another connection. */
  readonly isPinned: boolean;
}

/** What becomes of the connection. */
export type Settlement =
  /** It is settled when the statement has ended. */
  | 'wait'
  /** The session uses it on. */
  | 'keep'
  /** It goes back to the pool, behind the session. */
  | 'give back'
  /** It was lost. The session goes on with another one. */
  | 'drop'
  /** It was lost with what the session has left on it. The next statement fails with that. */
  | 'report loss'
  | 'roll back'
  /** It goes back to the pool. The statement was rejected before it was sent. */
  | 'return unused'
  | 'pin'
  | 'park';

/** Decides what becomes of a connection when no call of its session is using it. The first reason decides. */
export function settlementOf(use: Use): Settlement {
  if (use.isRunning) return 'wait';
  if (use.hasEnded) return 'give back';
  if (use.isLost) return use.isPinned && !use.isLossTold ? 'report loss' : 'drop';
  if (use.isKept) return 'keep';
  if (use.isRollbackDue) return 'roll back';
  if (use.isUnused) return 'return unused';
  return use.isPinned ? 'pin' : 'park';
}
