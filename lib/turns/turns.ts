/** Milliseconds that long work takes at once, before everything else that waits for the event loop is done. */
const TURN = 2;

/** Less is not counted, in milliseconds. */
const SHORT = 0.05;

/**
 * Milliseconds that long work has taken since the event loop last had its turn. Work that follows other work without a
 * wait, or that other connections bring meanwhile, has what is left of the same turn.
 */
let spent = 0;

function resetSpent(): void {
  spent = 0;
}

/** Nothing long should begin before the next turn of the event loop. */
export function isTurnSpent(): boolean {
  return spent >= TURN;
}

/**
 * Long work that waits for its next turn. Of all that wait, one goes on in each turn of the event loop, in order of
 * arrival, so that long work of many requests stops the event loop no longer than that of one.
 */
export class TurnQueue {
  readonly #waiting: (() => void)[] = [];

  /** Resolves in a later turn of the event loop. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) setImmediate(this.#pass);
    });
  }

  readonly #pass = (): void => {
    spent = 0;
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(this.#pass);
  };
}

const requests = new TurnQueue();

/** Resolves when the long work of a request may go on. */
export function nextTurn(): Promise<void> {
  return requests.next();
}

/**
 * Does work that yields wherever it can be interrupted, which it should do at least once in a millisecond.
 *
 * @param goesOn called before each turn but the first. The work ends with what it throws.
 * @returns the result at once if the work takes one turn, else a promise
 * @throws what the work throws
 */
export function inTurns<T>(work: Generator<unknown, T>, goesOn: () => void = () => {}): T | Promise<T> {
  const turn = new Turn();
  try {
    for (;;) {
      const step = work.next();
      if (step.done) return step.value;
      if (turn.isOver) return inMoreTurns(work, goesOn);
    }
  } finally {
    turn.end();
  }
}

async function inMoreTurns<T>(work: Generator<unknown, T>, goesOn: () => void): Promise<T> {
  try {
    for (;;) {
      await nextTurn();
      goesOn();
      const turn = new Turn();
      try {
        do {
          const step = work.next();
          if (step.done) return step.value;
        } while (!turn.isOver);
      } finally {
        turn.end();
      }
    }
  } finally {
    work.return(undefined as T);
  }
}

/** Does all of the work at once: it is known to be short, or nobody waits. */
export function atOnce<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** The time that work may take, from now on. */
export class Turn {
  readonly #begin = performance.now();
  readonly #end = this.#begin + TURN - spent;

  get isOver(): boolean {
    return performance.now() > this.#end;
  }

  /** Counts the time that the work has taken, so that what follows in the same turn has only the rest. */
  end(): void {
    const took = performance.now() - this.#begin;
    if (took < SHORT) return;
    if (spent === 0) setImmediate(resetSpent);
    spent += took;
  }
}
