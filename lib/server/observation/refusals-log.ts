import type { SessionState } from '../../netsvc/endpoint.js';
import type { Log } from '../../netsvc/log.js';
import { type Holder, type Refusal, topUser } from '../../netsvc/refusal.js';
import type { ServiceRegistry } from '../../netsvc/service-registry.js';

/** Seconds without a refusal after which refusals have ended. */
const QUIET = 10;

/**
 * The maximum number of users and addresses that are told apart for one resource at a time. Those beyond it are one
 * state together: strangers choose their names, and must not fill the log or keep other resources out of it.
 */
const MAX_TOLD_APART = 20;

/** The maximum length of a name in the log: a login can be as long as a request allows. */
const MAX_NAME = 64;

/** Refusals for want of one resource that are in progress. */
interface RefusalState {
  /** What is counted, if a user or an address is told apart. */
  readonly apart: string | undefined;
  readonly fields: object;
  /** Milliseconds of the monotonic clock. */
  readonly began: number;
  /** Ends them. Each refusal restarts it. */
  readonly timer: NodeJS.Timeout;
  count: number;
}

export interface RefusalsLogOptions {
  /** Returns who holds the most, if the place that refuses does not know. */
  readonly holderOf?: (refusal: Refusal) => Holder | undefined;
  /** Seconds without a refusal after which refusals have ended; 10 by default. */
  readonly quiet?: number;
}

/** Writes one log line when refusals for want of a resource begin, with who holds the most, and one when they end. */
export class RefusalsLog {
  readonly #log: Log;
  readonly #holderOf: (refusal: Refusal) => Holder | undefined;
  readonly #quiet: number;
  readonly #states = new Map<string, RefusalState>();
  /** The numbers of those of users and addresses, by resource. */
  readonly #toldApart = new Map<string, number>();

  constructor(log: Log, { holderOf = () => undefined, quiet = QUIET }: RefusalsLogOptions = {}) {
    this.#log = log;
    this.#holderOf = holderOf;
    this.#quiet = quiet * 1000;
  }

  /** A request was refused. Never throws. */
  readonly note = (refusal: Refusal): void => {
    const { user = '', host = '' } = refusal;
    const shared = keyOf(refusal);
    const key = `${shared}\n${host}\n${user}`;
    const state = this.#states.get(key);
    if (state !== undefined) {
      state.count++;
      state.timer.refresh();
    } else if (user + host === '') {
      this.#begin(key, refusal);
    } else if ((this.#toldApart.get(shared) ?? 0) < MAX_TOLD_APART) {
      this.#begin(key, refusal, shared);
    } else {
      this.note({ ...refusal, user: undefined, host: undefined });
    }
  };

  #begin(key: string, refusal: Refusal, apart?: string): void {
    const { resource, database, user, host } = refusal;
    if (apart !== undefined) this.#countApart(apart, 1);
    const fields = {
      resource,
      ...(database !== undefined && { database }),
      ...(user !== undefined && { user: user.slice(0, MAX_NAME) }),
      ...(host !== undefined && { client_address: host }),
    };
    const timer = setTimeout(() => this.#end(key), this.#quiet);
    // It is no reason for the process to go on.
    timer.unref();
    this.#states.set(key, { apart, fields, began: performance.now(), timer, count: 1 });
    const holder = refusal.holder?.() ?? this.#holderOf(refusal);
    this.#log.warn({ ...fields, ...(holder && holderFields(holder)) }, 'requests are refused');
  }

  #end(key: string): void {
    const state = this.#states.get(key);
    if (state === undefined) return;
    this.#states.delete(key);
    const { apart, fields, began, count } = state;
    if (apart !== undefined) this.#countApart(apart, -1);
    const seconds = Math.round((performance.now() - began) / 1000);
    this.#log.info({ ...fields, refused: count, duration_s: seconds }, 'requests are no longer refused');
  }

  #countApart(resource: string, by: number): void {
    const count = (this.#toldApart.get(resource) ?? 0) + by;
    if (count > 0) this.#toldApart.set(resource, count);
    else this.#toldApart.delete(resource);
  }
}

/** The same for all users and addresses. */
function keyOf({ resource, database = '' }: Refusal): string {
  return `${resource}\n${database}`;
}

function holderFields({ user, host, held, database }: Holder): object {
  return {
    ...(user !== undefined && { holder: user.slice(0, MAX_NAME) }),
    ...(host !== undefined && { holder_address: host }),
    held,
    ...(database !== undefined && { holder_database: database }),
  };
}

/** Returns the user whose sessions hold the most of what was refused. It asks all sessions. */
export function topHolder({ sessions }: ServiceRegistry, { resource, database }: Refusal): Holder | undefined {
  switch (resource) {
    case 'mysql_connections':
      return top(sessions, ({ holds }) => (holds?.pool === database ? 1 : 0));
    case 'disk':
    case 'files':
      return top(sessions, ({ inFiles = 0 }) => inFiles);
    default:
      return undefined;
  }
}

function top(sessions: ServiceRegistry['sessions'], heldIn: (state: SessionState) => number): Holder | undefined {
  const counts = new Map<string, number>();
  for (const session of sessions) {
    const held = heldIn(session.describe());
    if (held > 0) counts.set(session.opener.user, (counts.get(session.opener.user) ?? 0) + held);
  }
  return topUser(counts);
}
