import { type BirpcReturn, createBirpc } from 'birpc';
import type { Opener } from '../../netsvc/session-limits.js';
import type { Address } from '../listener-address.js';
import type { Operated } from '../operated.js';
import type { Outcome } from './outcome.js';

/** What the workers ask of the primary process. */
export interface PrimaryMethods {
  ready(addresses: readonly Address[]): void;
  /** @returns why the session is refused; undefined if it is not */
  reserveSession(opener: Opener): string | undefined;
  releaseSession(opener: Opener): void;
  loginFailed(host: string): void;
  /** The number of connections and sessions of the worker. */
  loadChanged(load: number): void;
}

/** `Operated`, whose errors are values: those of another process would lose their types. */
export type OperatedMethods = {
  readonly [Name in keyof Operated]: (
    ...params: Parameters<Operated[Name]>
  ) => Promise<Outcome<Awaited<ReturnType<Operated[Name]>>>>;
};

/** What the primary process asks of a worker. */
export interface WorkerMethods extends OperatedMethods {
  drain(): Promise<void>;
  stop(): Promise<void>;
  /** A login has failed in another worker. */
  addFailure(host: string): void;
  /** The loads of the other workers that are running. */
  setLoads(others: readonly (readonly [worker: number, load: number])[]): void;
}

/** The worker's end of the channel. */
export type PrimaryCalls = BirpcReturn<PrimaryMethods, WorkerMethods>;
/** The primary process's end of the channel. */
export type WorkerCalls = BirpcReturn<WorkerMethods, PrimaryMethods>;

/** One end of a channel between processes. */
interface MessagePort {
  send(message: unknown): void;
  receive(listener: (message: unknown) => void): void;
}

/**
 * Returns the methods of the other process. They reject if it has ended.
 *
 * @param methods those that it may call
 */
export function connectTo<Remote extends object, Local extends object>(
  methods: Local,
  { send, receive }: MessagePort,
): BirpcReturn<Remote, Local> {
  return createBirpc<Remote, Local>(methods, {
    post: send,
    on: receive,
    bind: 'functions',
    // A pause or a drain may take any time. When the process ends, the channel is closed.
    timeout: -1,
  });
}
