import type { Effect } from './hostile-server.js';
import type { Made } from './requests.js';

/** The longest time for which a request may stop the event loop, in milliseconds. */
const LONGEST_STOP = 100;

/** The most memory that a request may take, as a multiple of its size. */
const MOST_MEMORY = 4;

/**
 * What V8 does not collect before it has to, in MB: 48 of new objects, and 64 of buffers. The rest is for those of
 * sockets and for parts of pages.
 */
const GARBAGE = 128;

/** Returns what is wrong with the effect of a request; undefined if nothing is. */
export function wrong(made: Made, { stop, memory, outcome }: Effect): string | undefined {
  if (stop > LONGEST_STOP) return `it stops the event loop for ${stop.toFixed(0)} ms`;
  if (timesSize(made, memory - GARBAGE) > MOST_MEMORY) return `it takes ${memory.toFixed(0)} MB`;
  return /^(?:200|413|fault)/.test(outcome) ? undefined : `it is answered with ${outcome}`;
}

/** One line for people. */
export function describeEffect(made: Made, { stop, memory, outcome, seconds }: Effect): string {
  const { method, shape, encoding, coding, chunk, times } = made;
  const parts = [method, shape, encoding, coding, `${(made.size / 1e6).toFixed(1)} MB`];
  if (chunk !== undefined) parts.push(`chunks of ${chunk}`);
  if (times !== undefined) parts.push(`${times} at once`);
  return (
    `${stop.toFixed(0).padStart(5)} ms ${timesSize(made, memory).toFixed(1).padStart(5)} times its size ` +
    `${seconds.toFixed(1).padStart(5)} s  ${outcome.padEnd(10)}  ${parts.join(' | ')}`
  );
}

function timesSize({ size, times = 1 }: Made, memory: number): number {
  return (memory * 1024 ** 2) / (size * times);
}
