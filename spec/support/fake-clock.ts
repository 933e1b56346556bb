import { setImmediate } from 'node:timers/promises';

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

const REAL = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };

/** Stands in for `setTimeout` and `performance.now`, so that specs of deadlines take no time. */
export class FakeClock {
  #now = 10_000;
  readonly #timers = new Map<object, Timer>();

  /** Installs one for each spec of the suite. */
  static forEach(): FakeClock {
    const clock = new FakeClock();
    beforeEach(() => clock.#install());
    afterEach(() => clock.#restore());
    return clock;
  }

  get now(): number {
    return this.#now;
  }

  /** The number of timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass, and what it ends. */
  async pass(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    const due = [...this.#timers].filter(([, timer]) => timer.due <= this.#now).sort(([, a], [, b]) => a.due - b.due);
    for (const [handle, { run }] of due) if (this.#timers.delete(handle)) run();
    await setImmediate();
  }

  #install(): void {
    const set = (run: () => void, milliseconds: number) => {
      const handle = { unref: () => handle, ref: () => handle };
      this.#timers.set(handle, { due: this.#now + milliseconds, run });
      return handle;
    };
    Object.assign(globalThis, { setTimeout: set, clearTimeout: (handle: object) => this.#timers.delete(handle) });
    Object.defineProperty(performance, 'now', { value: () => this.#now, configurable: true });
  }

  #restore(): void {
    Object.assign(globalThis, REAL);
    Reflect.deleteProperty(performance, 'now');
    this.#timers.clear();
  }
}
