import { isStruct, listItems, type Struct, type Value } from '../../xmlrpc/value.js';
import { ProgrammingError, packetTooLarge } from '../connections/mysql-error.js';

/** Writes a value as an SQL literal. */
export type Literal = (value: Value) => string;

/** A placeholder, or the error that it raises. */
type Placeholder = { readonly key: string | undefined } | { readonly error: string };

/**
 * A query with placeholders in PEP 249's paramstyles `format` (`%s`) and `pyformat` (`%(name)s`), and `%%` for a
 * percent sign, as MySQLdb parses it.
 */
export class QueryFormat {
  /** The text around the placeholders: one element more than there are placeholders. */
  readonly #texts: string[] = [''];
  readonly #placeholders: Placeholder[] = [];

  constructor(query: string) {
    // Nothing is searched twice: a key ends where the search goes on, and behind the last parenthesis there is none.
    const lastClose = query.lastIndexOf(')');
    let from = 0;
    for (let at = query.indexOf('%'); at >= 0; at = query.indexOf('%', from)) {
      this.#add(query.slice(from, at));
      from = at + 1;
      let key: string | undefined;
      if (query[from] === '(' && from < lastClose) {
        const close = query.indexOf(')', from);
        key = query.slice(from + 1, close);
        from = close + 1;
      }
      const code = query.codePointAt(from);
      const type = code === undefined ? '' : String.fromCodePoint(code);
      if (type === '%') {
        this.#add('%');
      } else {
        this.#placeholders.push(placeholder(key, type, from));
        this.#texts.push('');
      }
      from += type.length;
    }
    this.#add(query.slice(from));
  }

  /**
   * Puts arguments in place of the placeholders.
   *
   * @param args an array for `%s`, a struct for `%(name)s`; any other value stands for an array of one
   * @param maxLength the maximum length of the result: a struct's member can be in a query thousands of times
   * @throws {ProgrammingError} with Python's message, if placeholders and arguments do not match
   * @throws {MysqlError} 1153 if the result is too long
   */
  bind(args: Value, literal: Literal, maxLength = Number.POSITIVE_INFINITY): string {
    const named = isStruct(args) ? args : undefined;
    const positional = listItems(args) ?? (named ? undefined : [args]);
    let bound = this.#texts[0] ?? '';
    let next = 0;
    for (const [i, place] of this.#placeholders.entries()) {
      if ('error' in place) throw new ProgrammingError(place.error);
      if (place.key !== undefined) {
        bound += literal(member(named, place.key));
      } else {
        if (positional === undefined) throw new ProgrammingError('format requires a sequence for %s, not a mapping');
        const value = positional[next++];
        if (value === undefined) throw new ProgrammingError('not enough arguments for format string');
        bound += literal(value);
      }
      bound += this.#texts[i + 1] ?? '';
      if (bound.length > maxLength) throw packetTooLarge();
    }
    if (positional && next < positional.length && (named === undefined || next > 0)) {
      throw new ProgrammingError('not all arguments converted during string formatting');
    }
    return bound;
  }

  #add(text: string): void {
    this.#texts[this.#texts.length - 1] += text;
  }
}

/**
 * Puts arguments into a query. Without arguments, the query is not changed: `%` is an ordinary character, as in
 * MySQLdb.
 */
export function bindParameters(query: string, args: Value | undefined, literal: Literal, maxLength?: number): string {
  return args === undefined || args === null ? query : new QueryFormat(query).bind(args, literal, maxLength);
}

function member(struct: Struct | undefined, key: string): Value {
  if (struct === undefined) throw new ProgrammingError('format requires a mapping');
  const value = Object.hasOwn(struct, key) ? struct[key] : undefined;
  if (value === undefined) throw new ProgrammingError(`the arguments have no member '${key}'`);
  return value;
}

/** @param index of the type character, in UTF-16 code units */
function placeholder(key: string | undefined, type: string, index: number): Placeholder {
  if (type === 's') return { key };
  if (type === '') return { error: 'incomplete format' };
  if (type === '(' && key === undefined) return { error: 'incomplete format key' };
  const code = (type.codePointAt(0) ?? 0).toString(16);
  return { error: `unsupported format character '${type}' (0x${code}) at index ${index}` };
}
