import type { StreamedValue } from '../xmlrpc/streamed-value.js';
import type { DateTime, Double, Struct, Value } from '../xmlrpc/value.js';
import type { EncodedValue } from '../xmlrpc/value-encoding.js';
import type { EncodableResult, UnencodableResult } from './encodable-types.js';
import type { MethodDeclaration, Parameter, SessionMethods } from './method-declaration.js';

/** The types that a method gets for its declared parameters. */
export interface ArgumentTypes {
  any: Value;
  int: number;
  i8: number | bigint;
  double: number;
  boolean: boolean;
  string: string;
  'dateTime.iso8601': DateTime;
  base64: Buffer;
  array: readonly Value[];
  struct: Struct;
}

/**
 * The types that a method may return for a declared result, whose parts are checked by `EncodableResult`. XML-RPC's
 * `dateTime.iso8601` has no zone, so that a Date, which is an instant, is not one: `DateTime.utc` and `DateTime.local`
 * return one.
 */
export interface ResultTypes {
  any: unknown;
  int: number | bigint;
  i8: number | bigint;
  double: number | Double;
  boolean: boolean;
  string: string;
  'dateTime.iso8601': DateTime;
  base64: Uint8Array;
  array: readonly unknown[] | StreamedValue | EncodedValue;
  struct: object;
  // biome-ignore lint/suspicious/noConfusingVoidType: a method without a return statement answers nil
  nil: void | null | undefined;
}

/**
 * The arguments of a method with the parameters `P`. If their types are not known at compile time, every method is
 * accepted.
 */
export type Arguments<P extends readonly Parameter[]> = P extends readonly []
  ? []
  : P extends readonly [infer First extends Parameter, ...infer Rest extends readonly Parameter[]]
    ? First extends { readonly optional: true }
      ? [argument?: ArgumentTypes[First['type']], ...rest: Arguments<Rest>]
      : [argument: ArgumentTypes[First['type']], ...rest: Arguments<Rest>]
    : never[];

/** What a method declared to return `R` may return. */
export type Result<R extends keyof ResultTypes> = ResultTypes[R] | Promise<ResultTypes[R]>;

/** A table of declarations, by the names of the methods. */
export type Declarations<Table> = {
  readonly [Name in keyof Table]: MethodDeclaration & (Table[Name] extends Opening ? OpeningReturnsId : unknown);
};

/** The declaration of a method that opens a session. */
type Opening = { readonly opens: SessionMethods };
type OpeningReturnsId = { readonly returns: 'string' };

/** The methods that a table declares. */
export type Implements<Table> = {
  readonly [Name in keyof Table]: (
    ...args: Table[Name] extends { readonly params: infer P extends readonly Parameter[] } ? Arguments<P> : never[]
  ) => Table[Name] extends { readonly returns: infer R extends keyof ResultTypes } ? Result<R> : unknown;
};

/**
 * What a table of declarations is compared with: a method that is missing, or that differs from its declaration, has a
 * type that no declaration is assignable to, and that says so.
 *
 * @param Members the members of the service
 */
export type Checked<Table, Members> = {
  readonly [Name in keyof Table]: string extends Name
    ? 'declare the table with "as const satisfies SessionMethods"'
    : Name extends keyof Members
      ? CheckedMethod<Implements<Table>[Name], Members[Name]>
      : `the class has no public method "${Name & string}"`;
};

type CheckedMethod<Declared, Actual> = Actual extends Declared
  ? Actual extends (...args: never[]) => infer T
    ? [T] extends [EncodableResult<T>]
      ? unknown
      : UnencodableResult<T>
    : unknown
  : Mismatch<Declared, Actual>;

/** No declaration has this property. */
export interface Mismatch<Declared, Actual> {
  readonly 'the method is not as declared': readonly [Declared, Actual];
}

/** Where the compiler infers the members of a service, which never is one. */
export type Inferred<Members> = { readonly [Name in keyof Members]: Members[Name] } & { readonly [NEVER]: never };
declare const NEVER: unique symbol;

/** A declaration with the types that are checked at compile time. */
export interface TypedDeclaration<P extends readonly Parameter[], R extends keyof ResultTypes>
  extends MethodDeclaration {
  readonly params?: P;
  readonly returns?: R;
  /** Only of a method that returns the id. */
  readonly opens?: R extends 'string' ? SessionMethods : never;
}
