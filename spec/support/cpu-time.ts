/** Milliseconds of processor time that this process has used. Other work on the machine does not add to it. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Compares the costs of an input of `size` bytes and of one of eight times its size. The larger one may cost 24 times
 * as much. Quadratic time would cost 64 times as much, however often it is measured.
 *
 * @param make returns an input of a size in bytes
 * @param cost returns milliseconds
 * @returns both costs if they are not in proportion; undefined if they are
 */
export function disproportion<Input>(
  make: (size: number) => Input,
  cost: (input: Input) => number,
  size = 64 * 1024,
): string | undefined {
  const [small, large] = [make(size), make(8 * size)];
  let [least, most] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let attempt = 0; attempt < 10; attempt++) {
    least = Math.min(least, cost(small), cost(small));
    most = Math.min(most, cost(large));
    if (most < 24 * Math.max(least, 1)) return undefined;
  }
  return `${least} ms and ${most} ms`;
}
