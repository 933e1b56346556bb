/** Returns the median and the range of samples, as `0.65 [0.61-0.70]`. */
export function summary(samples: readonly number[], digits: number): string {
  const sorted = samples.toSorted((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[0], sorted.at(-1)];
  return `${median(samples).toFixed(digits)} [${low.toFixed(digits)}-${high.toFixed(digits)}]`;
}

/** Returns the median and the quartiles of samples, in the same form. */
export function quartiles(samples: readonly number[], digits: number): string {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(digits);
  return `${median(samples).toFixed(digits)} [${at(0.25)}-${at(0.75)}]`;
}

export function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
}
