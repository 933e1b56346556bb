import { readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { DatabaseGateway } from './database-gateway.js';
import { until } from './until.js';

/** The resources of a process that can leak. */
interface Resources {
  readonly files: number;
  readonly timers: number;
}

function resources(): Resources {
  return {
    files: readdirSync('/proc/self/fd').length,
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
  };
}

/**
 * Records the resources of this process, and returns a function that checks that it holds no more, after the sessions
 * of `gateway` are closed and its connections are idle.
 */
export async function leakCheck(): Promise<(gateway: DatabaseGateway) => Promise<void>> {
  // By then mocha has started a timer, which it also has later.
  await setImmediate();
  const before = resources();
  return async (gateway) => {
    await Promise.all([...gateway.registry.sessions].map((session) => session.close()));
    const { pool, registry } = gateway;
    await until(() => pool.counts.idle === pool.counts.open && pool.counts.waiting === 0);
    if (registry.sessions.size > 0) throw new Error('sessions are left');
    await gateway.stop();
    await until(() => {
      const now = resources();
      return now.files <= before.files && now.timers <= before.timers;
    }).catch(() => {
      throw new Error(`left behind: ${JSON.stringify(before)} has become ${JSON.stringify(resources())}`);
    });
  };
}
