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

/** A `<double>`. A class of its own, because a JavaScript number does not distinguish 1.0 from the integer 1. */
export class Double {
  constructor(readonly value: number) {}

  valueOf(): number {
    return this.value;
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

  toString(): string {
    return this.text;
  }
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

export const MIN_I4 = -0x8000_0000;
export const MAX_I4 = 0x7fff_ffff;
export const MIN_I8 = -(2n ** 63n);
export const MAX_I8 = 2n ** 63n - 1n;
