import { distance } from 'fastest-levenshtein';

/** The maximum number of edits, and the part of a key that may differ. Two letters that are swapped are two edits. */
const MAX_EDITS = 3;
const MAX_PART = 0.5;

/** Returns the known key that somebody who wrote `key` most probably meant, if any is similar. */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  const written = hyphenated(key);
  const similar = known
    .map((name) => ({ name, edits: distance(written, name) }))
    .filter(({ name, edits }) => edits <= MAX_EDITS && edits <= MAX_PART * Math.max(written.length, name.length))
    .sort((a, b) => a.edits - b.edits);
  return similar[0]?.name;
}

/** Converts `maxSessions` and `max_sessions` to `max-sessions`. */
function hyphenated(key: string): string {
  return key
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
}
