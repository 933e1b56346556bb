let millisecond = 0;
let text = '';

/** Returns the current time as in ISO 8601, in UTC. It is formatted once a millisecond. */
export function isoTime(): string {
  const now = Date.now();
  if (now !== millisecond) {
    millisecond = now;
    text = new Date(now).toISOString();
  }
  return text;
}
