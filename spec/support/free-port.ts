import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Ports that the system gives to no connection by itself, so that a free one stays free. */
const [FIRST, LAST] = [10_000, 32_000];

/** Returns a port of 127.0.0.1 that nothing listens on. */
export function freePort(): Promise<number> {
  return freePorts(1);
}

/** Returns the first of several consecutive ports of 127.0.0.1 that nothing listens on. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = randomInt(FIRST, LAST - count);
    const probes = Array.from({ length: count }, (_, i) => createServer().listen(first + i, '127.0.0.1'));
    const listening = await Promise.allSettled(probes.map((probe) => once(probe, 'listening')));
    await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
    if (listening.every(({ status }) => status === 'fulfilled')) return first;
  }
}
