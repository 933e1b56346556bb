/** A worker is lighter than another one if it has so much less, as a number and as a share. */
const DIFFERENCE = 8;
const SHARE = 0.1;

/** How much each worker has to do: the number of its connections and sessions. */
export class WorkerLoads {
  readonly #own: () => number;
  /** Of the other workers that are running. */
  #others = new Map<number, number>();

  constructor(own: () => number) {
    this.#own = own;
  }

  get own(): number {
    return this.#own();
  }

  /** @param others by worker */
  replace(others: Iterable<readonly [worker: number, load: number]>): void {
    this.#others = new Map(others);
  }

  /** Returns the worker that a new connection should be passed to, and counts it there; undefined if it should stay. */
  takeLighter(): number | undefined {
    const own = this.#own();
    let [lightest, least] = [0, own - Math.max(DIFFERENCE, own * SHARE)];
    for (const [worker, load] of this.#others) {
      if (load < least) [lightest, least] = [worker, load];
    }
    if (lightest === 0) return undefined;
    this.#others.set(lightest, least + 1);
    return lightest;
  }
}
