/** A row of a table of what has been counted. */
export interface CountedRow {
  /** When something was last counted in it, in milliseconds of `Date.now`. */
  lastSeen: number;
}

/** What became of the rows that a table had no room for. */
export interface OtherRows<Row> {
  /** Their sum. */
  readonly row: Row;
  /** How many there were. */
  readonly count: number;
}

export interface BoundedRowsOptions<Row> {
  /** The maximum number of rows. */
  readonly max: number;
  /** Returns an empty row, for the sum of those that are dropped. */
  readonly makeOther: () => Row;
  /** Adds what a row has counted to another. */
  readonly add: (to: Row, from: Row) => void;
}

/** The part of the rows that is dropped at once, so that one that is new seldom drops others. */
const DROPPED_PART = 0.1;

/**
 * Rows by key, limited in number. When there is no room for another, those that were used least recently are dropped,
 * and added to one row: nothing is lost of the totals.
 */
export class BoundedRows<Row extends CountedRow> {
  readonly #options: BoundedRowsOptions<Row>;
  readonly #rows = new Map<string, Row>();
  #other: Row | undefined;
  #dropped = 0;

  constructor(options: BoundedRowsOptions<Row>) {
    this.#options = options;
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  /** Adds a row that there is not. @returns those that were dropped */
  set(key: string, row: Row): readonly Row[] {
    const dropped = this.#rows.size >= this.#options.max ? this.#drop() : [];
    this.#rows.set(key, row);
    return dropped;
  }

  get rows(): Iterable<Row> {
    return this.#rows.values();
  }

  /** Undefined if none has been dropped. */
  get other(): OtherRows<Row> | undefined {
    return this.#other && { row: this.#other, count: this.#dropped };
  }

  clear(): void {
    this.#rows.clear();
    this.#other = undefined;
    this.#dropped = 0;
  }

  #drop(): readonly Row[] {
    const oldest = [...this.#rows].sort(([, a], [, b]) => a.lastSeen - b.lastSeen);
    const dropped = oldest.slice(0, Math.ceil(this.#options.max * DROPPED_PART));
    this.#other ??= this.#options.makeOther();
    for (const [key, row] of dropped) {
      this.#rows.delete(key);
      this.#options.add(this.#other, row);
    }
    this.#dropped += dropped.length;
    return dropped.map(([, row]) => row);
  }
}
