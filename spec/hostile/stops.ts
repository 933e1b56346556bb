// Loaded into the server (--import): measures for how long its event loop stops, in milliseconds of processor time of
// its main thread, so that other programs that use the processors make no difference.
import { existsSync, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const SCHEDULER = `/proc/self/task/${process.pid}/schedstat`;

/** What the server has measured since it was asked last. */
export interface Stops {
  /** The longest stop. */
  readonly most: number;
}

/** The milliseconds for which the main thread has run; the time, where the system does not say so. */
function ran(): number {
  if (!existsSync(SCHEDULER)) return performance.now();
  return Number(readFileSync(SCHEDULER, 'utf8').split(' ', 1)[0]) / 1e6;
}

if (isMainThread && process.send) {
  let most = 0;
  let last = ran();
  const look = () => {
    const now = ran();
    most = Math.max(most, now - last);
    last = now;
    setTimeout(look, 1).unref();
  };
  look();
  process.on('message', () => {
    // What this turn of the event loop has done so far counts.
    most = Math.max(most, ran() - last);
    process.send?.({ most } satisfies Stops);
    most = 0;
  });
  process.channel?.unref();
}
