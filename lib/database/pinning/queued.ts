import type { RequestUsage } from '../../netsvc/service-request.js';

/** Waits for a connection, and counts the time. */
export async function queued<T>(acquired: Promise<T>, usage: RequestUsage): Promise<T> {
  const since = performance.now();
  try {
    return await acquired;
  } finally {
    usage.queued += (performance.now() - since) / 1000;
  }
}
