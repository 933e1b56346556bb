import { ServiceFailure } from '../../netsvc/service-failure.js';
import { STEP, stepEnd } from '../../turns/text-steps.js';
import { isStruct, listItems, type Struct, type Value } from '../../xmlrpc/value.js';
import {
  inArgument,
  incompleteFormat,
  incompleteKey,
  needsMapping,
  needsSequence,
  noSuchArgument,
  tooFewArguments,
  tooManyArguments,
  unsupportedFormat,
} from '../errors/fault-texts.js';
import type { SqlWriter } from './sql-writer.js';

/** What the type character of a placeholder, or an error, makes of it. */
type Placeholder = { readonly key: string | undefined } | { readonly error: () => Error };

/** A part of a query: text, and the placeholder behind it, if there is one. */
interface Part {
  readonly text: string;
  readonly place: Placeholder | undefined;
}

/** The characters of a name in a fault. */
const MAX_SHOWN = 100;

/**
 * A query with placeholders in PEP 249's paramstyles `format` (`%s`) and `pyformat` (`%(name)s`), and `%%` for a
 * percent sign, as MySQLdb parses it. It is read part by part, as far as there are arguments: a query can have millions
 * of placeholders.
 */
export class QueryFormat {
  readonly #query: string;
  /** Where the next part begins. */
  #at = 0;
  /** The parts of a short query, which is bound again and again. */
  readonly #parts: Part[] = [];

  constructor(query: string) {
    this.#query = query;
  }

  /** The query is read again for each row of arguments. */
  get isLong(): boolean {
    return this.#query.length > STEP;
  }

  /** Returns the part with a number. Those of a long query can be read once, in order. Undefined at the end. */
  part(index: number): Part | undefined {
    const known = this.#parts[index];
    if (known !== undefined || this.#at >= this.#query.length) return known;
    const part = this.#read();
    if (!this.isLong) this.#parts.push(part);
    return part;
  }

  #read(): Part {
    const query = this.#query;
    const start = this.#at;
    const percent = this.#find('%', start);
    if (percent < 0) {
      this.#at = stepEnd(query, start);
      return { text: query.slice(start, this.#at), place: undefined };
    }
    const text = query.slice(start, percent);
    let from = percent + 1;
    let key: string | undefined;
    const close = query[from] === '(' ? this.#find(')', from) : -1;
    if (close >= 0) {
      key = query.slice(from + 1, close);
      from = close + 1;
    }
    const code = query.codePointAt(from);
    const type = code === undefined ? '' : String.fromCodePoint(code);
    this.#at = from + type.length;
    if (type === '%') return { text: `${text}%`, place: undefined };
    return { text, place: placeholder(key, type, from) };
  }

  /** Searches one step of the query. No member has a longer name. */
  #find(mark: string, from: number): number {
    if (!this.isLong) return this.#query.indexOf(mark, from);
    const found = this.#query.slice(from, from + STEP).indexOf(mark);
    return found < 0 ? found : from + found;
  }
}

/** The items of a list that is being written. */
interface OpenList {
  readonly items: readonly Value[];
  next: number;
}

/** Where the arguments of a statement are in those of the call, for faults. */
export interface ArgumentsPlace {
  /** The row of `executemany`. */
  readonly row?: number;
  /** The index of the first one. */
  readonly first?: number;
}

/** Puts arguments in place of the placeholders of a query, step by step. */
export class Binding {
  readonly #out: SqlWriter;
  readonly #format: QueryFormat;
  readonly #named: Struct | undefined;
  readonly #positional: readonly Value[] | undefined;
  readonly #place: ArgumentsPlace | undefined;
  /** The name of the current argument. */
  #key: string | undefined;
  #part = 0;
  #next = 0;
  #lists: OpenList[] | undefined;

  /** @param args an array for `%s`, a struct for `%(name)s`; any other value stands for an array of one */
  constructor(out: SqlWriter, format: QueryFormat, args: Value, place?: ArgumentsPlace) {
    this.#out = out;
    this.#place = place;
    this.#format = format;
    this.#named = isStruct(args) ? args : undefined;
    this.#positional = listItems(args) ?? (this.#named ? undefined : [args]);
  }

  /** The characters of the statement so far. */
  get written(): number {
    return this.#out.length;
  }

  /**
   * Adds the next part of the query, or the next item of a list.
   *
   * @returns false at the end
   * @throws {ProgrammingError} with Python's message, if placeholders and arguments do not match
   * @throws {MysqlError} 1153 if the result is too long: a struct's member can be in a query thousands of times
   */
  step(): boolean {
    const list = this.#lists?.at(-1);
    if (list !== undefined) {
      this.#addItem(list);
      return true;
    }
    const part = this.#format.part(this.#part++);
    if (part === undefined) {
      this.#checkRest();
      return false;
    }
    this.#out.add(part.text);
    if (part.place !== undefined) this.#addValue(this.#valueFor(part.place));
    return true;
  }

  #valueFor(place: Placeholder): Value {
    if ('error' in place) throw place.error();
    this.#key = place.key;
    if (place.key !== undefined) return member(this.#named, place.key);
    if (this.#positional === undefined) throw needsSequence();
    const value = this.#positional[this.#next++];
    if (value === undefined) throw tooFewArguments();
    return value;
  }

  #addValue(value: Value): void {
    const items = typeof value === 'object' && value !== null ? listItems(value) : undefined;
    if (items === undefined) {
      this.#addLiteral(value);
      return;
    }
    this.#out.add('(');
    this.#lists ??= [];
    this.#lists.push({ items, next: 0 });
  }

  /** @throws {ServiceFailure} 56, with the place of the value, if SQL has no literal for it */
  #addLiteral(value: Value): void {
    try {
      this.#out.addLiteral(value);
    } catch (error) {
      throw error instanceof ServiceFailure ? inArgument(this.#path, error.details) : error;
    }
  }

  /** The place of the current value, such as `args[0]`, or `args[2].name[1]` for an item of a list in a row. */
  get #path(): string {
    const { row, first = 0 } = this.#place ?? {};
    const args = row === undefined ? 'args' : `args[${row}]`;
    const argument = this.#key === undefined ? `${args}[${first + this.#next - 1}]` : `${args}.${shown(this.#key)}`;
    return argument + (this.#lists ?? []).map(({ next }) => `[${next - 1}]`).join('');
  }

  #addItem(list: OpenList): void {
    const item = list.items[list.next++];
    if (item === undefined) {
      this.#lists?.pop();
      this.#out.add(')');
      return;
    }
    if (list.next > 1) this.#out.add(', ');
    this.#addValue(item);
  }

  /** A list may be left over only beside named placeholders. */
  #checkRest(): void {
    const { length } = this.#positional ?? [];
    if (this.#next < length && (this.#named === undefined || this.#next > 0)) {
      throw tooManyArguments();
    }
  }
}

function member(struct: Struct | undefined, key: string): Value {
  if (struct === undefined) throw needsMapping();
  const value = Object.hasOwn(struct, key) ? struct[key] : undefined;
  if (value === undefined) throw noSuchArgument(shown(key));
  return value;
}

function shown(key: string): string {
  return key.length > MAX_SHOWN ? `${key.slice(0, MAX_SHOWN)}...` : key;
}

/** @param index of the type character, in UTF-16 code units */
function placeholder(key: string | undefined, type: string, index: number): Placeholder {
  if (type === 's') return { key };
  if (type === '') return { error: incompleteFormat };
  if (type === '(' && key === undefined) return { error: incompleteKey };
  const code = (type.codePointAt(0) ?? 0).toString(16);
  return { error: () => unsupportedFormat(type, code, index) };
}
