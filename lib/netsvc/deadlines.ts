/** The width of a bucket, in milliseconds: an item can be found due this much after its deadline. */
const BUCKET = 100;

/**
 * Items by deadline, in buckets of 100 ms. The cost of finding those that are due does not depend on the number of the
 * others, or on their deadlines.
 */
export class Deadlines<T extends object> {
  readonly #buckets = new Map<number, Set<T>>();
  readonly #bucketOf = new Map<T, number>();
  #swept: number | undefined;

  get size(): number {
    return this.#bucketOf.size;
  }

  /** Sets or moves a deadline. A move within the same bucket costs nothing. */
  set(item: T, deadline: number): void {
    const bucket = Math.max(Math.ceil(deadline / BUCKET), this.#swept === undefined ? 0 : this.#swept + 1);
    const old = this.#bucketOf.get(item);
    if (old === bucket) return;
    if (old !== undefined) this.#remove(item, old);
    this.#bucketOf.set(item, bucket);
    const items = this.#buckets.get(bucket);
    if (items) items.add(item);
    else this.#buckets.set(bucket, new Set([item]));
  }

  delete(item: T): void {
    const bucket = this.#bucketOf.get(item);
    if (bucket === undefined) return;
    this.#bucketOf.delete(item);
    this.#remove(item, bucket);
  }

  /** Removes and returns the items that are due at `now`, none of them early. */
  takeDue(now: number): T[] {
    const last = Math.floor(now / BUCKET);
    const due: T[] = [];
    for (const bucket of this.#bucketsUpTo(last)) {
      const items = this.#buckets.get(bucket);
      if (items === undefined) continue;
      this.#buckets.delete(bucket);
      for (const item of items) {
        this.#bucketOf.delete(item);
        due.push(item);
      }
    }
    this.#swept = last;
    return due;
  }

  /**
   * Yields the buckets since the last sweep, or all that are not empty if they are fewer, as after a long sleep of the
   * machine.
   */
  *#bucketsUpTo(last: number): Generator<number> {
    const first = this.#swept === undefined ? Number.NEGATIVE_INFINITY : this.#swept + 1;
    if (last - first < this.#buckets.size) {
      for (let bucket = first; bucket <= last; bucket++) yield bucket;
    } else {
      for (const bucket of [...this.#buckets.keys()]) if (bucket <= last) yield bucket;
    }
  }

  #remove(item: T, bucket: number): void {
    const items = this.#buckets.get(bucket);
    items?.delete(item);
    if (items?.size === 0) this.#buckets.delete(bucket);
  }
}
