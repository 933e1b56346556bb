import { randomFillSync } from 'node:crypto';

/**
 * 128 bits: with ten thousand open sessions and a million attempts a second, guessing one takes more than 10^20 years.
 */
const ID_BYTES = 16;

/** Random bytes are requested in advance, because each request to the system costs much more than the bytes. */
const AHEAD = Buffer.alloc(128 * ID_BYTES);
let used = AHEAD.length;

/**
 * Returns an unguessable name of URL-safe characters.
 *
 * @param instance what it begins with, before a dot, so that a load balancer can find the server of a session by its
 *   path; '' for nothing
 */
export function sessionId(instance = ''): string {
  if (used === AHEAD.length) {
    randomFillSync(AHEAD);
    used = 0;
  }
  const id = AHEAD.toString('base64url', used, used + ID_BYTES);
  // The bytes of an id are not kept in memory.
  AHEAD.fill(0, used, used + ID_BYTES);
  used += ID_BYTES;
  return instance === '' ? id : `${instance}.${id}`;
}
