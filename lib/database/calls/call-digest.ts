import { createHash, type Hash } from 'node:crypto';
import { STEP, stepsOf } from '../../turns/text-steps.js';
import { DateTime, Decimal, Double, isStruct, type Value } from '../../xmlrpc/value.js';

/** Characters that are collected for one update of the hash, which costs more than a short text. */
const PIECE = 16 * 1024;

/**
 * Returns a digest of the values of a call, in steps. Equal calls have equal digests: the order of a struct's members,
 * which is random in some languages, makes no difference.
 */
export function* callDigest(values: readonly Value[]): Generator<void, string> {
  const digest = new ValueDigest();
  yield* digest.add(values);
  return digest.end();
}

/** The values that are added before other work has its turn. */
const VALUES_STEP = 1000;

/** Each value is preceded by its type and length, so that different values have different texts. */
class ValueDigest {
  readonly #hash: Hash = createHash('sha256');
  #text = '';
  #values = 0;

  /** Adds lists and structs in steps, and all else at once. Values are nested to a limited depth. */
  *add(value: Value): Generator<void, void> {
    if (Array.isArray(value)) {
      this.#append(`a${value.length}:`);
      for (const item of value as readonly Value[]) {
        if (!this.#addShort(item)) yield* this.add(item);
        if (++this.#values % VALUES_STEP === 0) yield;
      }
    } else if (isStruct(value)) {
      const names = Object.keys(value).sort();
      this.#append(`o${names.length}:`);
      for (const name of names) {
        if (!this.#addShort(name)) yield* this.add(name);
        const member = value[name] ?? null;
        if (!this.#addShort(member)) yield* this.add(member);
        if (++this.#values % VALUES_STEP === 0) yield;
      }
    } else if (typeof value === 'string') {
      this.#append(`s${value.length}:`);
      for (const step of stepsOf(value)) {
        this.#append(step);
        yield;
      }
    } else if (value instanceof Uint8Array) {
      this.#flush(`x${value.length}:`);
      for (let at = 0; at < value.length; at += STEP) {
        this.#hash.update(value.subarray(at, at + STEP));
        yield;
      }
    } else {
      this.#addShort(value);
    }
  }

  /** @returns false for a list, a struct, and what is long */
  #addShort(value: Value): boolean {
    if (typeof value === 'string') {
      if (value.length > STEP) return false;
      this.#append(`s${value.length}:${value}`);
    } else if (value instanceof Uint8Array) {
      if (value.length > STEP) return false;
      this.#flush(`x${value.length}:`);
      this.#hash.update(value);
    } else if (value instanceof Double) {
      this.#append(`f${value.value};`);
    } else if (value instanceof DateTime) {
      this.#append(`t${value.text};`);
    } else if (value instanceof Decimal) {
      this.#append(`d${value.text};`);
    } else if (Array.isArray(value) || isStruct(value)) {
      return false;
    } else {
      this.#append(`${typeof value}${String(value)};`);
    }
    return true;
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
