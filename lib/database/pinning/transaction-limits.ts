import { FAULTS } from '../../netsvc/faults.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';

/** Seconds; 0: no limit. */
export interface TransactionTimeouts {
  /** That a transaction may take. */
  readonly transactionTimeout?: number | undefined;
  /** That a session may be without a statement in a transaction. */
  readonly idleTransactionTimeout?: number | undefined;
}

/**
 * Measures how long the transactions of a session take, and how long the session is idle in them. The time of a
 * transaction begins with the end of its first statement.
 */
export class TransactionLimits {
  readonly #timeouts: TransactionTimeouts;
  readonly #exceeded: (failure: ServiceFailure) => void;
  #transaction: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;

  /** @param exceeded is called with what the client is to be told */
  constructor(timeouts: TransactionTimeouts, exceeded: (failure: ServiceFailure) => void) {
    this.#timeouts = timeouts;
    this.#exceeded = exceeded;
  }

  /** A statement is about to run. */
  noteStatement(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
  }

  /** A statement has ended, by which a transaction may have begun or ended. */
  noteStatementEnd(inTransaction: boolean): void {
    if (!inTransaction) {
      this.end();
      return;
    }
    const { transactionTimeout = 0 } = this.#timeouts;
    if (transactionTimeout > 0) this.#transaction ??= this.#timer(transactionTimeout, 'took more than');
  }

  /** A request has ended. @param running rows of its statement are still being read */
  noteRequestEnd(inTransaction: boolean, running: boolean): void {
    this.noteStatement();
    this.noteStatementEnd(inTransaction);
    const { idleTransactionTimeout = 0 } = this.#timeouts;
    if (idleTransactionTimeout > 0 && inTransaction && !running) {
      this.#idle = this.#timer(idleTransactionTimeout, 'was idle for more than');
    }
  }

  /** The transaction has ended. */
  end(): void {
    this.noteStatement();
    clearTimeout(this.#transaction);
    this.#transaction = undefined;
  }

  #timer(seconds: number, what: string): NodeJS.Timeout {
    return setTimeout(() => {
      const limit = `The transaction ${what} ${seconds} seconds, which is the limit.`;
      const details = `${limit} It is rolled back, unless COMMIT was running.`;
      this.#exceeded(ServiceFailure.of(FAULTS.RESPONSE_ABORTED, details));
    }, seconds * 1000);
  }
}

/** Whether there is a limit. */
export function limitsTransactions({ transactionTimeout, idleTransactionTimeout }: TransactionTimeouts): boolean {
  return Boolean(transactionTimeout) || Boolean(idleTransactionTimeout);
}
