import type { Verdict } from './verdict.js';

/** The maximum number of logins that are checked or wait to be, in total and from one origin. */
const MAX_WAITING = 256;
const MAX_WAITING_FROM_ORIGIN = 64;

const OVERLOAD = { wait: 1, because: 'load' } as const;

interface Check {
  run(): Promise<Verdict>;
  resolve(verdict: Verdict | Promise<Verdict>): void;
}

/**
 * The logins that wait for the check of their password, one at a time. Their origins take turns, and if all places are
 * taken, the origin with the most gives one up: who sends many logins delays and excludes only itself.
 */
export class CheckQueue {
  /** By origin, in order of their turns. */
  readonly #waiting = new Map<string, Check[]>();
  #size = 0;
  /** The origin of the check that is running. */
  #running: string | undefined;

  /** @returns the verdict of `run`, or that there are too many */
  add(origin: string, run: () => Promise<Verdict>): Verdict | Promise<Verdict> {
    const own = this.#waiting.get(origin) ?? [];
    const count = own.length + (origin === this.#running ? 1 : 0);
    if (count >= MAX_WAITING_FROM_ORIGIN) return OVERLOAD;
    if (this.#size >= MAX_WAITING && !this.#giveUpPlace(count)) return OVERLOAD;
    return new Promise((resolve) => {
      own.push({ run, resolve });
      this.#waiting.set(origin, own);
      this.#size++;
      if (this.#running === undefined) void this.#runAll();
    });
  }

  /** Refuses the last check of the origin with the most, if it has more than `than` and one. */
  #giveUpPlace(than: number): boolean {
    let most: Check[] = [];
    for (const checks of this.#waiting.values()) if (checks.length > most.length) most = checks;
    if (most.length <= than + 1) return false;
    most.pop()?.resolve(OVERLOAD);
    this.#size--;
    return true;
  }

  /** Never rejects. */
  async #runAll(): Promise<void> {
    for (let first = this.#next(); first; first = this.#next()) {
      const { origin, check } = first;
      this.#running = origin;
      const running = check.run();
      check.resolve(running);
      await running.catch(() => {});
      this.#size--;
    }
    this.#running = undefined;
  }

  #next(): { readonly origin: string; readonly check: Check } | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [origin, checks] = first;
    const check = checks.shift();
    this.#waiting.delete(origin);
    if (checks.length > 0) this.#waiting.set(origin, checks);
    return check === undefined ? undefined : { origin, check };
  }
}
