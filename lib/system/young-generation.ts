import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Bytes of new objects that V8 collects at once. With fewer it takes longer; more take only memory, up to 32 MB. */
const ENOUGH = 4 * 1024 ** 2;

/**
 * The size of V8's space for new objects while rows are read. They are garbage as soon as they are printed or sent, so
 * that the space is soon too small, and later larger than useful.
 */
export class YoungGeneration {
  #chunks = 0;

  constructor() {
    setGrowth(4);
  }

  /** Stops the growth when the space is large enough. Called for each chunk of rows. */
  limit(): void {
    // Asking takes as long as reading a few rows.
    if (++this.#chunks % 32 !== 0) return;
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    if (space && space.space_size >= ENOUGH) setGrowth(1);
  }
}

function setGrowth(factor: number): void {
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
}
