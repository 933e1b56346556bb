/** The characters of a long text that are processed in one step. A text that has no more is short. */
export const STEP = 64 * 1024;

/** Returns where a step ends that begins at `from`: not between the halves of a surrogate pair. */
export function stepEnd(text: string, from: number): number {
  const end = from + STEP;
  if (end >= text.length) return text.length;
  return (text.charCodeAt(end - 1) & 0xfc00) === 0xd800 ? end - 1 : end;
}

/** Yields the steps of a text. */
export function* stepsOf(text: string): Generator<string, void> {
  for (let from = 0; from < text.length; ) {
    const end = stepEnd(text, from);
    yield text.slice(from, end);
    from = end;
  }
}
