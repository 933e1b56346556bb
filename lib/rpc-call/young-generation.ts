import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Bytes of new objects that V8 collects at once. Fewer take longer, more take only memory: up to 32 MB. */
const ENOUGH = 4 * 1024 ** 2;

/** Stops the growth of V8's space for new objects when it is large enough for rows, which are garbage once printed. */
export function limitYoungGeneration(): void {
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  if (space && space.space_size >= ENOUGH) setFlagsFromString('--semi-space-growth-factor=1');
}
