import { ServiceFailure } from '../../netsvc/service-failure.js';
import { type Opener, type SessionLimitOptions, SessionLimits } from '../../netsvc/session-limits.js';

/** The sessions of all workers, counted in the primary process. */
export class SessionReservations {
  readonly #limits: SessionLimits;
  /** The number of sessions of an opener, by worker and by a text that identifies the opener. */
  readonly #reserved = new Map<number, Map<string, { readonly opener: Opener; count: number }>>();

  constructor(options: SessionLimitOptions) {
    this.#limits = new SessionLimits(options);
  }

  replace(options: SessionLimitOptions): void {
    this.#limits.replace(options);
  }

  /** @returns why the session is refused; undefined if it is not */
  reserve(worker: number, opener: Opener): string | undefined {
    try {
      this.#limits.check(opener);
    } catch (error) {
      if (error instanceof ServiceFailure) return error.details;
      throw error;
    }
    this.#limits.add(opener);
    this.#change(worker, opener, 1);
    return undefined;
  }

  release(worker: number, opener: Opener): void {
    this.#limits.remove(opener);
    this.#change(worker, opener, -1);
  }

  /** The worker has ended, and its sessions with it. */
  releaseAll(worker: number): void {
    for (const { opener, count } of this.#reserved.get(worker)?.values() ?? []) {
      for (let i = 0; i < count; i++) this.#limits.remove(opener);
    }
    this.#reserved.delete(worker);
  }

  #change(worker: number, opener: Opener, by: 1 | -1): void {
    const openers = this.#reserved.get(worker) ?? new Map<string, { opener: Opener; count: number }>();
    this.#reserved.set(worker, openers);
    const key = `${opener.remoteAddress} ${opener.user}`;
    const entry = openers.get(key) ?? { opener, count: 0 };
    entry.count += by;
    if (entry.count > 0) openers.set(key, entry);
    else openers.delete(key);
  }
}
