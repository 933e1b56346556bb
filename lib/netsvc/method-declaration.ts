import { DateTime, Double, listItems, MAX_I4, MIN_I4, type Value } from '../xmlrpc/value.js';
import { FAULTS } from './faults.js';
import { ServiceFailure } from './service-failure.js';

/**
 * An XML-RPC type as a declaration names it; `any` takes every value. An `int` has 32 bits; `i8` takes an int too and
 * is a bigint where a number would round it, and `double` takes both.
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
  /** May be left out, and nil counts as left out. Optional parameters come last. */
  readonly optional?: true;
}

/** What a method tells about itself: it is checked against before the call, and shown by `system.*`. */
export interface MethodDeclaration {
  /** The name on the wire; the function's own by default. */
  readonly name?: string;
  /** Without it the arguments are not checked beyond the count that the function needs. */
  readonly params?: readonly Parameter[];
  readonly returns?: ParameterType | 'nil';
  /** One paragraph. */
  readonly help?: string;
}

/**
 * Checks `values` against the declared parameters and gives the arguments to call with: doubles and ints as numbers
 * where they are declared so, absent or nil optional ones as undefined.
 *
 * @throws {ServiceFailure} 56, in the words of OSE for a wrong count
 */
export function checkArguments(params: readonly Parameter[], values: readonly Value[]): unknown[] {
  const most = params.length;
  let least = most;
  while (least > 0 && params[least - 1]?.optional) least--;
  if (values.length < least || values.length > most) {
    throw incorrect(`Expected ${least === most ? most : `${least}-${most}`} arguments, received ${values.length}.`);
  }
  return values.map((value, index) => checkArgument(params[index], value));
}

/** The same for a method that declares no parameters: only the count that its function cannot do without is known. */
export function checkCount(least: number, values: readonly Value[]): readonly Value[] {
  if (values.length < least) {
    throw incorrect(`Expected ${least} or more arguments, received ${values.length}.`);
  }
  return values;
}

function checkArgument(parameter: Parameter | undefined, value: Value): unknown {
  if (parameter === undefined || parameter.type === 'any') {
    return value === null && parameter?.optional ? undefined : value;
  }
  const { name, type, optional } = parameter;
  if (value === null && optional) return undefined;
  const actual = typeOf(value);
  if (actual === type) return type === 'double' ? Number(value) : value;
  if (actual === 'int' && type === 'i8') return value;
  if ((actual === 'int' || actual === 'i8') && type === 'double') return Number(value);
  const items = type === 'array' ? listItems(value) : undefined;
  if (items !== undefined) return items;
  throw incorrect(`${name}: expected ${type}, received ${actual}.`);
}

/** The XML-RPC type of a decoded value. */
export function typeOf(value: Value): ParameterType | 'nil' {
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
  if (value instanceof DateTime) return 'dateTime.iso8601';
  if (value instanceof Uint8Array) return 'base64';
  return Array.isArray(value) ? 'array' : 'struct';
}

/** Fault 56, for methods that find more to check than a declaration can say. */
export function incorrect(details: string): ServiceFailure {
  return ServiceFailure.of(FAULTS.PARAMETERS_INCORRECT, details);
}
