import { EncodingError } from '../xmlrpc/codec-error.js';
import { DateTime, Decimal, Double, isPlain, isScalarObject, MAX_I4, MIN_I4 } from '../xmlrpc/value.js';
import type { ParameterType } from './method-declaration.js';

/**
 * Returns a function that returns what is sent for a result of a declared type, and throws an EncodingError if it is of
 * another one; undefined if there is nothing to check. The parts of a result and the objects that `encodeObject`
 * converts are not declared.
 */
export function declaredResult(type: ParameterType | 'nil' | undefined): ((value: unknown) => unknown) | undefined {
  switch (type) {
    case undefined:
    case 'any':
      return undefined;
    case 'nil':
      return nothing;
    case 'double':
      return double;
    default: {
      const fits = FITTING[type];
      return (value) => (fits(value) || isConverted(value) ? value : refuse(type, value));
    }
  }
}

const FITTING: Readonly<Record<Exclude<ParameterType, 'any' | 'double'>, (value: unknown) => boolean>> = {
  int: (value) => isInteger(value) && value >= MIN_I4 && value <= MAX_I4,
  i8: isInteger,
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string' || value instanceof Decimal,
  'dateTime.iso8601': (value) => value instanceof DateTime,
  base64: (value) => value instanceof Uint8Array,
  array: Array.isArray,
  struct: (value) => typeof value === 'object' && value !== null && isPlain(value),
};

/** For the compiler, a function that returns something is one that returns nothing. */
function nothing(value: unknown): unknown {
  return isConverted(value) ? value : null;
}

/** Of a number, XML-RPC would make an int whenever it is an integer. */
function double(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? new Double(value) : value;
  return value instanceof Double || isConverted(value) ? value : refuse('double', value);
}

function isInteger(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isInteger(value);
}

/** Whether an object is of a class that is not a type of XML-RPC: it is converted, or encoded already. */
function isConverted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Uint8Array || isScalarObject(value) || isPlain(value));
}

function refuse(type: string, value: unknown): never {
  throw new EncodingError(`the method is declared to return ${type}, and has returned ${kindOf(value)}.`, 'result');
}

function kindOf(value: unknown): string {
  if (typeof value === 'number' || value instanceof Double) return `the number ${value}`;
  if (typeof value === 'bigint') return `an integer beyond 32 bits`;
  if (value === null || typeof value !== 'object') return String(value === null ? 'nil' : typeof value);
  if (value instanceof DateTime) return 'dateTime.iso8601';
  if (value instanceof Decimal) return 'a Decimal';
  if (value instanceof Uint8Array) return 'base64';
  return Array.isArray(value) ? 'array' : 'struct';
}
