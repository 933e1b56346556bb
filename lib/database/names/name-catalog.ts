import { setTimeout as pause } from 'node:timers/promises';
import { withResolvers } from '../../system/with-resolvers.js';
import type { DatabaseHost } from '../connections/database-host.js';
import type { SideQuery } from '../connections/side-connection.js';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import type { Classification } from '../pinning/classification.js';
import { ChangedNames } from './changed-names.js';
import { EffectiveNames } from './effective-names.js';
import { LookupBudget } from './lookup-budget.js';

/** Milliseconds after which the names are asked for again, in the background: other programs can change them. */
const MAX_AGE = 60_000;

/** Milliseconds for which a server that did not answer is not asked again. */
const PAUSE = 1000;

/** Milliseconds for which a statement waits at most: if the server can be asked at once, and if it cannot. */
const MAX_WAIT = 1000;
const MAX_BUSY_WAIT = 200;

/** Milliseconds in which a busy server can list the columns of 20,000 tables that it has not open. No call waits. */
const TIMEOUT = 60_000;

/** Counts the statements that can change names, those in procedures too. */
const COUNTERS = "SHOW GLOBAL STATUS WHERE variable_name RLIKE '^Com_(alter|create|rename|grant|revoke)'";

/** Statements that have to know what their names do. */
export interface NameQuestion {
  /** The server is about to be asked. @returns the words and quoted names of the statements until now */
  ask(): Iterable<ReadonlySet<string>>;
  /** The server has answered. @returns false if there have been other statements since it was asked */
  answer(names: EffectiveNames): boolean;
  /** The server did not answer. It is asked again, unless the question is withdrawn. */
  fail?(): void;
}

/**
 * Knows the names of a server that have effects on session state. They are asked for in the background, one question at
 * a time, when they are old or a statement of this process may have changed them. The time for questions is limited,
 * because one client can cause any number of them. A schema of 1,000 tables takes 0.05 s of MySQL's time, one of 20,000
 * tables with 400 views and 400 triggers 0.8 s.
 */
export class NameCatalog {
  /** One for each host, for all sessions: a replica may have other tables for some time. */
  static readonly #catalogs = new WeakMap<DatabaseHost, NameCatalog>();

  readonly #host: DatabaseHost;
  readonly #budget = new LookupBudget();
  #names: EffectiveNames | undefined;
  /** Those that the names are known for, and those of the question before. */
  #counters: string | undefined;
  #lastCounters: string | undefined;
  #version = 0;
  /** The last one for which the counters had changed. */
  #changedVersion = 0;
  #since = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;
  /** How many statements may have changed the names, and how many of them are known. */
  #changes = 0;
  #known = 0;
  /** The names in the text of those that are not known. */
  #changed = new ChangedNames();
  /** The counters cannot tell: a change may have been counted before the names were asked for, and seen after. */
  #isUncounted = false;
  readonly #questions = new Set<NameQuestion>();
  #isAsking = false;

  private constructor(host: DatabaseHost) {
    this.#host = host;
  }

  static of(host: DatabaseHost): NameCatalog {
    const catalog = NameCatalog.#catalogs.get(host) ?? new NameCatalog(host);
    NameCatalog.#catalogs.set(host, catalog);
    return catalog;
  }

  /** Increases whenever names are asked for. */
  get version(): number {
    return this.#version;
  }

  /** The server can be asked at once, and is likely to answer. */
  get isPrompt(): boolean {
    return performance.now() - this.#failedAt >= PAUSE && this.#budget.wait === 0;
  }

  /** Returns the classification with what the names of the statement do; undefined if the server must be asked. */
  classify(statement: Classification): Classification | undefined {
    if (statement.names.size === 0) return statement;
    const age = performance.now() - this.#since;
    // After a time without statements, what is known may be much older.
    if (this.#names === undefined || age >= 2 * MAX_AGE) return undefined;
    if (age >= MAX_AGE) this.#ask();
    if (this.#known !== this.#changes && (this.#changed.mayBe(statement.names) || this.#names.hasView(statement))) {
      return undefined;
    }
    return this.#names.classify(statement);
  }

  /** Returns the classification with what the names did when the server was asked last. */
  lastKnown(statement: Classification): Classification {
    return this.#names?.classify(statement) ?? statement;
  }

  /**
   * Returns what `classify` does when the server has answered; undefined if it has not soon, or if the names have been
   * changed again meanwhile. Never rejects.
   */
  async awaitNames(statement: Classification): Promise<Classification | undefined> {
    const { promise, resolve } = withResolvers<void>();
    const timer = setTimeout(resolve, this.isPrompt ? MAX_WAIT : MAX_BUSY_WAIT);
    let isAsked = false;
    const question: NameQuestion = {
      ask: () => {
        isAsked = true;
        return [statement.names];
      },
      answer: () => {
        if (isAsked) resolve();
        return isAsked;
      },
      fail: resolve,
    };
    this.ask(question);
    await promise;
    clearTimeout(timer);
    this.withdraw(question);
    return this.classify(statement);
  }

  /** Has a question answered by what the server says from now on. */
  ask(question: NameQuestion): void {
    this.#questions.add(question);
    this.#ask();
  }

  /** Nobody waits for the answer any more. */
  withdraw(question: NameQuestion): void {
    this.#questions.delete(question);
  }

  /**
   * Notes that a statement has ended.
   *
   * @param outcome undefined if the connection was lost
   * @param version the one when it was sent
   */
  note(statement: Classification, outcome: StatementOutcome | undefined, version: number): void {
    const { changedNames } = statement;
    // A name can lose its effects, too.
    if (!statement.mayChangeSchema && !(changedNames && this.#names?.haveEffects(changedNames))) return;
    // DDL that fails changes nothing. A procedure may have changed names before.
    if (outcome !== undefined && outcome.failure !== 'none' && changedNames !== undefined) return;
    this.#changes++;
    this.#changed.add(statement);
    this.#isUncounted ||= version < this.#changedVersion;
  }

  /** Asks until no question is left. */
  #ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    void this.#askAll().finally(() => {
      this.#isAsking = false;
    });
  }

  async #askAll(): Promise<void> {
    do {
      const wait = Math.max(this.#budget.wait, this.#failedAt + PAUSE - performance.now());
      if (wait > 0) await pause(wait, undefined, { ref: false });
      // The statements that waited may have ended.
      if (wait > 0 && this.#questions.size === 0) return;
      await this.#askOnce();
    } while (this.#questions.size > 0);
  }

  async #askOnce(): Promise<void> {
    const began = performance.now();
    try {
      const asked = [...this.#questions].flatMap((question) => [...question.ask()]);
      await this.#host.aside(async (query) => {
        await this.#refresh(query);
        for (const names of asked) await this.#names?.load(query, names);
      }, TIMEOUT);
      this.#answer();
    } catch {
      this.#failedAt = performance.now();
      for (const question of [...this.#questions]) question.fail?.();
    } finally {
      this.#budget.spend(performance.now() - began);
    }
  }

  #answer(): void {
    const names = this.#names;
    if (names === undefined) return;
    for (const question of [...this.#questions]) if (question.answer(names)) this.#questions.delete(question);
  }

  async #refresh(query: SideQuery): Promise<void> {
    const isOld = performance.now() - this.#since >= MAX_AGE;
    const changes = this.#changes;
    if (this.#known === changes && !isOld) return;
    const changed = this.#changed;
    this.#changed = new ChangedNames(changed);
    const counters = JSON.stringify(await query(COUNTERS));
    if (isOld || this.#isUncounted || counters !== this.#counters) {
      const since = performance.now();
      this.#version++;
      if (counters !== this.#lastCounters) this.#changedVersion = this.#version;
      this.#lastCounters = counters;
      this.#counters = undefined;
      this.#isUncounted = false;
      this.#names = await EffectiveNames.ask(query, this.#known === changes ? this.#names : undefined);
      this.#counters = counters;
      this.#since = since;
    }
    this.#known = changes;
    this.#changed.forgetEarlier();
  }
}
