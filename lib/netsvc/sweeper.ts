import { type ScheduledTask, schedule } from 'node-cron';
import type { Deadlines } from './deadlines.js';
import type { OpenSession } from './endpoint.js';
import type { Log } from './log.js';

/** What a sweeper uses of a `ServiceRegistry`. */
export interface SweptRegistry {
  readonly deadlines: Deadlines<OpenSession>;
  readonly sessions: ReadonlySet<OpenSession>;
  readonly log: Log;
  clock(): number;
}

export interface SweeperOptions {
  /** Stops the job when no session is open. `start` starts it again. */
  readonly stopWhenIdle?: boolean;
}

/**
 * The node-cron job that closes expired sessions, once a second. A `ServiceRegistry` starts one with its first session,
 * so a program needs its own only with a clock of its own.
 *
 * The cost of a sweep is proportional to the number of sessions that it closes. It does not wait for a session to
 * close: a slow one delays no other, and sweeps do not overlap.
 *
 * @example
 * const registry = new ServiceRegistry({ clock: () => now });
 * now += 61_000;
 * new Sweeper(registry).sweep(); // closes the sessions with a timeout of 60 s
 */
export class Sweeper {
  readonly #registry: SweptRegistry;
  readonly #stopWhenIdle: boolean;
  #task: ScheduledTask | undefined;

  constructor(registry: SweptRegistry, { stopWhenIdle = false }: SweeperOptions = {}) {
    this.#registry = registry;
    this.#stopWhenIdle = stopWhenIdle;
  }

  /** Starts the job. Has no effect if it is running. */
  start(): void {
    // unref: the job does not keep the process alive.
    this.#task ??= schedule('* * * * * *', () => this.#run(), {
      name: 'netsvc sweep',
      noOverlap: true,
      suppressMissedWarning: true,
      unref: true,
    });
  }

  async stop(): Promise<void> {
    const task = this.#task;
    this.#task = undefined;
    await task?.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Closes the sessions that are past their deadline. @returns their number */
  sweep(): number {
    const { deadlines, log } = this.#registry;
    let expired = 0;
    for (const session of deadlines.takeDue(this.#registry.clock())) {
      const closing = session.expire();
      if (closing === undefined) continue;
      expired++;
      closing.catch((error: unknown) =>
        log.error({ err: error, endpoint: session.publicName, session: session.logName }, 'close failed'),
      );
    }
    return expired;
  }

  #run(): void {
    this.sweep();
    if (this.#stopWhenIdle && this.#registry.sessions.size === 0) void this.stop();
  }
}
