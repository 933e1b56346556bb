import { DateTime, Decimal, Double, listItems, MAX_I4, MIN_I4, type Value } from '../xmlrpc/value.js';
import { tooFew, unexpected, wrongCount } from './fault-texts.js';
import type { ServiceFailure } from './service-failure.js';

/**
 * The XML-RPC type of a parameter. `any` accepts every value; an `int` has 32 bits; `i8` also accepts an int, and is a
 * bigint if a number would lose digits; `double` also accepts int, i8 and Apache's decimals.
 */
export type ParameterType =
  | 'any'
  | 'int'
  | 'i8'
  | 'double'
  | 'boolean'
  | 'string'
  | 'dateTime.iso8601'
  | 'base64'
  | 'array'
  | 'struct';

export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  /** The parameter may be omitted or nil. Optional parameters are last. */
  readonly optional?: true;
}

/**
 * The declaration of a method: arguments are checked against it, and the `system.*` methods return it.
 *
 * @example
 * const ADD = {
 *   params: [{ name: 'a', type: 'int' }, { name: 'b', type: 'int', optional: true }],
 *   returns: 'int',
 *   help: 'Returns the sum of a and b (default: 1).',
 * } as const satisfies MethodDeclaration;
 */
export interface MethodDeclaration {
  /** The name for clients; the name of the function by default. */
  readonly name?: string;
  /** If it is missing, only the number of arguments is checked, against the number that the function needs. */
  readonly params?: readonly Parameter[];
  readonly returns?: ParameterType | 'nil';
  /** One paragraph of text. */
  readonly help?: string;
  /**
   * What the method returns that clients iterate over, such as `the rows`. Python's `for row in cursor` calls
   * `__iter__`, and the fault then names the method.
   */
  readonly iterates?: string;
  /** Arguments with which everybody may try the method. The documentation page shows programs that do. */
  readonly example?: readonly ExampleValue[];
  /**
   * The methods of the session that the method opens, whose id it returns: the table that the session exports. The
   * documentation page shows them, with programs that open a session and call those with an `example`.
   */
  readonly opens?: SessionMethods;
}

/** The declarations of the methods of a session, without `close`. */
export interface SessionMethods {
  readonly [name: string]: MethodDeclaration;
}

/** A value that is written in the same way for each language. Strings are in ASCII. */
export type ExampleValue = string | number | boolean | readonly ExampleValue[];

/**
 * Checks `values` against the declared parameters.
 *
 * @returns the arguments for the method: a double or int as a number, a missing or nil optional parameter as undefined
 * @throws {ServiceFailure} 56, with OSE's text for a wrong number of arguments
 */
export function checkArguments(params: readonly Parameter[], values: readonly Value[]): unknown[] {
  const max = params.length;
  let min = max;
  while (min > 0 && params[min - 1]?.optional) min--;
  if (values.length < min || values.length > max) {
    throw wrongCount(min, max, values.length);
  }
  return values.map((value, index) => checkArgument(params[index], value));
}

/** Checks the number of arguments of a method without declared parameters. */
export function checkCount(least: number, values: readonly Value[]): readonly Value[] {
  if (values.length < least) throw tooFew(least, values.length);
  return values;
}

function checkArgument(parameter: Parameter | undefined, value: Value): unknown {
  if (parameter === undefined || parameter.type === 'any') {
    return value === null && parameter?.optional ? undefined : value;
  }
  const { name, type, optional } = parameter;
  if (value === null && optional) return undefined;
  const argument = argumentOf(type, value);
  if (argument === undefined) throw mistyped(name, type, value);
  return argument;
}

/**
 * Returns a value as an argument of a declared type. An array is any list (see `listItems`), and an empty one is a
 * struct too, since PHP has one type for both.
 *
 * @returns undefined if the value is of another type
 */
function argumentOf(type: ParameterType, value: Value): Value | undefined {
  const actual = typeOf(value);
  if (actual === type) return type === 'double' ? Number(value) : value;
  if (type === 'array') return listItems(value);
  if (type === 'struct') return actual === 'array' && listItems(value)?.length === 0 ? {} : undefined;
  if (actual === 'int' && type === 'i8') return value;
  if (type === 'double' && isExactNumber(actual) && Number.isFinite(Number(value))) return Number(value);
  return undefined;
}

/** Returns fault 56 for a value of another type. @param place of the value, such as `calls[0].params` */
export function mistyped(place: string, expected: string, value: Value): ServiceFailure {
  return unexpected(place, expected, typeOf(value));
}

function isExactNumber(type: ReturnType<typeof typeOf>): boolean {
  return type === 'int' || type === 'i8' || type === 'ex:bigdecimal';
}

/** Returns the XML-RPC type of a decoded value. */
export function typeOf(value: Value): ParameterType | 'nil' | 'ex:bigdecimal' {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return value >= MIN_I4 && value <= MAX_I4 ? 'int' : 'i8';
    case 'boolean':
      return 'boolean';
    case 'string':
      return 'string';
  }
  if (value === null) return 'nil';
  if (value instanceof Double) return 'double';
  if (value instanceof Decimal) return 'ex:bigdecimal';
  if (value instanceof DateTime) return 'dateTime.iso8601';
  if (value instanceof Uint8Array) return 'base64';
  return Array.isArray(value) ? 'array' : 'struct';
}
