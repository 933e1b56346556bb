import type { MemoryAccount } from '../../memory/memory-account.js';
import { MemoryDraw } from '../../memory/memory-draw.js';
import type { AnswerBudget } from '../../netsvc/service-request.js';
import { resultsTooLarge } from '../errors/fault-texts.js';
import type { HeldRows, ResultLimits } from './result-limits.js';
import type { StoredResults } from './stored-results.js';

/** The results of several statements that one answer holds, for which the limits of one hold together. */
export class HeldResults implements AnswerBudget {
  readonly #limits: ResultLimits;
  readonly #results = new Set<StoredResults>();
  /** What is not rows. */
  readonly #memory: MemoryDraw;
  #encoded = 0;

  /** @param account what is drawn from, except for the rows, which have drawn their memory themselves */
  constructor(limits: ResultLimits, account: MemoryAccount) {
    this.#limits = limits;
    this.#memory = new MemoryDraw(account, 'answers');
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
      throw resultsTooLarge(Math.min(resultMemory, maxResult));
    }
    this.#memory.grow(bytes);
    this.#encoded = encoded;
  }

  /** Counts bytes of memory, of the answer to a call that has been made. */
  addMemory(bytes: number): void {
    this.#memory.add(bytes);
  }

  /** The answer is no longer kept. */
  release(): void {
    this.#memory.release();
  }

  /** Closes all results. */
  close(): void {
    for (const results of this.#results) results.close();
    this.#results.clear();
    this.release();
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
