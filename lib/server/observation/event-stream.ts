import type { DatabaseObserver } from '../../database/pool/database-observer.js';
import type { Observer } from '../../netsvc/observer.js';
import type { OperatorAct } from './operator-act.js';

/** What all layers of a server report. */
export interface ServerObserver extends Observer, DatabaseObserver {
  /** An operator has done something, or tried to. */
  operatorActed?(act: OperatorAct): void;
  /** Files were read again, and applied or not. */
  reloaded?(reload: Reload): void;
}

export interface Reload {
  /** `configuration` is everything; else the name of a file that has changed, such as `users`. */
  readonly what: string;
  /** The settings that have changed. */
  readonly keys?: readonly string[];
  /** Why nothing is reloaded; undefined if it is. */
  readonly problems?: readonly string[];
}

/** A handler of any event. */
type Handler = (...event: unknown[]) => void;

/**
 * Passes the events of all layers to those that consume them, such as the log and the metrics. The layers get
 * `observer` when they are made; consumers can come, change and go at any time. An event that nobody consumes has no
 * handler, so that nothing is measured for it.
 */
export class EventStream {
  readonly observer: ServerObserver = {};
  readonly #consumers = new Map<string, ServerObserver>();

  /** Adds a consumer, in place of the one that has the name. Consumers get each event in the order of their first. */
  set(name: string, consumer: ServerObserver): void {
    this.#consumers.set(name, consumer);
    const handlers = new Map<string, Handler[]>();
    for (const each of this.#consumers.values()) {
      for (const [event, handler] of Object.entries(each)) {
        if (typeof handler === 'function') handlers.set(event, [...(handlers.get(event) ?? []), handler as Handler]);
      }
    }
    const missing = Object.keys(this.observer).filter((event) => !handlers.has(event));
    Object.assign(this.observer, Object.fromEntries(missing.map((event) => [event, undefined])));
    Object.assign(this.observer, Object.fromEntries([...handlers].map(([event, all]) => [event, together(all)])));
  }
}

/** The maximum number of arguments of a handler. */
type Arguments = [unknown?, unknown?, unknown?];

/** Returns a handler that calls all. One handler costs nothing more than its call, and others little. */
function together([first, ...others]: readonly Handler[]): Handler | undefined {
  const rest = others.length === 0 ? undefined : together(others);
  if (first === undefined || rest === undefined) return first;
  return (...[a, b, c]: Arguments) => {
    first(a, b, c);
    rest(a, b, c);
  };
}
