import { setTimeout as delay } from 'node:timers/promises';

/** Waits for `promise`; fails after `seconds`, which names `what`. */
export async function within<T>(seconds: number, promise: Promise<T>, what: string): Promise<T> {
  const timer = new AbortController();
  const late = delay(seconds * 1000, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what} does not come within ${seconds} s`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}
