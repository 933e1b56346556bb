import type { MemoryAccount } from '../memory/memory-account.js';
import type { Value } from '../xmlrpc/value.js';
import type { ResponseForm, ValueEncoding } from '../xmlrpc/value-encoding.js';
import type { Log } from './log.js';
import type { ExportedMethod } from './method-table.js';
import type { Observer, SessionEndReason, SessionUsage } from './observer.js';
import type { ServiceFailure } from './service-failure.js';
import type { RequestUsage, ServiceRequest } from './service-request.js';
import type { Opener } from './session-limits.js';

/** What a registry, a gateway and the `system.*` methods use of a `Service`. */
export interface Endpoint extends ValueEncoding {
  readonly serviceName: string;
  /** The name for log lines, which does not contain the id of a session. */
  readonly logName: string;
  /** The name for metrics: that of the service, or of the one that opened the session. */
  readonly publicName: string;
  readonly isSession: boolean;
  readonly registry: { readonly log: Log; readonly observer: Observer };
  readonly withdrawn: boolean;
  readonly currentRequest: ServiceRequest;
  readonly form: ResponseForm;

  isMember(group: string): boolean;

  /** The names of the exported methods, sorted. */
  exportedMethods(): string[];
  exportedMethod(name: string): ExportedMethod | undefined;

  /** Whether a request of `user` may be given to this service now. */
  admits(user: string): boolean;
  /** Why `admits` does not accept `user`, if the user may know; undefined otherwise. */
  ending(user: string): string | undefined;
  /** Returns the account for the memory that a request takes. */
  accountOf(request: ServiceRequest): MemoryAccount;
  /** A request has arrived that `admits` accepted. `release` follows when its response has been sent. */
  hold(): void;
  /** @param usage of the request, if it was one of this service itself */
  release(usage?: RequestUsage): void;

  /** Answers a request: returns the result or a promise of it, or throws. */
  perform(methodName: string, params: readonly Value[], request: ServiceRequest): unknown;
  /** Calls a method as a part of a request. */
  call(methodName: string, params: readonly Value[], request: ServiceRequest): unknown;
}

/** What a session has been doing. Times are in seconds. */
export interface SessionActivity extends SessionUsage {
  /** Since the last response; 0 while a request is being answered. */
  readonly idle: number;
  /** A request is being answered. */
  readonly running: boolean;
}

/** What a session holds and does, as operators see it. */
export interface SessionState {
  /** What it is running, such as a statement. It is shown only to operators who have logged in. */
  readonly running?: string;
  /** Since when it has been running it, in milliseconds of `performance.now`. */
  readonly runningSince?: number | undefined;
  /** The beginning of what it ran last, if nothing is running: shown as `running` is. */
  readonly last?: string;
  /** Since when it has had a transaction open, in milliseconds of `performance.now`. */
  readonly transactionSince?: number;
  /** Why it cannot give up what it holds; undefined if it can. */
  readonly pinReason?: string;
  /** What it holds of a pool: the name of the pool, and the number there, such as that of a connection. */
  readonly holds?: { readonly pool: string; readonly id: number };
  /** The number of rows, or other parts of results, that the client has not fetched. */
  readonly unread?: number;
  /** Bytes of them in spill files. */
  readonly inFiles?: number;
}

/** What a registry and a sweeper use of a `Session`. */
export interface OpenSession extends Endpoint {
  readonly parent: Endpoint;
  readonly opener: Opener;
  readonly end: SessionEndReason;
  readonly activity: SessionActivity;

  /** What the session holds and does. */
  describe(): SessionState;
  /** Stops what it is running, if it can. @returns whether something was running */
  cancel(reason: ServiceFailure): boolean;
  /** Closes the session if it is past its deadline. @returns the closing, or undefined if the session stays open */
  expire(): Promise<number> | undefined;
  close(): Promise<number>;
  /** Closes the session in place of its client, who is told so. */
  closeFor(end: SessionEndReason): Promise<number>;
}
