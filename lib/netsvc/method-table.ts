import type { Value } from '../xmlrpc/value.js';
import { declaredResult } from './declared-result.js';
import { checkArguments, checkCount, type MethodDeclaration, type Parameter } from './method-declaration.js';

/** A function that clients can call. `this` is the service. It can be async. */
// biome-ignore lint/suspicious/noConfusingVoidType: a method that returns nothing answers nil
export type Method = (...params: never[]) => unknown | void;

/** An exported method with its declaration and the check of its arguments. */
export interface ExportedMethod {
  readonly name: string;
  readonly method: Method;
  readonly declaration: MethodDeclaration;
  /** @throws {ServiceFailure} 56 */
  check(values: readonly Value[]): readonly unknown[];
  /** Returns what is sent for a result. Undefined if the declaration promises nothing of it. @throws {EncodingError} */
  readonly sent: ((value: unknown) => unknown) | undefined;
}

/**
 * The methods of a service, by name. A table is immutable: adding a method returns another one.
 *
 * Tables are shared, because a process may have tens of thousands of sessions whose constructors export the same
 * methods. Each table caches the tables derived from it by function and declaration, so that services with the same
 * methods have one table. The cache refers to the functions weakly: closures of a single service are garbage-collected
 * with it.
 */
export class MethodTable {
  static readonly empty = new MethodTable(new Map());

  readonly #methods: ReadonlyMap<string, ExportedMethod>;
  readonly #derived = new WeakMap<Method, { declaration: MethodDeclaration; table: MethodTable }>();

  private constructor(methods: ReadonlyMap<string, ExportedMethod>) {
    this.#methods = methods;
  }

  get(name: string): ExportedMethod | undefined {
    return this.#methods.get(name);
  }

  has(name: string): boolean {
    return this.#methods.has(name);
  }

  /** The method that returns what a client iterates over. */
  get iterable(): ExportedMethod | undefined {
    return [...this.#methods.values()].find(({ declaration }) => declaration.iterates !== undefined);
  }

  names(): string[] {
    return [...this.#methods.keys()].sort();
  }

  /** @throws {TypeError} if the declaration is invalid, or the name already exported */
  with(method: Method, declaration: MethodDeclaration): MethodTable {
    const derived = this.#derived.get(method);
    if (derived?.declaration === declaration) return derived.table;
    if (typeof method !== 'function') throw new TypeError(`an exported method must be a function, and is ${method}`);
    const name = declaration.name ?? method.name;
    if (name === '') throw new TypeError('an exported method needs a name');
    // Requests may have white space around the name.
    if (/^[ \t\r\n]|[ \t\r\n]$/.test(name)) throw new TypeError(`"${name}" begins or ends with white space`);
    if (this.#methods.has(name)) throw new TypeError(`"${name}" is already exported`);
    if (declaration.opens !== undefined && declaration.returns !== 'string') {
      throw new TypeError(`"${name}" opens a session, but is not declared to return its id, a string`);
    }
    checkOrder(name, declaration.params ?? []);
    const table = new MethodTable(new Map(this.#methods).set(name, exported(name, method, declaration)));
    this.#derived.set(method, { declaration, table });
    return table;
  }
}

/** @throws {TypeError} if an optional parameter is not at the end, as arguments have no names */
function checkOrder(name: string, params: readonly Parameter[]): void {
  const late = params.find(({ optional }, index) => !optional && params[index - 1]?.optional);
  if (late) throw new TypeError(`"${name}" has the required parameter "${late.name}" behind an optional one`);
}

function exported(name: string, method: Method, declaration: MethodDeclaration): ExportedMethod {
  const { params } = declaration;
  return {
    name,
    method,
    declaration,
    check: params ? (values) => checkArguments(params, values) : (values) => checkCount(method.length, values),
    sent: declaredResult(declaration.returns),
  };
}
