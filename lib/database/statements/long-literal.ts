import { STEP, stepsOf } from '../../turns/text-steps.js';
import type { LongLiteral } from '../connections/sql-text.js';
import { BYTES, doubled, HEX_TEXT } from './sql-literal.js';

/** Returns the literal of a long text or of many bytes; undefined for any other value. */
export function longLiteral(value: unknown): LongLiteral | undefined {
  if (typeof value === 'string') return value.length > STEP ? new LongText(value) : undefined;
  return value instanceof Uint8Array && value.length > STEP ? new LongBytes(value) : undefined;
}

/** The same as `sqlLiteral` writes. */
class LongText implements LongLiteral {
  readonly #text: string;
  #isHex = false;
  #measured: number | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get least(): number {
    return this.#measured ?? this.#text.length;
  }

  *measure(): Generator<undefined, number> {
    this.#measured ??= yield* this.#measure();
    return this.#measured;
  }

  *#measure(): Generator<undefined, number> {
    let bytes = 0;
    let quotes = 0;
    for (const step of stepsOf(this.#text)) {
      bytes += Buffer.byteLength(step);
      this.#isHex ||= step.includes('\\');
      if (!this.#isHex) quotes += doubled(step).length - step.length;
      yield;
    }
    return this.#isHex ? HEX_TEXT.length + 2 * bytes + 1 : bytes + quotes + 2;
  }

  *pieces(): Generator<Buffer, void> {
    yield Buffer.from(this.#isHex ? HEX_TEXT : "'");
    for (const step of stepsOf(this.#text)) {
      yield Buffer.from(this.#isHex ? Buffer.from(step).toString('hex') : doubled(step));
    }
    yield Buffer.from("'");
  }
}

class LongBytes implements LongLiteral {
  readonly #bytes: Buffer;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
  }

  get least(): number {
    return BYTES.length + 2 * this.#bytes.length + 1;
  }

  // biome-ignore lint/correctness/useYield: it is known
  *measure(): Generator<undefined, number> {
    return this.least;
  }

  *pieces(): Generator<Buffer, void> {
    yield Buffer.from(BYTES);
    const bytes = this.#bytes;
    for (let at = 0; at < bytes.length; at += STEP) yield Buffer.from(bytes.toString('hex', at, at + STEP), 'latin1');
    yield Buffer.from("'");
  }
}
