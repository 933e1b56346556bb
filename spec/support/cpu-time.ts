/** Milliseconds of processor time that this process has used. Other work on the machine does not add to it. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Compares the costs, in milliseconds, of an input and of one of eight times its size. The larger one may cost 24 times
 * as much. Quadratic time would cost 64 times as much, however often it is measured.
 *
 * @returns both costs if they are not in proportion; undefined if they are
 */
export function disproportion(small: () => number, large: () => number): string | undefined {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let attempt = 0; attempt < 10; attempt++) {
    least = Math.min(least, small(), small());
    most = Math.min(most, large());
    if (most < 24 * Math.max(least, 1)) return undefined;
  }
  return `${least} ms and ${most} ms`;
}
