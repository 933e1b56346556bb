import { Double, isScalarObject, type Value } from './value.js';

/*
 * What decoded values take, in bytes: the most that was measured with Node.js 20. `spec/xmlrpc/value-cost.spec.ts`
 * compares the sum with the memory that real calls take.
 */

/** A place in an array, with the share of what it grows by. */
export const ITEM_COST = 12;

/** An array without items, and what the first one adds. */
export const ARRAY_COST = 48;
export const FIRST_ITEM_COST = 152;

/** A struct with up to three members, each further member, and the name of one besides its text. */
export const STRUCT_COST = 192;
const STRUCT_MEMBERS = 3;
const MEMBER_COST = 64;
const NAME_COST = 24;

/** A string of its own, besides its text. */
const STRING_COST = 24;

/** Strings of at least this length can be views of the text that they were read from. */
export const VIEW_LENGTH = 13;
export const VIEW_COST = 32;

/** Returns the cost of a value that is not an array or a struct. @param width bytes of a character */
export function scalarCost(value: Value, width = 2): number {
  switch (typeof value) {
    case 'string':
      return stringCost(value, width);
    case 'number':
      return value === (value | 0) ? 0 : 16;
    case 'bigint':
      return 24;
    case 'boolean':
      return 0;
  }
  if (value instanceof Uint8Array) return value.length === 0 ? 0 : 200 + value.length;
  if (value instanceof Double) return 56;
  return value !== null && isScalarObject(value) ? 80 + value.text.length : 0;
}

/** Returns the cost of a string with a text of its own. Those of one character are shared. */
export function stringCost(text: string, width = 2): number {
  return text.length < 2 && width === 1 ? 0 : STRING_COST + text.length * width;
}

export function nameCost(name: string, width = 2): number {
  return NAME_COST + name.length * width;
}

/**
 * V8 keeps the members of a struct whose names are numbers in an array, as long as no gap is longer than `MAX_GAP` and
 * the array is not much longer than a table of them: up to `MAX_UNCHECKED` places, or so many for each member.
 */
const MAX_GAP = 1024;
const MAX_UNCHECKED = 5000;
const MAX_PLACES_PER_MEMBER = 18;
const PLACE_COST = 8;
const TABLE_COST = 192;
const TABLE = -1;

/** The members of a struct while it is being built. */
export interface Members {
  /** The number of them, with the current one. */
  members: number;
  /** The length of the array for numeric names; 0 if there are none, `TABLE` if they are in a table. */
  places: number;
}

/** Returns the cost of another member, besides its value, and counts it. */
export function memberCost(struct: Members, name: string, width: number): number {
  const { places } = struct;
  const members = ++struct.members;
  const first = name.charCodeAt(0);
  const cost = NAME_COST + name.length * width + (members > STRUCT_MEMBERS ? MEMBER_COST : 0);
  if (!(first >= 0x30 && first <= 0x39) || name.length > 10) return cost;
  const index = Number(name);
  if (index < places) return 0;
  if (places === TABLE) return cost + MEMBER_COST;
  const needed = index + (index >>> 1) + 16;
  if (index < places + MAX_GAP && needed <= Math.max(MAX_UNCHECKED, members * MAX_PLACES_PER_MEMBER)) {
    struct.places = needed;
    return (needed - places) * PLACE_COST;
  }
  struct.places = TABLE;
  return cost + TABLE_COST + members * MEMBER_COST - places * PLACE_COST;
}

/** Returns the cost of a value with everything in it. */
export function valueCost(value: unknown): number {
  if (typeof value !== 'object' || value === null) return scalarCost(value as Value);
  if (Array.isArray(value)) {
    let cost = ARRAY_COST + (value.length > 0 ? FIRST_ITEM_COST : 0);
    for (const item of value) cost += ITEM_COST + valueCost(item);
    return cost;
  }
  if (value instanceof Uint8Array || isScalarObject(value)) return scalarCost(value);
  let cost = STRUCT_COST;
  const struct: Members = { members: 0, places: 0 };
  for (const [name, member] of Object.entries(value)) cost += memberCost(struct, name, 2) + valueCost(member);
  return cost;
}
