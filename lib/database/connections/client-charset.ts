import type { Connection } from 'mysql2';
import { fixCharset } from './driver-internals.js';

/** Makes MySQL report changes of the character sets. */
export const TRACK_CHARSETS = "session_track_system_variables = 'character_set_client,character_set_results'";

/** `character_set_results` NULL or binary, which returns text as bytes, is kept. */
export const RESTORE_CHARSETS =
  'character_set_client = utf8mb4, ' +
  "character_set_results = IF(COALESCE(@@character_set_results, 'binary') = 'binary', " +
  "@@character_set_results, 'utf8mb4')";

/** In ASCII, quotes and operators are the same in every character set that a client can use. */
const ASCII = /^[\0-\x7f]*$/;

/**
 * Keeps statements and results of a connection in UTF-8, whichever character set the client sets with `SET NAMES`. In
 * another character set, characters would be lost, and in some (GBK, SJIS, Big5) a backslash can be the second byte of
 * a character and hide the end of a literal.
 */
export class ClientCharset {
  #state: 'UTF-8' | 'uncertain' | 'changed' = 'UTF-8';

  constructor(driver: Connection) {
    fixCharset(driver);
  }

  /** No statement may have changed the character sets. */
  get isSurelyUtf8(): boolean {
    return this.#state === 'UTF-8';
  }

  /** @param variables the system variables that MySQL reported as changed */
  note({ character_set_client, character_set_results }: Readonly<Record<string, string>>): void {
    if (!isUtf8(character_set_client) || !isUtf8(character_set_results)) this.#state = 'changed';
  }

  /** A statement may have changed the character sets without a report. */
  expectChange(): void {
    if (this.#state === 'UTF-8') this.#state = 'uncertain';
  }

  /** UTF-8 has been set again. */
  noteRestored(): void {
    this.#state = 'UTF-8';
  }

  /**
   * Whether MySQL may not read the statement in UTF-8, so that UTF-8 must be set first.
   *
   * @param readsOutcome it reads ROW_COUNT() or warnings, which setting UTF-8 would change. If the character set has
   *   probably not changed, a text in ASCII can do without.
   */
  isUnfitFor(sql: string, readsOutcome: boolean): boolean {
    return this.#state === 'changed' || (this.#state === 'uncertain' && !(readsOutcome && ASCII.test(sql)));
  }

  /** The statement that sets UTF-8 again. */
  restoreStatement(tracked: boolean): string {
    return `SET ${tracked ? `${TRACK_CHARSETS}, ` : ''}${RESTORE_CHARSETS}`;
  }
}

/** @param charset undefined if it did not change */
function isUtf8(charset: string | undefined): boolean {
  return charset === undefined || charset === 'utf8mb4';
}
