import type { UserCount, UserCounters } from './user-counters.js';

/** The maximum number of users with a series of their own. */
export const MAX_SERIES = 200;

/** The label of the users beyond it, who are counted together. */
const OTHER = 'other';

/**
 * The values of users for metrics: the first users that are seen have a series of their own, for as long as the server
 * runs, so that a series never changes whom it counts. All anonymous clients are one user, without a name.
 */
export class UserSeries {
  readonly #counters: UserCounters;
  readonly #known = new Set<string>();

  constructor(counters: UserCounters) {
    this.#counters = counters;
  }

  /** Returns the sums of what has been counted, by label. */
  totals(of: (count: UserCount) => number): Map<string, number> {
    const { counts, others } = this.#counters;
    const values = this.byLabel(counts.map((count) => [count.user, of(count)]));
    if (others) values.set(OTHER, (values.get(OTHER) ?? 0) + of(others.row));
    return values;
  }

  /** Returns the sums of values that users have, by label. */
  byLabel(values: Iterable<readonly [user: string, value: number]>): Map<string, number> {
    const sums = new Map<string, number>();
    for (const [user, value] of values) {
      const label = this.#labelOf(user);
      sums.set(label, (sums.get(label) ?? 0) + value);
    }
    return sums;
  }

  #labelOf(user: string): string {
    if (this.#known.has(user)) return user;
    if (this.#known.size >= MAX_SERIES) return OTHER;
    this.#known.add(user);
    return user;
  }
}
