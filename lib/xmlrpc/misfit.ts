import { EncodingError } from './codec-error.js';
import { checkString, encodeMemberOpen } from './text-encoding.js';
import { isPlain, isScalarObject } from './value.js';
import { EncodedValue, MAX_DEPTH, type ValueEncoding } from './value-encoding.js';

/** The values that are looked at before other work has its turn. */
const VALUES_STEP = 256;

/** A longer place is cut in its middle, in characters. */
const MAX_PLACE = 200;

/**
 * Finds the first part of a result that XML-RPC cannot represent, in the order in which values are encoded. The encoder
 * does not know where it is: results are read again only after one has failed.
 */
export class Misfit {
  readonly #encoding: ValueEncoding;
  readonly #encodeScalar: (value: unknown) => void;
  /** The objects around the current value. */
  readonly #around = new Set<object>();
  #room = VALUES_STEP;

  /** @param encodeScalar throws what the encoder throws for a value that has no parts */
  constructor(encoding: ValueEncoding, encodeScalar: (value: unknown) => void) {
    this.#encoding = encoding;
    this.#encodeScalar = encodeScalar;
  }

  /** Returns the error for the part of `value` that caused `error`, or `error` itself if none is found. */
  *located(error: unknown, value: unknown): Generator<void, unknown> {
    if (!(error instanceof EncodingError) || error.place !== undefined) return error;
    try {
      yield* this.#part(value === undefined ? null : value, 'result', 0);
    } catch (found) {
      if (found instanceof EncodingError) return found;
    }
    return error;
  }

  *#part(value: unknown, place: string, depth: number): Generator<void, void> {
    if (--this.#room <= 0) {
      this.#room = VALUES_STEP;
      yield;
    }
    if (!isCompound(value)) this.#check(() => this.#scalar(value), place);
    else if (!(value instanceof EncodedValue)) yield* this.#object(value, place, depth + 1);
  }

  *#object(value: object, place: string, depth: number): Generator<void, void> {
    if (this.#around.has(value))
      throw new EncodingError('the value is circular: it is a part of itself.', short(place));
    if (depth > MAX_DEPTH) throw new EncodingError(`the value is nested deeper than ${MAX_DEPTH}.`, short(place));
    this.#around.add(value);
    if (Array.isArray(value)) yield* this.#items(value, place, depth);
    else if (isPlain(value)) yield* this.#members(value, place, depth);
    else
      yield* this.#part(
        this.#check(() => this.#encoding.encodeObject(value), place),
        place,
        depth,
      );
    this.#around.delete(value);
  }

  *#items(items: readonly unknown[], place: string, depth: number): Generator<void, void> {
    for (let i = 0; i < items.length; i++) yield* this.#part(items[i], `${place}[${i}]`, depth);
  }

  *#members(struct: object, place: string, depth: number): Generator<void, void> {
    for (const [name, member] of Object.entries(struct)) {
      const inner = place + step(name);
      this.#check(() => encodeMemberOpen(name), inner);
      yield* this.#part(member, inner, depth);
    }
  }

  #scalar(value: unknown): void {
    // A long string is encoded in steps, and fails in a later one.
    if (typeof value === 'string') checkString(value);
    else this.#encodeScalar(value);
  }

  #check<T>(encode: () => T, place: string): T {
    try {
      return encode();
    } catch (error) {
      throw error instanceof EncodingError ? new EncodingError(error.reason, short(place), { cause: error }) : error;
    }
  }
}

function isCompound(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array || isScalarObject(value));
}

/** Returns how a member is written behind a struct. */
function step(name: string): string {
  const shown = name.length > MAX_PLACE ? `${name.slice(0, MAX_PLACE / 4)}...` : name;
  return /^[A-Za-z_$][\w$]*$/.test(shown) ? `.${shown}` : `[${JSON.stringify(shown)}]`;
}

function short(place: string): string {
  return place.length > MAX_PLACE ? `${place.slice(0, MAX_PLACE / 2)}...${place.slice(-MAX_PLACE / 2)}` : place;
}
