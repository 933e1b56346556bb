import { STEP, stepsOf } from '../../turns/text-steps.js';
import type { LongLiteral } from '../connections/sql-text.js';
import { BYTES, doubledMarks, EscapeSearch, HEX_TEXT } from './sql-literal.js';

/** Bytes that take more are written while they are sent: in hexadecimal, they would take twice their number. */
const SHORT_BYTES = 1024;

/** Returns the literal of a long text or of many bytes; undefined for any other value. */
export function longLiteral(value: unknown, backslashEscapes: boolean): LongLiteral | undefined {
  if (typeof value === 'string') return value.length > STEP ? new LongText(value, backslashEscapes) : undefined;
  const isLong = value instanceof Uint8Array && value.length > SHORT_BYTES;
  return isLong ? new LongBytes(value, backslashEscapes) : undefined;
}

/** The same as `sqlLiteral` writes, except that bytes are in quotes. */
abstract class Quoted implements LongLiteral {
  abstract readonly least: number;
  readonly #backslashEscapes: boolean;
  readonly #encoding: 'utf8' | 'latin1';
  readonly #quoted: string;
  readonly #hex: string;
  #isHex = false;
  #measured: number | undefined;

  /** @param introducers of the literal, in quotes and in hexadecimal */
  protected constructor(
    encoding: 'utf8' | 'latin1',
    introducers: readonly [string, string],
    backslashEscapes: boolean,
  ) {
    this.#encoding = encoding;
    [this.#quoted, this.#hex] = introducers;
    this.#backslashEscapes = backslashEscapes;
  }

  get isText(): boolean {
    return this.#encoding === 'utf8';
  }

  protected abstract steps(): Iterable<string>;

  *measure(): Generator<undefined, number> {
    this.#measured ??= yield* this.#measure();
    return this.#measured;
  }

  *pieces(): Generator<Buffer, void> {
    yield Buffer.from(this.#isHex ? this.#hex : this.#quoted);
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
    for (const step of this.steps()) {
      bytes += Buffer.byteLength(step, this.#encoding);
      marks += doubledMarks(step, this.#backslashEscapes).length - step.length;
      if (!this.#backslashEscapes) search.add(step);
      yield;
    }
    this.#isHex = search.mayEscape;
    return this.#isHex ? this.#hex.length + 2 * bytes + 1 : this.#quoted.length + bytes + marks + 1;
  }
}

class LongText extends Quoted {
  readonly #text: string;

  constructor(text: string, backslashEscapes: boolean) {
    super('utf8', ["'", HEX_TEXT], backslashEscapes);
    this.#text = text;
  }

  get least(): number {
    return this.#text.length + 2;
  }

  protected steps(): Iterable<string> {
    return stepsOf(this.#text);
  }
}

class LongBytes extends Quoted {
  readonly #bytes: Buffer;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array, backslashEscapes: boolean) {
    super('latin1', ["_binary'", BYTES], backslashEscapes);
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
  }

  get least(): number {
    return this.#bytes.length + BYTES.length;
  }

  protected *steps(): Generator<string, void> {
    for (let at = 0; at < this.#bytes.length; at += STEP) yield this.#bytes.toString('latin1', at, at + STEP);
  }
}
