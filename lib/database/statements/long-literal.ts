import { STEP, stepsOf } from '../../turns/text-steps.js';
import { doubledMarks, EscapeSearch } from '../sql/sql-literal.js';
import type { LongLiteral } from '../sql/sql-text.js';
import type { BytesForm } from './literal-form.js';

/** The same as `sqlLiteral` writes, except that bytes are in quotes. */
abstract class Quoted implements LongLiteral {
  abstract readonly isText: boolean;
  abstract readonly least: number;
  readonly #backslashEscapes: boolean;
  readonly #encoding: 'utf8' | 'latin1';
  readonly #introducer: string;
  readonly #hex: string | undefined;
  #isHex = false;
  #measured: number | undefined;

  /**
   * @param introducer in front of the quote
   * @param hex in front of a literal in hexadecimal; undefined if it must not be
   */
  protected constructor(
    encoding: 'utf8' | 'latin1',
    [introducer, hex]: readonly [string, string | undefined],
    backslashEscapes: boolean,
  ) {
    this.#encoding = encoding;
    this.#introducer = introducer;
    this.#hex = hex;
    this.#backslashEscapes = backslashEscapes;
  }

  protected abstract steps(): Iterable<string>;

  *measure(): Generator<undefined, number> {
    this.#measured ??= yield* this.#measure();
    return this.#measured;
  }

  *pieces(): Generator<Buffer, void> {
    yield Buffer.from(this.#isHex ? `${this.#hex} x'` : `${this.#introducer}'`);
    for (const step of this.steps()) {
      if (this.#isHex) yield Buffer.from(Buffer.from(step, this.#encoding).toString('hex'));
      else yield Buffer.from(doubledMarks(step, this.#backslashEscapes), this.#encoding);
    }
    yield Buffer.from("'");
  }

  *#measure(): Generator<undefined, number> {
    let bytes = 0;
    let marks = 0;
    const search = new EscapeSearch();
    const isSearched = !this.#backslashEscapes && this.#hex !== undefined;
    for (const step of this.steps()) {
      bytes += Buffer.byteLength(step, this.#encoding);
      marks += doubledMarks(step, this.#backslashEscapes).length - step.length;
      if (isSearched) search.add(step);
      yield;
    }
    this.#isHex = search.mayEscape;
    return this.#isHex ? `${this.#hex} x''`.length + 2 * bytes : `${this.#introducer}''`.length + bytes + marks;
  }
}

/** A long text. */
export class LongText extends Quoted {
  readonly isText = true;
  readonly #text: string;

  /** @param canBeHex it may be written as an expression */
  constructor(text: string, backslashEscapes: boolean, canBeHex: boolean) {
    super('utf8', ['', canBeHex ? '_utf8mb4' : undefined], backslashEscapes);
    this.#text = text;
  }

  get least(): number {
    return this.#text.length + 2;
  }

  protected steps(): Iterable<string> {
    return stepsOf(this.#text);
  }
}

/** Bytes, which take fewer bytes of a packet in quotes than in hexadecimal. */
export class LongBytes extends Quoted {
  readonly isText: boolean;
  readonly #bytes: Buffer;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array, backslashEscapes: boolean, form: BytesForm) {
    super('latin1', [form.introducer, form.canBeHex ? form.introducer : undefined], backslashEscapes);
    this.isText = form.isText;
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
  }

  get least(): number {
    return this.#bytes.length + 2;
  }

  protected *steps(): Generator<string, void> {
    for (let at = 0; at < this.#bytes.length; at += STEP) yield this.#bytes.toString('latin1', at, at + STEP);
  }
}
