import { randomFillSync } from 'node:crypto';

/** 128 bits: to guess one of ten thousand open sessions at a million tries a second takes longer than the sun lasts. */
const ID_BYTES = 16;

/** Asking the system for random bytes costs much more than taking some, so they are asked for ahead. */
const AHEAD = Buffer.alloc(128 * ID_BYTES);
let used = AHEAD.length;

/** A name that nobody can guess, of characters that stand in a path as they are. */
export function sessionId(): string {
  if (used === AHEAD.length) {
    randomFillSync(AHEAD);
    used = 0;
  }
  const id = AHEAD.toString('base64url', used, used + ID_BYTES);
  // What has become a key is not kept.
  AHEAD.fill(0, used, used + ID_BYTES);
  used += ID_BYTES;
  return id;
}
