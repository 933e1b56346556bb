import { MemoryDraw } from '../../memory/memory-draw.js';
import type { ServiceRequest } from '../../netsvc/service-request.js';

/** Bytes for each character of a statement that is being written: its pieces, and the text that they are joined to. */
const CHARACTER_COST = 2;

/** The memory of the statements that a call writes, one after another. */
export class StatementMemory {
  readonly #request: Pick<ServiceRequest, 'account'>;
  #draw: MemoryDraw | undefined;
  /** Bytes of the current statement. */
  #needed = 0;

  constructor(request: Pick<ServiceRequest, 'account'>) {
    this.#request = request;
  }

  /** The next statement is being written. What the ones before have drawn is kept for it. */
  begin(): void {
    this.#needed = 0;
  }

  /** The statement becomes so much longer. @throws {MemoryRefused} */
  grow(characters: number): void {
    this.#needed += characters * CHARACTER_COST;
    this.#draw ??= new MemoryDraw(this.#request.account, 'statements');
    const more = this.#needed - this.#draw.bytes;
    if (more > 0) this.#draw.grow(more);
  }

  release(): void {
    this.#draw?.release();
  }
}
