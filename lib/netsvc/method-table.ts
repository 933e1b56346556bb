import type { Value } from '../xmlrpc/value.js';
import { checkArguments, checkCount, type MethodDeclaration } from './method-declaration.js';

/** A function behind a name on the wire, called with the service as `this`. It may be async. */
// biome-ignore lint/suspicious/noConfusingVoidType: a method that returns nothing answers nil
export type Method = (...params: never[]) => unknown | void;

/** An exported method: its function, its declaration and the check that stands before it. */
export interface ExportedMethod {
  readonly method: Method;
  readonly declaration: MethodDeclaration;
  /** @throws {ServiceFailure} 56 */
  check(values: readonly Value[]): readonly unknown[];
}

/**
 * The methods of a service, by name. Tables do not change: adding a method gives another table.
 *
 * A process may hold tens of thousands of sessions, whose constructors all export the same methods. So a table
 * remembers the tables made from it, and services that exported the same functions with the same declarations share
 * one. What is remembered hangs on the function, weakly: a service that exports closures of its own leaves nothing
 * behind.
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

  names(): string[] {
    return [...this.#methods.keys()].sort();
  }

  /** @throws {TypeError} if the name is empty or taken */
  with(method: Method, declaration: MethodDeclaration): MethodTable {
    const derived = this.#derived.get(method);
    if (derived?.declaration === declaration) return derived.table;
    const name = declaration.name ?? method.name;
    if (name === '') throw new TypeError('an exported method needs a name');
    if (this.#methods.has(name)) throw new TypeError(`"${name}" is already exported`);
    const table = new MethodTable(new Map(this.#methods).set(name, exported(method, declaration)));
    this.#derived.set(method, { declaration, table });
    return table;
  }
}

function exported(method: Method, declaration: MethodDeclaration): ExportedMethod {
  const { params } = declaration;
  return {
    method,
    declaration,
    check: params ? (values) => checkArguments(params, values) : (values) => checkCount(method.length, values),
  };
}
