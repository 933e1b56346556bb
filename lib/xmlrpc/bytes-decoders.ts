import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { DecodingError } from './codec-error.js';

/**
 * Decodes the bytes of a document as they arrive. Bytes that are invalid in the encoding are an error, and never
 * replaced.
 */
export interface BytesDecoder {
  /** @throws {DecodingError} */
  write(bytes: Buffer): string;
  /**
   * Returns what was held back, in pieces.
   *
   * @throws {DecodingError} if that is an incomplete character
   */
  end(): Iterable<string>;
  /** Whether it decodes single bytes to characters that take two bytes of memory. */
  readonly isWide?: boolean;
  /** Bytes of memory of what is held back. */
  readonly held?: number;
}

const NOTHING: Buffer = Buffer.alloc(0);

export class Utf8 implements BytesDecoder {
  readonly #note: string;
  /** The bytes of a character whose rest is still to come. */
  #half: Buffer = NOTHING;
  /** The number of bytes before them. */
  #offset = 0;

  /** @param note says in an error why the document should be in UTF-8 */
  constructor(note = '') {
    this.#note = note;
  }

  write(bytes: Buffer): string {
    return this.whole(bytes).toString('utf8');
  }

  /** Returns the bytes of the characters that are complete. @throws {DecodingError} */
  whole(bytes: Buffer): Buffer {
    const all = this.#half.length === 0 ? bytes : Buffer.concat([this.#half, bytes]);
    const end = all.length - halfCharacter(all);
    const whole = end === all.length ? all : all.subarray(0, end);
    if (!isUtf8(whole)) throw this.#invalid(whole, validLength(whole));
    this.#half = all.subarray(end);
    this.#offset += end;
    return whole;
  }

  end(): Iterable<string> {
    if (this.#half.length > 0) throw this.#invalid(this.#half, 0);
    return [];
  }

  #invalid(bytes: Buffer, at: number): DecodingError {
    return invalidByte('UTF-8', this.#offset + at, bytes[at] ?? 0, this.#note);
  }
}

/** Returns the number of bytes before the first character that is not valid in UTF-8. */
function validLength(bytes: Buffer): number {
  let [valid, invalid] = [0, bytes.length];
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    const start = bytes.subarray(0, middle);
    if (isUtf8(start.subarray(0, middle - halfCharacter(start)))) valid = middle;
    else invalid = middle;
  }
  return valid - halfCharacter(bytes.subarray(0, valid));
}

/** Returns the number of bytes at the end that belong to an incomplete character. */
function halfCharacter(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue; // one that goes on
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? back : 0;
  }
  return 0;
}

export class Utf16 implements BytesDecoder {
  readonly #name: 'utf-16le' | 'utf-16be';
  readonly #decoder: TextDecoder;

  constructor(name: 'utf-16le' | 'utf-16be') {
    this.#name = name;
    this.#decoder = new TextDecoder(name, { fatal: true, ignoreBOM: true });
  }

  write(bytes: Buffer): string {
    return this.#decode(() => this.#decoder.decode(bytes, { stream: true }));
  }

  end(): Iterable<string> {
    return [this.#decode(() => this.#decoder.decode())];
  }

  #decode(decode: () => string): string {
    try {
      return decode();
    } catch {
      throw not(this.#name.toUpperCase());
    }
  }
}

/** ISO-8859-1, in which each byte is the character with its number. */
export const LATIN1: BytesDecoder = { write: (bytes) => bytes.toString('latin1'), end: () => [] };

/**
 * A document that may be in UTF-8, or in an encoding with one byte for a character: it is UTF-8 if all of it is valid
 * UTF-8. From the first byte above 127, the rest is held back until that is known: never is a part of it decoded in one
 * and another part in the other.
 */
export class Utf8Or implements BytesDecoder {
  readonly #other: (offset: number) => BytesDecoder;
  readonly #held: Buffer[] = [];
  readonly #utf8 = new Utf8();
  #isUtf8 = true;
  #offset = 0;
  #length = 0;

  /** @param other creates the decoder of the other encoding; it is given the number of bytes before the first one */
  constructor(other: (offset: number) => BytesDecoder) {
    this.#other = other;
  }

  get held(): number {
    return this.#length;
  }

  write(bytes: Buffer): string {
    if (this.#held.length === 0 && isAscii(bytes)) {
      this.#offset += bytes.length;
      return bytes.toString('latin1');
    }
    this.#held.push(bytes);
    this.#length += bytes.length;
    this.#isUtf8 &&= isValid(() => this.#utf8.whole(bytes));
    return '';
  }

  *end(): Generator<string, void> {
    const held = this.#held;
    const isUtf8 = this.#isUtf8 && isValid(() => this.#utf8.end());
    const decoder = isUtf8 ? new Utf8() : this.#other(this.#offset);
    for (let bytes = held.shift(); bytes; bytes = held.shift()) {
      this.#length -= bytes.length;
      yield decoder.write(bytes);
    }
  }
}

function isValid(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

function not(encoding: string): DecodingError {
  return new DecodingError(`the body is not valid ${encoding}`);
}

/**
 * The body has a byte that its encoding has not at that place.
 *
 * @param at the number of bytes before it
 * @param note says more of the encoding
 */
export function invalidByte(encoding: string, at: number, byte: number, note = ''): DecodingError {
  return new DecodingError(`the body is not valid ${encoding}${note}: 0x${byte.toString(16)} at byte ${at + 1}`);
}
