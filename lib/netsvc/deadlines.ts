/** How wide a bucket is, in milliseconds: how much later than its deadline an item may be found due. */
const BUCKET = 100;

/**
 * Things by the tenth of a second in which they fall due, so that to find those that are due costs nothing for the
 * others, however many there are and whatever their deadlines.
 */
export class Deadlines<T extends object> {
  readonly #buckets = new Map<number, Set<T>>();
  readonly #bucketOf = new Map<T, number>();
  #swept: number | undefined;

  get size(): number {
    return this.#bucketOf.size;
  }

  /** Sets or moves a deadline. Within the same tenth of a second nothing moves. */
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

  /** Takes out and returns what is due at `now`. Nothing is handed out early. */
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

  /** The buckets since the last sweep, or those that hold something if they are fewer (after a long sleep, say). */
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
