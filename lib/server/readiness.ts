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
  readonly #clock: () => number;
  readonly #checks = new Map<CheckedPool, PoolCheck>();

  /** @param clock monotonic milliseconds */
  constructor(pools: readonly CheckedPool[], clock = () => performance.now()) {
    this.#pools = pools;
    this.#clock = clock;
  }

  /** The databases are checked only if the server itself is ready. */
  async check(): Promise<readonly Check[]> {
    const server = { name: 'server', failure: this.state };
    if (this.state !== undefined) return [server];
    return [server, ...(await Promise.all(this.#pools.map((pool) => this.#check(pool))))];
  }

  /** Each database is asked at most once a second, and once at a time. */
  async #check(pool: CheckedPool): Promise<Check> {
    const name = `database ${pool.name}`;
    if (pool.paused) return { name, failure: 'paused' };
    const last = this.#checks.get(pool);
    const now = this.#clock();
    if (last && (last.running || now - last.since < LIFETIME)) return { name, failure: await last.result };
    const answer = this.#ask(pool).finally(() => {
      check.running = false;
    });
    const check: PoolCheck = { since: now, running: true, result: withinTime(answer) };
    this.#checks.set(pool, check);
    return { name, failure: await check.result };
  }

  /** Never rejects. */
  async #ask(pool: CheckedPool): Promise<string | undefined> {
    try {
      // Neither waits for a connection that is in use, nor reclaims one from a session.
      if (pool.counts.idle > 0) await pool.check();
      else await pool.ask('DO 0');
      return undefined;
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { code?: string } };
      const code = cause?.code;
      return code === undefined ? message : `${message} (${systemCodeText(code) ?? code})`;
    }
  }
}

/** The last check of a database. */
interface PoolCheck {
  readonly since: number;
  running: boolean;
  /** Why it failed. */
  readonly result: Promise<string | undefined>;
}

async function withinTime(result: Promise<string | undefined>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`MySQL did not answer within ${TIMEOUT / 1000} seconds`), TIMEOUT);
  });
  const first = await Promise.race([result, timeout]);
  clearTimeout(timer);
  return first;
}
