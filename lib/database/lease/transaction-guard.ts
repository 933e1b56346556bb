import type { ServiceFailure } from '../../netsvc/service-failure.js';
import type { MysqlConnection } from '../connections/mysql-connection.js';
import { transactionTooLong } from '../errors/fault-texts.js';

/** With `completion_type`, a session can make a plain ROLLBACK begin another transaction, or close the connection. */
const ROLLBACK = 'ROLLBACK AND NO CHAIN NO RELEASE';

/** Seconds; 0: no limit. */
export interface TransactionTimeouts {
  /** That a transaction may take. */
  readonly transactionTimeout?: number | undefined;
  /** That a session may be without a statement in a transaction. */
  readonly idleTransactionTimeout?: number | undefined;
}

/**
 * Measures how long the transactions of a session take, and how long the session is idle in them. Beyond a limit, the
 * transaction is to be rolled back, and the next request is told so. The time of a transaction begins with the end of
 * its first statement.
 */
export class TransactionGuard {
  readonly #timeouts: TransactionTimeouts;
  readonly #onExceeded: (failure: ServiceFailure) => void;
  #transaction: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;
  #rollback: 'none' | 'due' | 'failed' = 'none';
  /** What the next request is to be told. */
  #untold: ServiceFailure | undefined;

  /** @returns undefined if there are no limits */
  static of(
    timeouts: TransactionTimeouts,
    onExceeded: (failure: ServiceFailure) => void,
  ): TransactionGuard | undefined {
    const { transactionTimeout = 0, idleTransactionTimeout = 0 } = timeouts;
    return transactionTimeout + idleTransactionTimeout > 0 ? new TransactionGuard(timeouts, onExceeded) : undefined;
  }

  private constructor(timeouts: TransactionTimeouts, onExceeded: (failure: ServiceFailure) => void) {
    this.#timeouts = timeouts;
    this.#onExceeded = onExceeded;
  }

  /** The transaction has exceeded a limit, and has not been rolled back. */
  get isRollbackDue(): boolean {
    return this.#rollback === 'due';
  }

  /** The rollback failed, and the connection was closed. */
  get hasRollbackFailed(): boolean {
    return this.#rollback === 'failed';
  }

  /** A statement is about to run. */
  noteStatement(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
  }

  /** A statement has ended, by which a transaction may have begun or ended. */
  noteStatementEnd(inTransaction: boolean): void {
    if (this.isRollbackDue || this.#closed) return;
    if (!inTransaction) {
      this.#stop();
      return;
    }
    const { transactionTimeout = 0 } = this.#timeouts;
    if (transactionTimeout > 0) this.#transaction ??= this.#timer(transactionTimeout, 'took more than');
  }

  /** A request has ended. @param running rows of its statement are still being read */
  noteRequestEnd(inTransaction: boolean, running: boolean): void {
    if (this.isRollbackDue || this.#closed) return;
    this.noteStatement();
    this.noteStatementEnd(inTransaction);
    const { idleTransactionTimeout = 0 } = this.#timeouts;
    if (idleTransactionTimeout > 0 && inTransaction && !running) {
      this.#idle = this.#timer(idleTransactionTimeout, 'was idle for more than');
    }
  }

  /** @throws what the client has not been told */
  tell(): void {
    if (this.#untold !== undefined) throw this.#untold;
  }

  /** The client gets `error`. */
  noteTold(error: unknown): void {
    if (error === this.#untold) this.#untold = undefined;
  }

  /** Rolls back. The connection is closed if that fails. Never rejects. */
  async rollBack(connection: MysqlConnection): Promise<void> {
    try {
      await connection.runOwn(ROLLBACK);
      this.#rollback = 'none';
    } catch {
      connection.destroy();
      this.#rollback = 'failed';
    }
  }

  /** The transaction had ended by itself when it was to be rolled back. */
  dismiss(): void {
    this.#rollback = 'none';
    this.#untold = undefined;
  }

  /** The connection is gone. The time of the next transaction has not begun. */
  end(): void {
    this.#stop();
    this.#rollback = 'none';
  }

  /** The session has ended: a statement that ends behind it begins no time. */
  close(): void {
    this.end();
    this.#closed = true;
  }

  #stop(): void {
    this.noteStatement();
    clearTimeout(this.#transaction);
    this.#transaction = undefined;
  }

  #timer(seconds: number, what: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.#stop();
      this.#untold = transactionTooLong(what, seconds);
      this.#rollback = 'due';
      this.#onExceeded(this.#untold);
    }, seconds * 1000);
  }
}
