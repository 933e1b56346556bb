import type { ConnectionPool } from '../../database/pool/connection-pool.js';
import type { OpenSession } from '../../netsvc/endpoint.js';
import { aborted, incorrect } from '../../netsvc/fault-texts.js';
import { describeSession, shortened } from '../observation/described-session.js';
import type { ServerObserver } from '../observation/event-stream.js';
import type { Operator, OperatorAct, OperatorAction } from '../observation/operator-act.js';
import type { ServerState } from '../observation/server-state.js';
import type { SessionCriteria } from './session-criteria.js';
import { SessionEviction } from './session-eviction.js';
import { sessionlessCalls } from './sessionless-calls.js';

const STOPPED = 'An operator stopped the statement.';

/** Seconds that a pinned session may be idle during a pause with `force`: that between two statements of a program. */
const IDLE_IN_PAUSE = 1;

export interface PauseOptions {
  /** After which the pause is lifted. */
  readonly seconds: number;
  /** Sessions that keep their connections are closed. */
  readonly force: boolean;
}

/** What operators can do to the server. Each act is reported to the observer, with its operator and its outcome. */
export class OperatorActs {
  readonly #parts: ServerState;
  readonly #observer: ServerObserver;

  constructor(parts: ServerState, observer: ServerObserver) {
    this.#parts = parts;
    this.#observer = observer;
  }

  /**
   * Stops the statement that a session is running.
   *
   * @returns whether one was running
   * @throws {ServiceFailure} 56 if there is no such session
   */
  cancel(operator: Operator, session: string): Promise<boolean> {
    return this.#act(operator, 'cancel', { session }, () => stop(this.#session(session)));
  }

  /** Stops the statements of all sessions, and calls without one, that the criteria select. @returns how many */
  cancelAll(operator: Operator, criteria: SessionCriteria): Promise<number> {
    return this.#act(operator, 'cancel', targetOf(criteria), () => {
      const calls = new Map(sessionlessCalls(this.#parts, { statements: false }).map((call) => [call.described, call]));
      const loose = criteria.select([...calls.keys()]);
      for (const call of loose) calls.get(call)?.statement.cancel(aborted(STOPPED));
      return loose.length + this.#select(criteria).filter(stop).length;
    });
  }

  /** Closes a session. @throws {ServiceFailure} 56 if there is none */
  close(operator: Operator, session: string): Promise<void> {
    return this.#act(operator, 'close', { session }, async () => {
      await this.#session(session).closeFor('operator');
    });
  }

  /** Closes all sessions that the criteria select. @returns how many */
  closeAll(operator: Operator, criteria: SessionCriteria): Promise<number> {
    return this.#act(operator, 'close', targetOf(criteria), async () => {
      const selected = this.#select(criteria);
      await Promise.all(selected.map((session) => session.closeFor('operator')));
      return selected.length;
    });
  }

  /**
   * Makes new statements wait, until all connections are closed. With `force`, sessions that are pinned and idle for a
   * second are closed, and after half of the time all that have a connection.
   *
   * @returns how many sessions were closed
   * @throws {ServiceFailure} if there is no such database, or if connections were still in use after `seconds`
   */
  pause(operator: Operator, database: string, { seconds, force }: PauseOptions): Promise<number> {
    return this.#act(operator, 'pause', { database, seconds, ...(force && { force }) }, async () => {
      const pool = this.#pool(database);
      if (!force) {
        await pool.pause(seconds);
        return 0;
      }
      const eviction = new SessionEviction(this.#parts.registry, pool, IDLE_IN_PAUSE);
      const timer = setTimeout(() => {
        eviction.closeAll();
        // Those of calls without a session.
        pool.cancelAll(aborted('An operator paused the database.'));
      }, seconds * 500);
      const paused = pool.pause(seconds);
      eviction.start();
      try {
        await paused;
      } finally {
        clearTimeout(timer);
        eviction.stop();
      }
      return eviction.closed;
    });
  }

  /** @throws {ServiceFailure} 56 if there is no such database */
  resume(operator: Operator, database: string): Promise<void> {
    return this.#act(operator, 'resume', { database }, () => this.#pool(database).resume());
  }

  /**
   * Makes all calls that need MySQL fail at once. Sessions that are pinned are closed as soon as they are idle.
   *
   * @throws {ServiceFailure} 56 if there is no such database
   */
  disable(operator: Operator, database: string, reason: string): Promise<void> {
    return this.#act(operator, 'disable', { database, ...(reason !== '' && { reason }) }, () => {
      const { registry, pools } = this.#parts;
      const pool = this.#pool(database);
      const wasDisabled = pool.disabled !== undefined;
      pool.disable(reason);
      const isDisabled = () => pool.disabled !== undefined && pools.includes(pool);
      if (!wasDisabled) new SessionEviction(registry, pool, 0, isDisabled).start();
    });
  }

  /** @throws {ServiceFailure} 56 if there is no such database */
  enable(operator: Operator, database: string): Promise<void> {
    return this.#act(operator, 'enable', { database }, () => {
      this.#pool(database).enable();
    });
  }

  /** Replaces the MySQL connections of a database, each as soon as no session needs it. */
  reconnect(operator: Operator, database: string): Promise<void> {
    return this.#act(operator, 'reconnect', { database }, () => this.#pool(database).replaceConnections());
  }

  /** As on SIGHUP. @returns the keys that have changed @throws {UsageError} why nothing is reloaded */
  reload(operator: Operator): Promise<string[]> {
    return this.#act(operator, 'reload', {}, () => this.#parts.reload());
  }

  /**
   * Forgets the failed logins of a user, of the network of an address, of a user there, or all.
   *
   * @returns how many logins and networks were waiting
   */
  unlock(operator: Operator, login?: string, host?: string): Promise<number> {
    const target = { ...(login !== undefined && { login }), ...(host !== undefined && { host }) };
    return this.#act(operator, 'unlock', target, () => this.#parts.unlock(login, host));
  }

  /** Begins to count anew. */
  reset(operator: Operator, what: 'statements' | 'users', counted: { reset(): void }): Promise<void> {
    return this.#act(operator, `reset ${what}`, {}, () => counted.reset());
  }

  /** Reports an act when it has ended. */
  async #act<T>(
    { operator, host }: Operator,
    action: OperatorAction,
    target: OperatorAct['target'],
    work: () => T | Promise<T>,
  ): Promise<T> {
    const since = performance.now();
    const report = (outcome: string, result?: unknown) => {
      const seconds = (performance.now() - since) / 1000;
      this.#observer.operatorActed?.({ operator, host, action, target, outcome, result, seconds });
    };
    try {
      const result = await work();
      report('done', result);
      return result;
    } catch (error) {
      report(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  #session(name: string): OpenSession {
    for (const session of this.#parts.registry.sessions) if (session.logName === name) return session;
    throw incorrect(`digest: there is no session ${JSON.stringify(name.slice(0, 100))}.`);
  }

  #select(criteria: SessionCriteria): OpenSession[] {
    const sessions = [...this.#parts.registry.sessions];
    const described = new Map(sessions.map((session) => [describeSession(session, { statements: false }), session]));
    return criteria.select([...described.keys()]).flatMap((session) => described.get(session) ?? []);
  }

  #pool(database: string): ConnectionPool {
    const { pools } = this.#parts;
    const found = pools.find(({ name }) => name === database);
    if (found === undefined) {
      const names = pools.map(({ name }) => name).join(', ');
      throw incorrect(`database: expected one of ${names}, received ${shortened(database)}.`);
    }
    return found;
  }
}

/** @returns whether the session was running a statement */
function stop(session: OpenSession): boolean {
  return session.cancel(aborted(STOPPED));
}

function targetOf({ isEmpty, given }: SessionCriteria): OperatorAct['target'] {
  return isEmpty ? { all: true } : given;
}
