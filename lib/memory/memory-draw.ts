import type { MemoryAccount, MemoryKind } from './memory-account.js';

/** Memory that one owner has drawn, and returns when it ends. */
export class MemoryDraw {
  readonly #account: MemoryAccount;
  readonly #kind: MemoryKind;
  #bytes = 0;

  constructor(account: MemoryAccount, kind: MemoryKind) {
    this.#account = account;
    this.#kind = kind;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Draws more. @throws {MemoryRefused} and then has drawn nothing more */
  grow(bytes: number): void {
    this.#account.draw(bytes, this.#kind);
    this.#bytes += bytes;
  }

  /** The same, without an error. @returns whether the bytes have been drawn */
  tryGrow(bytes: number): boolean {
    if (!this.#account.tryDraw(bytes, this.#kind)) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Counts more, whatever the limit is. */
  add(bytes: number): void {
    this.#account.add(bytes, this.#kind);
    this.#bytes += bytes;
  }

  /** Returns a part. */
  shrink(bytes: number): void {
    this.#account.return(bytes, this.#kind);
    this.#bytes -= bytes;
  }

  /** Returns everything. Can be called repeatedly. */
  release(): void {
    const bytes = this.#bytes;
    if (bytes === 0) return;
    this.#bytes = 0;
    this.#account.return(bytes, this.#kind);
  }
}
