import { systemCodeText } from '../system/system-error.js';

/** A check and why it failed; undefined if it passed. */
export interface Check {
  readonly name: string;
  readonly failure: string | undefined;
}

/** What is used of a `ConnectionPool`. */
export interface CheckedPool {
  readonly name: string;
  readonly counts: { readonly idle: number };
  readonly paused: boolean;
  check(): Promise<void>;
  ask(sql: string): Promise<unknown>;
}

/** Milliseconds that the result of a check of MySQL is used, however often the server is asked. */
const LIFETIME = 1000;

/** Milliseconds that MySQL may take to answer. */
const TIMEOUT = 3000;

/** Whether the server can answer calls: it has started, is not shutting down, and can reach its databases. */
export class Readiness {
  /** Why the server itself is not ready; undefined if it is. */
  state: 'starting' | 'draining' | undefined = 'starting';
  readonly #pools: readonly CheckedPool[];
  readonly #onChecked: (database: string, error?: Error) => void;
  readonly #clock: () => number;
  readonly #checks = new Map<CheckedPool, PoolCheck>();

  /**
   * @param onChecked called with each result of a check of MySQL
   * @param clock monotonic milliseconds
   */
  constructor(
    pools: readonly CheckedPool[],
    onChecked: (database: string, error?: Error) => void,
    clock = () => performance.now(),
  ) {
    this.#pools = pools;
    this.#onChecked = onChecked;
    this.#clock = clock;
  }

  /** The databases are checked only if the server itself is ready. */
  async check(): Promise<readonly Check[]> {
    const server = { name: 'server', failure: this.state };
    if (this.state !== undefined) return [server];
    return [server, ...(await Promise.all(this.#pools.map((pool) => this.#checkOf(pool).result())))];
  }

  #checkOf(pool: CheckedPool): PoolCheck {
    const check = this.#checks.get(pool) ?? new PoolCheck(pool, this.#onChecked, this.#clock);
    this.#checks.set(pool, check);
    return check;
  }
}

/** The check of one database: at most once a second, and one at a time. */
class PoolCheck {
  readonly #pool: CheckedPool;
  readonly #onChecked: (database: string, error?: Error) => void;
  readonly #clock: () => number;
  #since = Number.NEGATIVE_INFINITY;
  #running = false;
  #result: Promise<string | undefined> = Promise.resolve(undefined);

  constructor(pool: CheckedPool, onChecked: (database: string, error?: Error) => void, clock: () => number) {
    this.#pool = pool;
    this.#onChecked = onChecked;
    this.#clock = clock;
  }

  async result(): Promise<Check> {
    if (this.#pool.paused) return { name: `database ${this.#pool.name}`, failure: 'paused' };
    if (!this.#running && this.#clock() - this.#since >= LIFETIME) {
      this.#since = this.#clock();
      this.#result = this.#limited(this.#run());
    }
    return { name: `database ${this.#pool.name}`, failure: await this.#result };
  }

  /** Never rejects. */
  async #run(): Promise<string | undefined> {
    this.#running = true;
    try {
      // Neither waits for a connection that is in use, nor reclaims one from a session.
      if (this.#pool.counts.idle > 0) await this.#pool.check();
      else await this.#pool.ask('DO 0');
      this.#onChecked(this.#pool.name);
      return undefined;
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { code?: string } };
      this.#onChecked(this.#pool.name, error as Error);
      const code = cause?.code;
      return code === undefined ? message : `${message} (${systemCodeText(code) ?? code})`;
    } finally {
      this.#running = false;
    }
  }

  async #limited(result: Promise<string | undefined>): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`MySQL did not answer within ${TIMEOUT / 1000} seconds`), TIMEOUT);
    });
    const first = await Promise.race([result, timeout]);
    clearTimeout(timer);
    return first;
  }
}
