import type { SqlText } from '../sql/sql-text.js';
import { fits, isAscii, isUniversal, SOME_UTF8, utf8Counterpart } from './literal-charset.js';

/** `collation_connection` is the first, because MariaDB 11 reports the first of two names of the same variable. */
const TRACKED = 'collation_connection,character_set_connection,character_set_client,character_set_results,sql_mode';

/**
 * Makes MySQL report changes of the character sets, and of what a backslash means. MySQL does not convert a literal in
 * UCS-2 here.
 */
export const TRACK_CHARSETS = `session_track_system_variables = _utf8mb4'${TRACKED}'`;

/** `character_set_results` NULL or binary, which returns text as bytes, is kept. */
export const RESTORE_CHARSETS =
  'character_set_client = utf8mb4, ' +
  "character_set_results = IF(COALESCE(@@character_set_results, 'binary') = 'binary', " +
  "@@character_set_results, 'utf8mb4')";

/**
 * Makes MySQL's flag tell what a backslash means. When a routine that has set `sql_mode` ends, MySQL restores
 * `sql_mode`, but not the flag.
 */
export const CORRECT_FLAG = 'sql_mode = @@sql_mode';

/** Makes MySQL report the collation. It stands behind what turns the reports on. */
const ASK_COLLATION = 'collation_connection = @@collation_connection';

/** For servers that report no variables. */
const OWN_UTF8 = "IF(@@character_set_connection = 'utf8mb4', @@collation_connection, ";
const SET_SOME_UTF8 = `SET collation_connection = ${OWN_UTF8}'${SOME_UTF8}')`;

/** The status flag that a backslash is a character like others (`NO_BACKSLASH_ESCAPES`). */
const SERVER_STATUS_NO_BACKSLASH_ESCAPES = 0x0200;

/** What the gateway has to run before a statement of a client. */
export interface CharsetStep {
  readonly statement: string;
  /** Call when it has run. */
  done(): void;
}

/** What MySQL has reported behind a statement. */
interface CharsetReport {
  /** The system variables that have changed. */
  readonly variables: Readonly<Record<string, string>>;
  /** The status flags. */
  readonly status: number;
}

/**
 * Keeps statements and results of a connection in UTF-8, whichever character set the client sets with `SET NAMES`. In
 * another character set, characters would be lost, and in some (GBK, SJIS, Big5) a backslash can be the second byte of
 * a character and hide the end of a literal.
 *
 * `character_set_connection`, to which MySQL converts each literal, stays as the client sets it, because literals
 * collate by it. For a statement with other characters, its counterpart in utf8mb4 is set.
 */
export class ClientCharset {
  #state: 'UTF-8' | 'uncertain' | 'changed' = 'UTF-8';
  /** `collation_connection` as the client sees it; '' if it is not known. */
  #collation = SOME_UTF8;
  /** It is of a character set with all characters. */
  #isUniversal = true;
  /** The counterpart is set. */
  #widened = false;
  #backslashEscapes = true;
  #report: CharsetReport = { variables: {}, status: 0 };

  /** No statement may have changed the character sets, or what a backslash means. */
  get isKnown(): boolean {
    return this.#state === 'UTF-8';
  }

  /** `collation_connection` as the client sees it; undefined if it is not known. */
  get collation(): string | undefined {
    return this.#state === 'UTF-8' && this.#collation !== '' ? this.#collation : undefined;
  }

  /** In a literal, a backslash begins an escape sequence. It is so while `isKnown`. */
  get backslashEscapes(): boolean {
    return this.#backslashEscapes;
  }

  /** MySQL's report behind a statement. */
  note(report: CharsetReport): void {
    this.#report = report;
    const { character_set_client, character_set_results, ...others } = report.variables;
    if (!isUtf8(character_set_client) || !isUtf8(character_set_results)) this.#state = 'changed';
    else if (Object.keys(others).length > 0) this.expectChange();
  }

  /** A statement may have changed the character sets or the `sql_mode` without a report. */
  expectChange(): void {
    if (this.#state === 'UTF-8') this.#state = 'uncertain';
  }

  /** The connection has been prepared. @param collation `collation_connection` @param status MySQL's flags */
  noteInitial(collation: string, status: number): void {
    this.#widened = false;
    this.#noteKnown(collation, status);
  }

  /** The gateway has set what the session had set. @param collation undefined if it has not changed */
  noteReplayed(collation: string | undefined, status: number): void {
    this.#noteKnown(collation ?? this.#collation, status);
  }

  /** Whether `prepare` has nothing to do. */
  isFitFor(sql: SqlText): boolean {
    return this.#state === 'UTF-8' && (this.#isUniversal || fits(sql, this.#collation)) !== this.#widened;
  }

  /**
   * Sets the character sets that `sql` needs. It is not done behind the statement that may have changed them, because
   * it changes ROW_COUNT(), and in MySQL the warnings.
   *
   * @param readsOutcome `sql` reads them
   * @param tracked MySQL reports what has changed
   * @param run runs a statement
   * @returns whether something has been set
   */
  async prepare(
    sql: SqlText,
    readsOutcome: boolean,
    tracked: boolean,
    run: (statement: string) => Promise<void>,
  ): Promise<boolean> {
    let ran = false;
    for (;;) {
      const step = this.#stepFor(sql, readsOutcome, tracked);
      if (step === undefined) return ran;
      await run(step.statement);
      step.done();
      ran = true;
    }
  }

  /**
   * What must run before a statement, so that MySQL reads it in UTF-8 and loses none of its characters; undefined if
   * nothing must. There may be another step behind it.
   *
   * @param readsOutcome it reads ROW_COUNT() or warnings, which a SET would change. If the character set has probably
   *   not changed, a text in ASCII can do without.
   * @param tracked MySQL reports what has changed
   */
  #stepFor(sql: SqlText, readsOutcome: boolean, tracked: boolean): CharsetStep | undefined {
    if (this.isFitFor(sql)) return undefined;
    if (this.#state !== 'changed' && readsOutcome && isAscii(sql)) return undefined;
    if (this.#state !== 'UTF-8') return this.#restore(tracked);
    if (this.#collation === '') return { statement: SET_SOME_UTF8, done: () => this.#noteCollation(SOME_UTF8, false) };
    const collation = this.#widened ? this.#collation : utf8Counterpart(this.#collation);
    const done = () => this.#noteCollation(this.#collation, !this.#widened);
    return { statement: `SET collation_connection = ${collation}`, done };
  }

  #restore(tracked: boolean): CharsetStep {
    const variables = [...(tracked ? [TRACK_CHARSETS] : []), RESTORE_CHARSETS, ASK_COLLATION, CORRECT_FLAG];
    const done = () => {
      const { variables, status } = this.#report;
      this.#noteKnown(variables.collation_connection ?? '', status);
    };
    return { statement: `SET ${variables.join(', ')}`, done };
  }

  /** @param collation that is set now */
  #noteKnown(collation: string, status: number): void {
    this.#backslashEscapes = (status & SERVER_STATUS_NO_BACKSLASH_ESCAPES) === 0;
    const isCounterpart = this.#widened && collation === utf8Counterpart(this.#collation);
    this.#noteCollation(isCounterpart ? this.#collation : collation, isCounterpart);
  }

  #noteCollation(collation: string, widened: boolean): void {
    this.#state = 'UTF-8';
    this.#isUniversal = isUniversal(collation);
    this.#collation = collation;
    this.#widened = widened;
  }
}

/** @param charset undefined if it did not change */
function isUtf8(charset: string | undefined): boolean {
  return charset === undefined || charset === 'utf8mb4';
}
