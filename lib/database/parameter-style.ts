import { isStruct, listItems, type Struct, type Value } from '../xmlrpc/value.js';
import { ProgrammingError } from './mysql-error.js';

/** Writes a value as it stands in a statement. */
export type Literal = (value: Value) => string;

/** A conversion of Python's `%` operator: a key in parentheses, where there is one, and a character. */
const CONVERSION = /%(?:\(([^)]*)\))?(.?)/gsu;

/**
 * Puts arguments into a query as MySQLdb does, in PEP 249's styles `format` (`%s`) and `pyformat` (`%(name)s`), with `%%`
 * for a percent sign. Without arguments a query is left as it is, `%` and all.
 *
 * @param args an array for `%s`, a struct for `%(name)s`; any other value is the only one of an array
 * @throws {ProgrammingError} in Python's words, when placeholders and arguments do not match
 */
export function bindParameters(query: string, args: Value | undefined, literal: Literal): string {
  if (args === undefined || args === null) return query;
  const named = isStruct(args) ? args : undefined;
  const positional = listItems(args) ?? (named ? undefined : [args]);
  let next = 0;
  const bound = query.replace(CONVERSION, (conversion, key: string | undefined, type: string, at: number) => {
    if (type === '%') return '%';
    if (type === '(' && key === undefined) throw new ProgrammingError('incomplete format key');
    if (type !== 's') throw badConversion(type, at + conversion.length - type.length);
    if (key !== undefined) return literal(member(named, key));
    if (positional === undefined) throw new ProgrammingError('format requires a sequence for %s, not a mapping');
    const value = positional[next++];
    if (value === undefined) throw new ProgrammingError('not enough arguments for format string');
    return literal(value);
  });
  if (positional && next < positional.length && (named === undefined || next > 0)) {
    throw new ProgrammingError('not all arguments converted during string formatting');
  }
  return bound;
}

function member(struct: Struct | undefined, key: string): Value {
  if (struct === undefined) throw new ProgrammingError('format requires a mapping');
  const value = Object.hasOwn(struct, key) ? struct[key] : undefined;
  if (value === undefined) throw new ProgrammingError(`the arguments have no member '${key}'`);
  return value;
}

function badConversion(type: string, index: number): ProgrammingError {
  if (type === '') return new ProgrammingError('incomplete format');
  const code = (type.codePointAt(0) ?? 0).toString(16);
  return new ProgrammingError(`unsupported format character '${type}' (0x${code}) at index ${index}`);
}
