import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import iconv from 'iconv-lite';
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
  /** The bytes of a character whose rest is still to come. */
  #half: Buffer = NOTHING;

  write(bytes: Buffer): string {
    return this.whole(bytes).toString('utf8');
  }

  /** Returns the bytes of the characters that are complete. @throws {DecodingError} */
  whole(bytes: Buffer): Buffer {
    const all = this.#half.length === 0 ? bytes : Buffer.concat([this.#half, bytes]);
    const end = all.length - halfCharacter(all);
    const whole = end === all.length ? all : all.subarray(0, end);
    if (!isUtf8(whole)) throw not('UTF-8');
    this.#half = all.subarray(end);
    return whole;
  }

  end(): Iterable<string> {
    if (this.#half.length > 0) throw not('UTF-8');
    return [];
  }
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
 * US-ASCII as Perl's clients send it, with bytes above 127. From the first such byte, the rest is held back: it is
 * UTF-8 if all of it is valid in UTF-8, else ISO-8859-1.
 */
export class Ascii implements BytesDecoder {
  readonly #held: Buffer[] = [];
  readonly #utf8 = new Utf8();
  #isUtf8 = true;
  #length = 0;

  get held(): number {
    return this.#length;
  }

  write(bytes: Buffer): string {
    if (this.#held.length === 0 && isAscii(bytes)) return bytes.toString('latin1');
    this.#held.push(bytes);
    this.#length += bytes.length;
    this.#isUtf8 &&= isValid(() => this.#utf8.whole(bytes));
    return '';
  }

  *end(): Generator<string, void> {
    const held = this.#held;
    const isUtf8 = this.#isUtf8 && isValid(() => this.#utf8.end());
    const decoder = isUtf8 ? new Utf8() : LATIN1;
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

export const WINDOWS_1252: BytesDecoder = {
  isWide: true,
  write(bytes) {
    // Without characters that take two bytes of memory each.
    if (isAscii(bytes)) return bytes.toString('latin1');
    const text = iconv.decode(bytes, 'windows-1252');
    if (text.includes('\ufffd')) throw not('windows-1252');
    return text;
  },
  end: () => [],
};

function not(encoding: string): DecodingError {
  return new DecodingError(`the body is not valid ${encoding}`);
}
