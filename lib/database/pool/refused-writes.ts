import type { DatabaseHost } from '../connections/database-host.js';
import { hasSwitchedOn, READ_ONLY_VARIABLES } from '../connections/server-status.js';
import { type MysqlError, showsReadOnly } from '../errors/mysql-error.js';

/**
 * Milliseconds for which errors are ignored after one: connections must not be opened for each statement if a server is
 * always read-only, and clients can cause the errors.
 */
const INTERVAL = 1000;

/** Notices by the errors of statements that a server has become read-only. */
export class RefusedWrites {
  readonly #onReadOnly: (host: DatabaseHost) => void;
  #noticedAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(onReadOnly: (host: DatabaseHost) => void) {
    this.#onReadOnly = onReadOnly;
  }

  /** A statement has failed. */
  note(host: DatabaseHost, error: MysqlError): void {
    const readOnly = showsReadOnly(error);
    if (readOnly === 'no') return;
    const now = performance.now();
    if (readOnly === 'yes') {
      this.#notice(host, now);
    } else if (now - this.#askedAt >= INTERVAL) {
      this.#askedAt = now;
      const noticed = host.ask(READ_ONLY_VARIABLES).then((rows) => {
        if (hasSwitchedOn(rows)) this.#notice(host, performance.now());
      });
      noticed.catch(() => {});
    }
  }

  #notice(host: DatabaseHost, now: number): void {
    if (now - this.#noticedAt < INTERVAL) return;
    this.#noticedAt = now;
    this.#onReadOnly(host);
  }
}
