import type { TransactionTimeouts } from './transaction-guard.js';

/** How sessions use connections. */
export interface LeaseOptions extends TransactionTimeouts {
  /** Seconds that a statement may run; no limit by default. */
  readonly queryTimeout?: number | undefined;
  /** A comment to send in front of each statement. */
  readonly label?: string | undefined;
  /** Every session is pinned from its first statement to its end. */
  readonly pin?: boolean | undefined;
  /** Statements begin a transaction, which only COMMIT ends; by default each is committed at once. */
  readonly autocommit?: boolean | undefined;
  /** Rows are read while the client fetches them, so the reader may pause for any time. */
  readonly streams?: boolean | undefined;
}
