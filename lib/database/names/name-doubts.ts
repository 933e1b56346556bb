import type { Classification } from '../pinning/classification.js';
import type { PinReason } from '../pinning/pin-reason.js';
import type { EffectiveNames } from './effective-names.js';

/** A session that has used more names while the server does not say what they do is pinned for good. */
const MAX_NAMES = 100_000;

/** Statements that are alike but for their names, of which it is not known whether they pin. */
interface Doubt {
  readonly statement: Classification;
  readonly names: Set<string>;
  /** MySQL has refused the statements: they pin only if they have run stored code. */
  readonly isRefused: boolean;
}

/** What a session has run without knowing what the names do. Its size does not grow with the number of statements. */
export class NameDoubts {
  readonly #doubts = new Map<string, Doubt>();

  get names(): Iterable<ReadonlySet<string>> {
    return [...this.#doubts.values()].map(({ names }) => names);
  }

  add(statement: Classification, isRefused: boolean): void {
    const { changesRows, pinReason = '' } = statement;
    const key = `${changesRows} ${isRefused} ${pinReason}`;
    const doubt = this.#doubts.get(key) ?? { statement, names: new Set<string>(), isRefused };
    this.#doubts.set(key, doubt);
    for (const name of statement.names) if (doubt.names.size <= MAX_NAMES) doubt.names.add(name);
  }

  merge(others: NameDoubts): void {
    for (const { statement, names, isRefused } of others.#doubts.values()) {
      this.add({ ...statement, names }, isRefused);
    }
  }

  /** Returns why the statements pin. */
  resolve(names: EffectiveNames): PinReason | undefined {
    for (const { statement, names: all, isRefused } of this.#doubts.values()) {
      const found = all.size > MAX_NAMES ? undefined : names.classify({ ...statement, names: all });
      if (found === undefined) return 'unknown table';
      if (found.pinReason !== undefined && (!isRefused || found.runsStoredCode)) return found.pinReason;
    }
    return undefined;
  }
}
