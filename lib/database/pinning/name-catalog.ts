import type { DatabaseHost } from '../connections/database-host.js';
import type { StatementOutcome } from '../connections/result-sink.js';
import type { Classification } from './classify.js';
import { EffectiveNames, withEffects } from './effective-names.js';
import { STATE } from './state-set.js';

/** Milliseconds after which the names are asked for again, in the background: other programs can change them. */
const MAX_AGE = 60_000;

/** Milliseconds after which they are asked for again if a procedure has failed that may have changed them. */
const MAX_AGE_IN_DOUBT = 5000;

/** Milliseconds for which a server that did not answer is not asked again. */
const PAUSE = 1000;

/** How often a statement can find that the names have been changed again. */
const MAX_ROUNDS = 5;

/** Counts the statements that can change names, those in procedures too. */
const COUNTERS = "SHOW GLOBAL STATUS WHERE variable_name RLIKE '^Com_(alter|create|rename|grant|revoke)'";

/**
 * Knows the names of a server that have effects on session state. Statements wait for them only if none are known, or
 * if a statement of this process may have changed them.
 */
export class NameCatalog {
  /** One for each host, for all sessions: a replica may have other tables for some time. */
  static readonly #catalogs = new WeakMap<DatabaseHost, NameCatalog>();

  readonly #host: DatabaseHost;
  #names: EffectiveNames | undefined;
  #counters = '';
  #version = 0;
  #since = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;
  /** How many statements may have changed the names, and how many of them are known. */
  #changes = 0;
  #known = 0;
  /** The counters cannot tell: a change may have been counted before the names were asked for, and seen after. */
  #isUncounted = false;
  /** One question at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #background: Promise<unknown> | undefined;

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

  /**
   * Returns the classification with what the names of the statement do; a promise while the server is asked. Never
   * rejects.
   */
  classify(statement: Classification): Classification | Promise<Classification> {
    if (statement.names.size === 0) return statement;
    const age = performance.now() - this.#since;
    // After a time without statements, what is known may be much older.
    if (this.#names && this.#known === this.#changes && age < 2 * MAX_AGE) {
      if (age >= MAX_AGE) this.#askInBackground();
      const known = this.#names.classify(statement);
      if (known) return known;
    }
    return this.#wait(statement);
  }

  /**
   * Notes that a statement has ended.
   *
   * @param outcome undefined if the connection was lost
   * @param version the one when it was sent
   */
  note({ mayChangeSchema, pinReason }: Classification, outcome: StatementOutcome | undefined, version: number): void {
    if (!mayChangeSchema) return;
    if (outcome === undefined || outcome.failure === 'none') {
      this.#changes++;
      this.#isUncounted ||= version !== this.#version;
    } else if (pinReason !== 'DDL') {
      this.#since = Math.min(this.#since, performance.now() - MAX_AGE + MAX_AGE_IN_DOUBT);
    }
  }

  #askInBackground(): void {
    this.#background ??= this.#ask().finally(() => {
      this.#background = undefined;
    });
  }

  async #wait(statement: Classification): Promise<Classification> {
    for (let round = 0; round < MAX_ROUNDS && (await this.#ask(statement.names)); round++) {
      const known = this.#known === this.#changes ? this.#names?.classify(statement) : undefined;
      if (known) return known;
    }
    return withEffects(statement, { pinReason: 'unknown table', reads: STATE.none });
  }

  /** Asks for what is not known, and for the schemas among `names`. @returns false if the server did not answer */
  #ask(names: ReadonlySet<string> = new Set()): Promise<boolean> {
    const asked = this.#turn.then(async () => {
      if (performance.now() - this.#failedAt < PAUSE) return false;
      try {
        await this.#refresh();
        await this.#names?.load(names);
        return true;
      } catch {
        this.#failedAt = performance.now();
        return false;
      }
    });
    this.#turn = asked;
    return asked;
  }

  async #refresh(): Promise<void> {
    const isOld = performance.now() - this.#since >= MAX_AGE;
    const changes = this.#changes;
    if (this.#known === changes && !isOld) return;
    const counters = JSON.stringify(await this.#host.ask(COUNTERS));
    if (isOld || this.#isUncounted || counters !== this.#counters) {
      const since = performance.now();
      this.#version++;
      this.#isUncounted = false;
      this.#counters = '';
      this.#names = await EffectiveNames.ask(this.#host, this.#known === changes ? this.#names : undefined);
      this.#counters = counters;
      this.#since = since;
    }
    this.#known = changes;
  }
}
