import { unavailable } from '../../netsvc/service-failure.js';
import type { AnswerBudget } from '../../netsvc/service-request.js';
import type { HeldRows, ResultLimits } from './result-limits.js';
import type { StoredResults } from './stored-results.js';

/** The results of several statements that one answer holds, for which the limits of one hold together. */
export class HeldResults implements AnswerBudget {
  readonly #limits: ResultLimits;
  readonly #results = new Set<StoredResults>();
  #encoded = 0;

  constructor(limits: ResultLimits) {
    this.#limits = limits;
  }

  /** For the next results. */
  get limits(): ResultLimits {
    return { ...this.#limits, held: this.#held };
  }

  /** Counts results until they are freed. */
  add(results: StoredResults | undefined): void {
    if (results) this.#results.add(results);
  }

  /** Counts bytes of memory that are not rows. */
  reserve(bytes: number): void {
    const { resultMemory, maxResult } = this.#limits;
    const encoded = this.#encoded + bytes;
    const limit = Math.min(resultMemory, maxResult - this.#held.size + this.#encoded);
    if (encoded > limit) {
      throw unavailable(
        `The results take together more than ${Math.min(resultMemory, maxResult)} bytes, which is the limit.`,
      );
    }
    this.#encoded = encoded;
  }

  /** Closes all results. */
  close(): void {
    for (const results of this.#results) results.close();
    this.#results.clear();
  }

  get #held(): HeldRows {
    const held = { inMemory: this.#encoded, size: this.#encoded, files: 0 };
    for (const { inMemory, size, isSpilled } of this.#results) {
      held.inMemory += inMemory;
      held.size += size;
      if (isSpilled) held.files++;
    }
    return held;
  }
}
