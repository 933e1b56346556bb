import { STEP, stepsOf } from '../../turns/text-steps.js';
import { packetTooLarge } from '../errors/mysql-error.js';

/** A literal that is too long to be a part of the text of a statement. It is written while it is sent. */
export interface LongLiteral {
  /** It is text, and not bytes. */
  readonly isText: boolean;
  /** It has at least so many bytes. */
  readonly least: number;
  /** Returns its length in bytes, in steps. */
  measure(): Generator<undefined, number>;
  pieces(): Iterable<Buffer>;
}

/** A long literal, and where it belongs: behind so many characters of the text, in place of `''`. */
export type PlacedLiteral = readonly [at: number, literal: LongLiteral];

/** What stands for a long literal in the text. */
export const PLACE = "''";

/** A statement with its arguments in place. */
export class SqlText {
  /** What is read of it. */
  readonly text: string;
  readonly literals: readonly PlacedLiteral[];
  /** It has literals that can be written in another form. */
  readonly hasForms: boolean;
  /** A shorter statement that does the same with fewer rows of literals, and tells what this one does. */
  readonly example: string | undefined;
  #bytes: number | undefined;

  constructor(text: string, literals: readonly PlacedLiteral[] = [], hasForms = false, example?: string) {
    this.example = example;
    this.hasForms = hasForms;
    this.text = text;
    this.literals = literals;
  }

  /** It is measured and sent in steps. */
  get isLong(): boolean {
    return this.text.length > STEP || this.literals.length > 0;
  }

  /** It has more characters than are read at once. */
  get hasLongText(): boolean {
    return this.text.length > STEP || this.literals.some(([, { isText }]) => isText);
  }

  /** It may depend on what a backslash means. */
  get mayHaveBackslash(): boolean {
    return this.literals.length > 0 || this.text.includes('\\');
  }

  /** The length in bytes. A long statement has to be measured before. */
  get bytes(): number {
    this.#bytes ??= Buffer.byteLength(this.text);
    return this.#bytes;
  }

  /** Measures a long statement, in steps. @throws {MysqlError} 1153 if it has more than `limit` bytes */
  *measure(limit: number): Generator<undefined, void> {
    let bytes = -PLACE.length * this.literals.length;
    for (const step of stepsOf(this.text)) {
      bytes += Buffer.byteLength(step);
      if (bytes > limit) throw packetTooLarge();
      yield;
    }
    for (const [, literal] of this.literals) {
      bytes += yield* literal.measure();
      if (bytes > limit) throw packetTooLarge();
    }
    this.#bytes = bytes;
  }

  /** Yields the bytes of a long statement. */
  *pieces(): Generator<Buffer, void> {
    let from = 0;
    for (const [at, literal] of this.literals) {
      yield* bytesOf(this.text.slice(from, at));
      yield* literal.pieces();
      from = at + PLACE.length;
    }
    yield* bytesOf(this.text.slice(from));
  }
}

function* bytesOf(text: string): Generator<Buffer, void> {
  for (const step of stepsOf(text)) yield Buffer.from(step);
}
