import type { StreamedValue } from '../xmlrpc/streamed-value.js';
import type { Value } from '../xmlrpc/value.js';
import type { EncodedValue } from '../xmlrpc/value-encoding.js';

/**
 * The result of a method, as far as the compiler knows its type: a part that XML-RPC cannot represent has a type that
 * nothing is assignable to, and that says so. What has the type `unknown`, `object` or `any` is checked when it
 * is sent: a method whose result `encodeObject` converts has one of these types.
 */
export type EncodableResult<T> = T extends Promise<infer Value> ? Promise<Whole<Value>> : Whole<T>;

/** What only a whole result can be: a streamed value, or nothing, which is nil. */
type Whole<T> = T extends StreamedValue | undefined ? T : Encodable<T>;

/** A part of a result. */
export type Encodable<T> = [T] extends [Value | EncodedValue]
  ? T
  : unknown extends T
    ? T
    : T extends Value | EncodedValue
      ? T
      : EncodableParts<T>;

type EncodableParts<T> = T extends readonly unknown[]
  ? { readonly [Index in keyof T]: Encodable<T[Index]> }
  : T extends NotEncodable
    ? `XML-RPC cannot represent ${NameOf<T>}`
    : T extends object
      ? EncodableMembers<T>
      : T;

/** An optional member may be undefined for the compiler: it is missing. */
type EncodableMembers<T> = {
  readonly [Name in keyof T]: object extends Pick<T, Name>
    ? Encodable<Exclude<T[Name], undefined>> | undefined
    : Encodable<T[Name]>;
};

type Callable = (...args: never[]) => unknown;

/** Objects of all other classes with methods are refused for these. */
type NotEncodable =
  | undefined
  | symbol
  | Callable
  | Date
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | Promise<unknown>
  | StreamedValue;

/** What is said of a result that XML-RPC cannot represent: as at run time, with the place. */
export type UnencodableResult<T> = [Misfits<Awaited<T>, 'result', []>] extends [never]
  ? 'result: XML-RPC cannot represent a part of it'
  : Misfits<Awaited<T>, 'result', []>;

/** Types can be recursive: parts below the fifth level are not looked at. */
type Misfits<T, Place extends string, Levels extends readonly unknown[]> = Levels['length'] extends 5
  ? never
  : [T] extends [Encodable<T>]
    ? never
    : T extends Value | EncodedValue
      ? never
      : T extends readonly (infer Item)[]
        ? Misfits<Item, `${Place}[]`, [...Levels, Place]>
        : T extends NotEncodable
          ? `${Place}: XML-RPC cannot represent ${NameOf<T>}`
          : {
              [Name in keyof T & string]-?: Misfits<
                object extends Pick<T, Name> ? Exclude<T[Name], undefined> : T[Name],
                `${Place}.${Name}`,
                [...Levels, Place]
              >;
            }[keyof T & string];

type NameOf<T> = T extends undefined
  ? 'undefined'
  : T extends symbol
    ? 'a symbol'
    : T extends Callable
      ? 'a function'
      : T extends Date
        ? 'a Date'
        : T extends ReadonlyMap<unknown, unknown>
          ? 'a Map'
          : T extends ReadonlySet<unknown>
            ? 'a Set'
            : T extends Promise<unknown>
              ? 'a Promise'
              : 'a StreamedValue in another value';
