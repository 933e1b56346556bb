/** Milliseconds between two looks at the ages of connections. */
const INTERVAL = 1000;

/** A connection expires at a random age between this part of the limit and the limit. */
const LEAST_PART = 0.8;

interface Aging {
  expiry: number;
}

/** The maximum age of the connections of a pool. While there are any, it calls for those that have expired. */
export class AgeLimit {
  #milliseconds: number;
  readonly #closeExpired: () => void;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param seconds 0: no limit
   * @param closeExpired closes the expired connections that no session is using
   */
  constructor(seconds: number, closeExpired: () => void) {
    this.#milliseconds = seconds * 1000;
    this.#closeExpired = closeExpired;
  }

  /** A connection has been opened. Those that were opened together do not expire together. */
  apply(connection: Aging): void {
    this.#timer ??= setInterval(this.#closeExpired, Math.min(INTERVAL, this.#milliseconds || INTERVAL)).unref();
    if (this.#milliseconds === 0) return;
    const age = this.#milliseconds * (LEAST_PART + (1 - LEAST_PART) * Math.random());
    connection.expiry = Math.min(connection.expiry, performance.now() + age);
  }

  /** Replaces the limit, for connections that are opened from now on. @param seconds 0: no limit */
  replace(seconds: number): void {
    this.#milliseconds = seconds * 1000;
  }

  /** There are no connections any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
