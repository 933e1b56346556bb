import type { StatementOutcome } from '../errors/statement-outcome.js';
import type { EffectiveNames } from '../names/effective-names.js';
import type { NameCatalog, NameQuestion } from '../names/name-catalog.js';
import { NameDoubts } from '../names/name-doubts.js';
import type { Classification } from '../pinning/classification.js';
import type { PinReason } from '../pinning/pin-reason.js';
import { hasRunNothing } from '../pinning/refused-statements.js';

/** A statement, and what is known of its names when it is sent. */
export interface PreparedStatement {
  readonly classification: Classification;
  /** The classification contains what its names do. */
  readonly knowsNames: boolean;
}

/** Whether a statement surely changes neither data nor the state of the session. */
export function changesNothing({ classification, knowsNames }: PreparedStatement): boolean {
  const { pinReason, inserts, changesRows, changesObjects, mayChangeSchema, settings, runsStoredCode } = classification;
  const mayChangeData = inserts || changesRows || changesObjects === true || mayChangeSchema;
  const mayChange = mayChangeData || runsStoredCode || settings !== undefined;
  return knowsNames && pinReason === undefined && !mayChange;
}

/**
 * Why the statements of a session pin it to the connection that it holds, as far as their texts and names tell. If the
 * server has not said yet what names do, the session is pinned until it has.
 */
export class HeldPins implements NameQuestion {
  readonly #catalog: NameCatalog;
  readonly #onSettled: () => void;
  #reason: PinReason | undefined;
  /** That of the running statement. */
  #running: PinReason | undefined;
  /** That of the catalog, when the statement was sent. */
  #version = 0;
  /** Statements about whose names the server is being asked, and those since. */
  #asked: NameDoubts | undefined;
  #next: NameDoubts | undefined;

  /** @param onSettled called when statements that were in doubt are known to pin, or not to */
  constructor(catalog: NameCatalog, onSettled: () => void) {
    this.#catalog = catalog;
    this.#onSettled = onSettled;
  }

  get reason(): PinReason | undefined {
    return this.#reason ?? this.#running ?? (this.#asked || this.#next ? 'unknown table' : undefined);
  }

  /** The session is pinned, whatever names do. */
  get isPinned(): boolean {
    return this.#reason !== undefined;
  }

  /** A statement is about to run. */
  begin({ classification }: PreparedStatement): void {
    this.#running = classification.pinReason;
    this.#version = this.#catalog.version;
  }

  /**
   * It has ended.
   *
   * @param outcome undefined if the connection was lost
   * @param inTransaction MySQL has a transaction open behind it
   * @returns whether something of it may have run
   */
  note(
    { classification, knowsNames }: PreparedStatement,
    outcome: StatementOutcome | undefined,
    inTransaction: boolean,
  ): boolean {
    this.#running = undefined;
    const isRefused = outcome !== undefined && hasRunNothing(classification, outcome);
    const ends = classification.endsWithTransaction && inTransaction;
    if (!isRefused && !ends) this.#reason ??= classification.pinReason;
    if (!knowsNames && this.#reason === undefined) this.#doubt(classification, isRefused);
    if (isRefused && knowsNames) return false;
    this.#catalog.note(classification, outcome, this.#version);
    return true;
  }

  /** The session is pinned from now on. */
  pin(reason: PinReason): void {
    this.#reason ??= reason;
  }

  ask(): Iterable<ReadonlySet<string>> {
    const next = this.#next;
    this.#next = undefined;
    if (this.#asked && next) this.#asked.merge(next);
    else this.#asked ??= next;
    return this.#asked?.names ?? [];
  }

  answer(names: EffectiveNames): boolean {
    this.#reason ??= this.#asked?.resolve(names);
    this.#asked = undefined;
    if (this.#reason !== undefined) this.#next = undefined;
    this.#onSettled();
    return this.#next === undefined;
  }

  /** The connection is no longer that of the session. */
  end(): void {
    if (!this.#asked && !this.#next) return;
    this.#asked = this.#next = undefined;
    this.#catalog.withdraw(this);
  }

  #doubt(statement: Classification, isRefused: boolean): void {
    this.#next ??= new NameDoubts();
    this.#next.add(statement, isRefused);
    this.#catalog.ask(this);
  }
}
