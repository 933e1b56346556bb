import { EncodingError } from './codec-error.js';
import { StreamedValue } from './streamed-value.js';

/** Refuses an object of a class that XML-RPC does not have, and says what to do instead. */
export function refuseObject(object: object): never {
  throw new EncodingError(`XML-RPC cannot represent ${described(object)}. ${remedy(object)}`);
}

/** Refuses a value that is no object, such as a function. */
export function refuseType(value: unknown): never {
  if (value === undefined) {
    throw new EncodingError('XML-RPC cannot represent undefined. Leave the member out, or return null.');
  }
  throw new EncodingError(`XML-RPC cannot represent a ${typeof value}.`);
}

export function refuseNumber(value: number): never {
  throw new EncodingError(`XML-RPC cannot represent ${value}.`);
}

export function refuseInteger(value: number | bigint): never {
  const text = String(value);
  const shown = text.length > MAX_DIGITS ? `of ${text.length} digits` : text;
  throw new EncodingError(`integer ${shown} is out of range. Return a Decimal, which is sent as a string.`);
}

const MAX_DIGITS = 100;

function described(object: object): string {
  const name = classOf(object);
  if (name === '' || name === 'Object') return 'an object whose prototype is another one';
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}

function remedy(object: object): string {
  if (object instanceof Date) return 'Return a DateTime, as DateTime.utc does, or override encodeObject.';
  if (object instanceof Promise) return 'Await it first.';
  if (object instanceof StreamedValue) return 'It can only be a whole result.';
  return 'Override encodeObject to convert it.';
}

function classOf(object: object): string {
  const owner: unknown = object.constructor;
  return typeof owner === 'function' ? owner.name : '';
}
