import { DecodingError } from './codec-error.js';
import type { Value } from './value.js';
import { ARRAY_COST, FIRST_ITEM_COST, ITEM_COST, type Members, memberCost, STRUCT_COST } from './value-cost.js';

/** The maximum nesting depth of arrays and structs. Values are processed recursively. */
const MAX_DEPTH = 200;

/** The maximum number of members of a struct. JavaScript's objects with more take long to grow. */
const MAX_MEMBERS = 100_000;

type MutableStruct = { [name: string]: Value };

/** An array or struct that is being built. */
interface Collection extends Members {
  /** The items of an array, or the params of the call. */
  readonly items: Value[] | undefined;
  /** The members of a struct; created with the first one. */
  struct: MutableStruct | undefined;
  /** The name of the current member. */
  name: string;
}

/** Builds the params of a call from their values, and counts what arrays and structs take. */
export class ParamsBuilder {
  /** The collections around the current one. */
  readonly #outer: Collection[] = [];
  #collection: Collection = newCollection([]);
  /** In bytes, without the scalars in them. */
  #cost = ARRAY_COST + FIRST_ITEM_COST;

  get cost(): number {
    return this.#cost;
  }

  /** The params, at the end. */
  get items(): readonly Value[] {
    return this.#collection.items ?? [];
  }

  /** That of the next member of the struct. */
  set name(name: string) {
    this.#collection.name = name;
  }

  /** @throws {DecodingError} if it is nested too deeply */
  begin(what: 'array' | 'struct'): void {
    this.#outer.push(this.#collection);
    if (this.#outer.length > MAX_DEPTH) throw new DecodingError(`arrays and structs nest deeper than ${MAX_DEPTH}`);
    this.#collection = newCollection(what === 'array' ? [] : undefined);
    this.#cost += what === 'array' ? ARRAY_COST : 0;
  }

  /** @param width as for `give` */
  endArray(width: 1 | 2): void {
    const items = this.#collection.items ?? [];
    if (items.length > 0 && !isRow(items)) this.#cost += FIRST_ITEM_COST;
    this.#endWith(withoutSpace(items), width);
  }

  /** @param width as for `give` */
  endStruct(width: 1 | 2): void {
    this.#endWith(this.#collection.struct ?? EMPTY_STRUCT, width);
  }

  #endWith(value: Value, width: 1 | 2): void {
    this.#collection = this.#outer.pop() ?? this.#collection;
    this.give(value, width);
  }

  /**
   * Adds a value to the current array or struct, or to the params.
   *
   * @param width bytes of a character of names
   * @throws {DecodingError} if a struct has too many members
   */
  give(value: Value, width: 1 | 2): void {
    const collection = this.#collection;
    const { items } = collection;
    if (items !== undefined) {
      items.push(value);
      this.#cost += ITEM_COST;
      return;
    }
    if (collection.struct === undefined) {
      collection.struct = emptyStruct();
      this.#cost += STRUCT_COST;
    }
    collection.struct[collection.name] = value;
    this.#cost += memberCost(collection, collection.name, width);
    if (collection.members > MAX_MEMBERS) throw new DecodingError(`a struct has more than ${MAX_MEMBERS} members`);
  }
}

/** An array grows to 17 places with its first item. Requests with many rows have many arrays of few. */
function withoutSpace(items: Value[]): Value[] {
  return isRow(items) ? items.slice() : items;
}

function isRow({ length }: readonly Value[]): boolean {
  return length > 1 && length < 17;
}

function newCollection(items: Value[] | undefined): Collection {
  return { items, struct: undefined, name: '', members: 0, places: 0 };
}

/** Without a prototype, `__proto__` is an ordinary member. */
function emptyStruct(): MutableStruct {
  return Object.create(null) as MutableStruct;
}

/** Shared, because a body can contain millions of empty structs. */
const EMPTY_STRUCT: Value = Object.freeze(emptyStruct());
