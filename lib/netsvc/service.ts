import type { MemoryAccount } from '../memory/memory-account.js';
import { refuseObject } from '../xmlrpc/refused-values.js';
import type { Value } from '../xmlrpc/value.js';
import { DEFAULT_FORM, type ResponseForm } from '../xmlrpc/value-encoding.js';
import type { EncodableResult } from './encodable-types.js';
import type { Endpoint } from './endpoint.js';
import { noSuchMethod } from './fault-texts.js';
import type { MethodDeclaration, Parameter } from './method-declaration.js';
import { type ExportedMethod, type Method, MethodTable } from './method-table.js';
import type {
  Arguments,
  Checked,
  Declarations,
  Implements,
  Inferred,
  Result,
  ResultTypes,
  TypedDeclaration,
} from './method-types.js';
import { ServiceFailure } from './service-failure.js';
import { ServiceRegistry } from './service-registry.js';
import type { RequestUsage, ServiceRequest } from './service-request.js';
import { exportSystemMethods } from './system-methods.js';
import { unknownMethodText } from './unknown-method.js';

/**
 * A named service with methods that clients can call.
 *
 * @example
 * class Adder extends Service {
 *   constructor() {
 *     super('adder');
 *     this.joinGroup('web-services');
 *     this.exportMethod(this.add);
 *   }
 *   add(a: number, b: number) {
 *     return a + b;
 *   }
 * }
 */
export class Service implements Endpoint {
  readonly registry: ServiceRegistry;
  #groups: Set<string> | undefined;
  #methods = SYSTEM_METHODS;
  #timers: Map<string, NodeJS.Timeout> | undefined;
  // A field: AsyncLocalStorage would also work behind an `await`, and costs a quarter of the calls per second.
  #request: ServiceRequest | undefined;
  #withdrawn = false;

  /**
   * Publishes the service.
   *
   * @param serviceName may contain `/`
   */
  constructor(
    readonly serviceName: string,
    registry = ServiceRegistry.default,
  ) {
    this.registry = registry;
    registry.publish(this);
  }

  /**
   * Lets clients call `method`, under its own name unless the declaration has another. The declared parameter and
   * return types are checked against the method at compile time, and the arguments of each call against them at run
   * time (fault 56).
   *
   * Declare the declaration as a constant: services that export the same functions with the same declarations share a
   * method table.
   *
   * @throws {TypeError} if the name is already exported
   * @example
   * this.exportMethod(this.add, {
   *   params: [{ name: 'a', type: 'int' }, { name: 'b', type: 'int' }],
   *   returns: 'int',
   *   help: 'Returns the sum of two integers.',
   * });
   */
  exportMethod<T>(method: (...args: never[]) => T & EncodableResult<T>, name?: string): void;
  exportMethod<const P extends readonly Parameter[], R extends keyof ResultTypes, T extends Result<R>>(
    method: (...args: Arguments<P>) => T & EncodableResult<T>,
    declaration: TypedDeclaration<P, R>,
  ): void;
  exportMethod(method: Method, declaration: string | MethodDeclaration = UNDECLARED): void {
    this.#methods = this.#methods.with(method, typeof declaration === 'string' ? { name: declaration } : declaration);
  }

  /**
   * Lets clients call the methods that a table declares, by name. Each is checked against its declaration as by
   * `exportMethod`.
   *
   * @throws {TypeError} if there is no such method, or the name is already exported
   */
  exportMethods<const Table extends Declarations<Table>, Members>(
    this: Service | Inferred<Members>,
    table: Table & Checked<Table, Members>,
  ): void {
    const service = this as Service & Implements<Table>;
    for (const name in table) {
      const method: unknown = service[name];
      if (method === undefined) throw new TypeError(`${service.constructor.name} has no method "${name}"`);
      service.#methods = service.#methods.with(service[name], table[name]);
    }
  }

  exportedMethods(): string[] {
    return this.#methods.names();
  }

  exportedMethod(name: string): ExportedMethod | undefined {
    return this.#methods.get(name);
  }

  /**
   * Executes a method. Override it to convert errors of all methods in one place. Without `await`, the errors of async
   * methods would pass by. Before the `await`, `currentRequest` is that of the call.
   *
   * @example
   * override async executeMethod(name: string, method: Method, params: readonly unknown[]) {
   *   try {
   *     return await super.executeMethod(name, method, params);
   *   } catch (error) {
   *     if (error instanceof OutOfStock) this.abortResponse(3, 'Out of Stock', 'shop', error.article);
   *     throw error;
   *   }
   * }
   */
  executeMethod(_name: string, method: Method, params: readonly unknown[]): unknown {
    return Reflect.apply(method, this, params);
  }

  /** Called for a method that is not exported. Throws fault 55 by default. */
  invalidMethod(name: string): unknown {
    throw noSuchMethod(unknownMethodText(name, this.#methods));
  }

  /**
   * Ends the method with a fault.
   *
   * @example
   * if (balance < amount) this.abortResponse(1, 'Insufficient Funds', 'bank', `balance ${balance}`);
   */
  abortResponse(error: number, description: string, origin = '', details = ''): never {
    throw new ServiceFailure(error, description, origin, details);
  }

  /**
   * The request that is being answered. A service answers several at once, so it is only available before the first
   * `await` of a method. (A session answers one at a time, so there it is always available.)
   *
   * @throws {Error} if there is none
   */
  get currentRequest(): ServiceRequest {
    if (this.#request === undefined) {
      throw new Error('No request is current: read currentRequest before the first await of an exported method.');
    }
    return this.#request;
  }

  protected set currentRequest(request: ServiceRequest | undefined) {
    this.#request = request;
  }

  /**
   * Returns a value that XML-RPC can represent for an object that it cannot, such as a Map or a Date.
   *
   * @example
   * override encodeObject(object: object) {
   *   return object instanceof Map ? Object.fromEntries(object) : super.encodeObject(object);
   * }
   */
  encodeObject(object: object): unknown {
    return refuseObject(object);
  }

  /** The form of responses. */
  get form(): ResponseForm {
    return DEFAULT_FORM;
  }

  joinGroup(group: string): void {
    this.#groups ??= new Set();
    this.#groups.add(group);
    this.registry.join(this, group);
  }

  leaveGroup(group: string): void {
    this.#groups?.delete(group);
    this.registry.leave(this, group);
  }

  isMember(group: string): boolean {
    return this.#groups?.has(group) ?? false;
  }

  /**
   * Calls `callback` once, after `seconds`. A timer replaces one with the same name.
   *
   * @returns the name, which is generated if none is given
   */
  startTimer(callback: (name: string) => void, seconds: number, name = `timer-${++timersStarted}`): string {
    this.cancelTimer(name);
    this.#timers ??= new Map();
    const timer = setTimeout(() => {
      this.#timers?.delete(name);
      callback(name);
    }, seconds * 1000);
    this.#timers.set(name, timer);
    return name;
  }

  cancelTimer(name: string): void {
    clearTimeout(this.#timers?.get(name));
    this.#timers?.delete(name);
  }

  /**
   * Withdraws the service and releases its resources. Override it to release resources of your own, and end with `await
   * super.destroyReferences()`.
   */
  destroyReferences(): void | Promise<void> {
    this.withdraw();
  }

  /** Withdraws the service from the registry and cancels its timers. */
  protected withdraw(): void {
    if (this.#withdrawn) return;
    this.#withdrawn = true;
    for (const group of this.#groups ?? []) this.registry.leave(this, group);
    this.registry.withdraw(this);
    for (const timer of this.#timers?.values() ?? []) clearTimeout(timer);
    this.#timers = undefined;
  }

  get withdrawn(): boolean {
    return this.#withdrawn;
  }

  /** The name for log lines. */
  get logName(): string {
    return this.serviceName;
  }

  get publicName(): string {
    return this.serviceName;
  }

  /** Whether it is a `Session`: one that a client has opened, and that ends. */
  get isSession(): boolean {
    return false;
  }

  /** Whether a request of `user` may be given to this service now. */
  admits(_user: string): boolean {
    return !this.#withdrawn;
  }

  /** The account for what a request of a client makes the process hold. */
  accountOf({ user, remoteAddress }: ServiceRequest): MemoryAccount {
    return this.registry.memory.userAccount(user || remoteAddress);
  }

  /** Why `admits` does not accept `user`, if the user may know. */
  ending(_user: string): string | undefined {
    return undefined;
  }

  /** A request has arrived that `admits` accepted. `release` follows when its response has been sent. */
  hold(): void {}

  release(_usage?: RequestUsage): void {}

  /** Answers a request. */
  perform(name: string, params: readonly Value[], request: ServiceRequest): unknown {
    return this.call(name, params, request);
  }

  /** Finds a method, checks the arguments and executes it, as a part of a request. */
  call(name: string, params: readonly Value[], request: ServiceRequest): unknown {
    const before = this.#request;
    this.#request = request;
    try {
      const exported = this.#methods.get(name);
      if (exported === undefined) return this.invalidMethod(name);
      return this.executeMethod(name, exported.method, exported.check(params));
    } finally {
      this.#request = before;
    }
  }
}

const UNDECLARED: MethodDeclaration = {};
const SYSTEM_METHODS = exportSystemMethods(MethodTable.empty);
let timersStarted = 0;
