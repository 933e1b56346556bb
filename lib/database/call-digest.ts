import { createHash, type Hash } from 'node:crypto';
import { DateTime, Double, isStruct, type Value } from '../xmlrpc/value.js';

/** Characters that are collected for one update of the hash, which costs more than a short text. */
const PIECE = 16 * 1024;

/**
 * Returns a digest of the values of a call. Equal calls have equal digests: the order of a struct's members, which is
 * random in some languages, makes no difference.
 */
export function callDigest(values: readonly Value[]): string {
  const digest = new ValueDigest();
  digest.add(values);
  return digest.end();
}

/** Each value is preceded by its type and length, so that different values have different texts. */
class ValueDigest {
  readonly #hash: Hash = createHash('sha256');
  #text = '';

  add(value: Value): void {
    if (typeof value === 'string') {
      this.#append(`s${value.length}:${value}`);
    } else if (value instanceof Uint8Array) {
      this.#flush(`x${value.length}:`);
      this.#hash.update(value);
    } else if (value instanceof Double) {
      this.#append(`f${value.value};`);
    } else if (value instanceof DateTime) {
      this.#append(`t${value.text};`);
    } else if (isStruct(value)) {
      const names = Object.keys(value).sort();
      this.#append(`o${names.length}:`);
      for (const name of names) {
        this.add(name);
        this.add(value[name] ?? null);
      }
    } else if (Array.isArray(value)) {
      this.#append(`a${value.length}:`);
      for (const item of value as readonly Value[]) this.add(item);
    } else {
      this.#append(`${typeof value}${String(value)};`);
    }
  }

  end(): string {
    this.#flush();
    return this.#hash.digest('base64');
  }

  #append(text: string): void {
    this.#text += text;
    if (this.#text.length > PIECE) this.#flush();
  }

  #flush(rest = ''): void {
    this.#hash.update(this.#text + rest);
    this.#text = '';
  }
}
