/** Bytes. Each piece costs something, and a client can send a body byte by byte. */
const PIECE = 64 * 1024;

/** Joins what arrives to pieces of a size that is worth processing. */
export class BytePieces {
  readonly #take: (piece: Buffer) => void;
  #piece: Buffer | undefined;
  /** How much of it has been filled. */
  #length = 0;

  /** @param take receives the pieces, and owns them */
  constructor(take: (piece: Buffer) => void) {
    this.#take = take;
  }

  /** Bytes of memory. */
  get held(): number {
    return this.#piece?.length ?? 0;
  }

  /** The rest is not needed. */
  drop(): void {
    this.#piece = undefined;
  }

  add(chunk: Buffer): void {
    if (this.#piece === undefined) {
      // The only chunk of a small body is not copied.
      this.#piece = chunk;
      this.#length = chunk.length;
      if (chunk.length >= PIECE) this.end();
      return;
    }
    if (this.#length + chunk.length > PIECE) {
      this.end();
      this.add(chunk);
      return;
    }
    if (this.#piece.length < PIECE) {
      const piece = Buffer.allocUnsafe(PIECE);
      this.#piece.copy(piece, 0, 0, this.#length);
      this.#piece = piece;
    }
    chunk.copy(this.#piece, this.#length);
    this.#length += chunk.length;
  }

  /** Passes the last piece, if there is one. */
  end(): void {
    const piece = this.#piece;
    this.#piece = undefined;
    if (piece !== undefined) this.#take(piece.subarray(0, this.#length));
  }
}
