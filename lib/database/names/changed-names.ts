import type { Classification } from '../pinning/classification.js';

/** More names count as all. */
const MAX_NAMES = 100_000;

/**
 * The names in the statements that may have changed what names do, since the server was asked. Another statement,
 * unless it uses a view, is not concerned by DDL that does not name what it names.
 */
export class ChangedNames {
  /** Undefined if any name may have changed. */
  #names: Set<string> | undefined = new Set();
  /** Those from before the server was asked, until it has answered. */
  #earlier: ChangedNames | undefined;

  constructor(earlier?: ChangedNames) {
    this.#earlier = earlier;
  }

  add({ changedNames }: Classification): void {
    if (changedNames === undefined || (this.#names?.size ?? 0) > MAX_NAMES) this.#names = undefined;
    for (const name of changedNames ?? []) this.#names?.add(name);
  }

  /** Whether one of the names may have been changed. */
  mayBe(names: ReadonlySet<string>): boolean {
    if (this.#names === undefined) return true;
    for (const name of names) if (this.#names.has(name)) return true;
    return this.#earlier?.mayBe(names) ?? false;
  }

  /** The server has answered. */
  forgetEarlier(): void {
    this.#earlier = undefined;
  }
}
