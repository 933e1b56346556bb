import { nextTurn, Turn } from '../turns/turns.js';

/** What a large value consists of. An empty piece is a place where other work can have its turn. */
export type Pieces = Iterable<Buffer> | AsyncIterable<Buffer>;

/**
 * A large value that is encoded in pieces while it is sent. It has one reader, and ends on every path: when it has been
 * read, when reading fails or stops early, and when it is cancelled, even if it was never begun. It then ends its
 * pieces too.
 */
export class StreamedValue implements AsyncIterableIterator<Buffer> {
  /** Resolves when the value has ended. */
  readonly done: Promise<void>;
  readonly #pieces: Pieces | (() => Pieces);
  #source: Iterator<Buffer> | AsyncIterator<Buffer> | undefined;
  /** What a later read fails with: what was cancelled or already read must not look complete or empty. */
  #over: Error | undefined;
  #finish: () => void = () => {};
  #turn: Turn | undefined;

  /**
   * @param pieces or a function that opens them when the first is read
   * @param ended called once, when the value has ended. A generator that was never begun does not run its `finally`,
   *   so that what it reads is released here.
   */
  constructor(pieces: Pieces | (() => Pieces), ended: () => void = () => {}) {
    this.#pieces = pieces;
    this.done = new Promise((resolve) => {
      this.#finish = () => {
        this.#over ??= new Error('the streamed value has ended');
        this.#finish = () => {};
        ended();
        resolve();
      };
    });
  }

  /** Every reader is the same one. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws if the value has ended */
  async next(): Promise<IteratorResult<Buffer>> {
    if (this.#over) throw this.#over;
    // The reader may read on without a wait in between.
    if (this.#turn?.isOver) await this.#nextTurn();
    try {
      this.#turn ??= new Turn();
      this.#source ??= iteratorOf(this.#pieces);
      const next = await this.#source.next();
      if (next.done) this.#finish();
      return next;
    } catch (error) {
      this.#finish();
      throw error;
    }
  }

  async #nextTurn(): Promise<void> {
    await nextTurn();
    this.#turn = new Turn();
    if (this.#over) throw this.#over;
  }

  async return(): Promise<IteratorResult<Buffer>> {
    await this.#end();
    return { done: true, value: undefined };
  }

  /** Ends the value, if it will not be read, or not to its end. @param reason what a reader gets that goes on */
  cancel(reason?: Error): void {
    // There is nobody left who could be told that the pieces failed to end.
    this.#end(reason).catch(() => {});
  }

  async #end(reason = new Error('the streamed value has ended')): Promise<void> {
    if (this.#over) return;
    this.#over = reason;
    try {
      if (this.#source !== undefined) await this.#source.return?.();
      // They may be a streamed value themselves.
      else if (typeof this.#pieces === 'object') void iteratorOf(this.#pieces).return?.();
    } finally {
      this.#finish();
    }
  }
}

/** Keeps something until the returned function is called. */
export type Hold = () => () => void;

/** A streamed value that can be sent again: its pieces are opened for each response. */
export class RepeatableValue extends StreamedValue {
  /** Opens the pieces, which can be read as long as the value is held. */
  readonly open: () => Pieces;
  readonly hold: Hold;

  /** @param hold keeps what the pieces are read from, for this value and for each other response; by default nothing */
  constructor(open: () => Pieces, hold: Hold = () => () => {}) {
    super(open, hold());
    this.open = open;
    this.hold = hold;
  }

  /** Returns the value for another response. This one must not have ended. */
  again(): StreamedValue {
    return new StreamedValue(this.open, this.hold());
  }
}

function iteratorOf(pieces: Pieces | (() => Pieces)): Iterator<Buffer> | AsyncIterator<Buffer> {
  const opened = typeof pieces === 'function' ? pieces() : pieces;
  return Symbol.asyncIterator in opened ? opened[Symbol.asyncIterator]() : opened[Symbol.iterator]();
}
