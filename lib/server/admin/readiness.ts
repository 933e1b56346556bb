import { systemCodeText } from '../../system/system-error.js';

/** A check and why it failed; undefined if it passed. */
export interface Check {
  readonly name: string;
  readonly failure: string | undefined;
  /** Whether the server is not ready if it fails. */
  readonly required: boolean;
}

/** What is used of a `ConnectionPool`. */
export interface CheckedPool {
  readonly name: string;
  readonly counts: { readonly idle: number };
  readonly paused: boolean;
  /** Why an operator has disabled it, '' without a reason; undefined if it is enabled. */
  readonly disabled: string | undefined;
  check(): Promise<void>;
  ask(sql: string): Promise<unknown>;
}

/** Milliseconds that the result of a check of MySQL is used, however often the server is asked. */
const LIFETIME = 1000;

/** Milliseconds that MySQL may take to answer. */
const TIMEOUT = 3000;

/** Milliseconds that a database is waited for on which readiness does not depend. */
const OPTIONAL_TIMEOUT = 300;

/**
 * Whether the server should get clients: it has started, and is not shutting down. Databases do not matter unless they
 * are asked for, because all servers of a load balancer share them, so that each would be taken out for the same one.
 */
export class Readiness {
  /** Why the server itself is not ready; undefined if it is. */
  state: 'starting' | 'draining' | undefined = 'starting';
  readonly #pools: () => readonly CheckedPool[];
  readonly #clock: () => number;
  readonly #checks = new WeakMap<CheckedPool, PoolCheck>();

  /**
   * @param pools returns those of the databases that are served by now
   * @param clock monotonic milliseconds
   */
  constructor(pools: () => readonly CheckedPool[], clock = () => performance.now()) {
    this.#pools = pools;
    this.#clock = clock;
  }

  /** The names of the databases that are served by now. */
  get databases(): string[] {
    return this.#pools().map(({ name }) => name);
  }

  /**
   * @param databases those that are required. They are not asked if the server itself is not ready
   * @param options `all`: the others are checked too; they are waited for only shortly
   */
  async check(databases: readonly string[] = [], { all = false } = {}): Promise<readonly Check[]> {
    const server = { name: 'server', failure: this.state, required: true };
    if (!all && (databases.length === 0 || this.state !== undefined)) return [server];
    const checks = this.#pools().flatMap((pool) => {
      const required = databases.includes(pool.name);
      return required || all ? [this.#check(pool, required)] : [];
    });
    return [server, ...(await Promise.all(checks))];
  }

  async #check(pool: CheckedPool, required: boolean): Promise<Check> {
    const name = `database ${pool.name}`;
    const failed = operatorsFailure(pool);
    if (failed !== undefined) return { name, failure: failed, required };
    const result = this.#resultOf(pool);
    const failure = await (required ? result : withinTime(result, OPTIONAL_TIMEOUT, 'MySQL has not answered yet'));
    return { name, failure, required };
  }

  /** Each database is asked at most once a second, and once at a time. */
  #resultOf(pool: CheckedPool): PoolCheck['result'] {
    const last = this.#checks.get(pool);
    const now = this.#clock();
    if (last && (last.running || now - last.since < LIFETIME)) return last.result;
    const answer = ask(pool).finally(() => {
      check.running = false;
    });
    const result = withinTime(answer, TIMEOUT, `MySQL did not answer within ${TIMEOUT / 1000} seconds`);
    const check: PoolCheck = { since: now, running: true, result };
    this.#checks.set(pool, check);
    return result;
  }
}

/** Why no client can use a database, if an operator wants that. */
function operatorsFailure({ disabled, paused }: CheckedPool): string | undefined {
  if (disabled !== undefined) return disabled === '' ? 'disabled' : `disabled: ${disabled}`;
  return paused ? 'paused' : undefined;
}

/** The last check of a database. */
interface PoolCheck {
  readonly since: number;
  running: boolean;
  /** Why it failed. Never rejects. */
  readonly result: Promise<string | undefined>;
}

/** Never rejects. */
async function ask(pool: CheckedPool): Promise<string | undefined> {
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

async function withinTime(
  result: Promise<string | undefined>,
  milliseconds: number,
  late: string,
): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(late), milliseconds);
  });
  const first = await Promise.race([result, timeout]);
  clearTimeout(timer);
  return first;
}
