/**
 * XML-RPC values in JavaScript.
 *
 * | XML-RPC | decoded | also encoded from |
 * | --- | --- | --- |
 * | int, i4, i8 | number if it is exact, else bigint | |
 * | ex:biginteger | the same within 64 bits, else Decimal | |
 * | ex:bigdecimal | Decimal | |
 * | double | Double | a number that is not an integer |
 * | boolean, string, nil | boolean, string, null | Decimal: a string of its digits |
 * | dateTime.iso8601 | DateTime | |
 * | base64 | Buffer | any Uint8Array; a string that XML 1.0 cannot represent |
 * | array, struct | array, object without a prototype | |
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Double
  | Decimal
  | DateTime
  | readonly Value[]
  | Struct;

export interface Struct {
  readonly [name: string]: Value;
}

/** By which Node.js finds how an object is printed, as by `console.log`. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** What `util.inspect` passes. */
interface InspectOptions {
  stylize(text: string, style: 'number' | 'date'): string;
}

/**
 * A `<double>`. A class of its own, because a JavaScript number does not distinguish 1.0 from the integer 1. It
 * calculates, compares and prints as its number.
 *
 * @example
 * const half = new Double(0.5);
 * console.log(Number(half) + 1, half < new Double(1), `${half}`, JSON.stringify([half])); // 1.5 true 0.5 [0.5]
 */
export class Double {
  constructor(readonly value: number) {}

  valueOf(): number {
    return this.value;
  }

  toString(): string {
    return String(this.value);
  }

  toJSON(): number {
    return this.value;
  }

  [INSPECT](_depth: number, { stylize }: InspectOptions): string {
    return stylize(Object.is(this.value, -0) ? '-0' : String(this), 'number');
  }
}

/** An exact number of any size: an `<ex:bigdecimal>`, or an `<ex:biginteger>` beyond 64 bits. */
export class Decimal {
  /**
   * @param text digits, with an optional sign and fraction, and no exponent
   * @throws {RangeError} for any other form
   */
  constructor(readonly text: string) {
    if (!/^-?\d+(\.\d+)?$/.test(text)) throw new RangeError(`"${text}" is not a decimal number`);
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }

  [INSPECT](_depth: number, { stylize }: InspectOptions): string {
    return stylize(this.text, 'number');
  }
}

/**
 * A `<dateTime.iso8601>`: local time without a zone. It is kept as text, so that dates which JavaScript's Date does not
 * have, such as MySQL's `0000-00-00`, and fractions of a second are preserved.
 */
export class DateTime {
  /**
   * @param text the canonical form, `YYYYMMDDTHH:MM:SS` with an optional fraction
   * @throws {RangeError} for any other form
   */
  constructor(readonly text: string) {
    if (!/^\d{8}T\d\d:\d\d:\d\d(\.\d+)?$/.test(text)) throw new RangeError(`"${text}" is not YYYYMMDDTHH:MM:SS`);
  }

  /**
   * Returns the second of an instant in UTC, as in `19980717T14:08:55`.
   *
   * @throws {RangeError} for an invalid Date, and one outside the years 0 to 9999
   */
  static utc(date: Date): DateTime {
    return new DateTime(date.toISOString().slice(0, -5).replaceAll('-', ''));
  }

  /** Returns the second of an instant in the time zone of the process. @throws {RangeError} as `utc` */
  static local(date: Date): DateTime {
    const year = String(date.getFullYear()).padStart(4, '0');
    const day = [date.getMonth() + 1, date.getDate()].map(twoDigits).join('');
    const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
    return new DateTime(`${year}${day}T${time}`);
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }

  [INSPECT](_depth: number, { stylize }: InspectOptions): string {
    return stylize(this.text, 'date');
  }
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/**
 * Returns the items of a list, where a list is expected: of an array, or of a struct whose members are named 1, 2, 3
 * and so on, in any order, as Lua's clients send tables. A struct without members is an empty list.
 *
 * @returns undefined for any other value
 */
export function listItems(value: Value): readonly Value[] | undefined {
  if (isArray(value)) return value;
  if (!isStruct(value)) return undefined;
  if (!Object.hasOwn(value, 1)) return hasMembers(value) ? undefined : [];
  const items: Value[] = [];
  const { length } = Object.keys(value);
  // V8 finds members by numbers without the text of their names.
  for (let name = 1; name <= length; name++) {
    const item = value[name];
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function hasMembers(struct: Struct): boolean {
  for (const _ in struct) return true;
  return false;
}

function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isStruct(value: Value): value is Struct {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array || isScalarObject(value))
  );
}

/** Whether an object is one of the classes of scalars. */
export function isScalarObject(value: object): value is Double | Decimal | DateTime {
  return value instanceof Double || value instanceof DateTime || value instanceof Decimal;
}

/** Whether an object is encoded as a struct: it has no class. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}

export const MIN_I4 = -0x8000_0000;
export const MAX_I4 = 0x7fff_ffff;
export const MIN_I8 = -(2n ** 63n);
export const MAX_I8 = 2n ** 63n - 1n;
