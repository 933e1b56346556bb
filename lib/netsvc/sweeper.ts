import { type ScheduledTask, schedule } from 'node-cron';
import { ServiceRegistry } from './service-registry.js';

/**
 * The node-cron job that closes the sessions whose idle time is over, once a second.
 *
 * A sweep costs what it closes, not what is open. It begins the closing and does not wait for it, so a session that is
 * slow to close holds up no other, and sweeps cannot overlap.
 */
export class Sweeper {
  readonly #registry: ServiceRegistry;
  #task: ScheduledTask | undefined;

  constructor(registry = ServiceRegistry.default) {
    this.#registry = registry;
  }

  start(): void {
    // The job alone is no reason for a process to stay alive.
    this.#task ??= schedule('* * * * * *', () => this.sweep(), {
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

  /** Expires what is due; returns how many sessions that was. */
  sweep(): number {
    const { deadlines, clock, log } = this.#registry;
    let expired = 0;
    for (const session of deadlines.takeDue(clock())) {
      const closing = session.expire();
      if (closing === undefined) continue;
      expired++;
      closing.catch((error: unknown) => log.error({ err: error, service: session.parent.serviceName }, 'close failed'));
    }
    return expired;
  }
}
