import type { PinReason } from './pin-reason.js';
import { STATE, type StateSet } from './state-set.js';

/**
 * How a statement uses its connection, as far as its text tells. It decides what a session keeps, and nothing about
 * what the next session sees: MySQL resets the connection before.
 */
export interface Classification {
  /** Why the session is pinned: the statement may change what MySQL does not report. */
  readonly pinReason: PinReason | undefined;
  /** The session state that it reads. */
  readonly reads: StateSet;
  /** It may set LAST_INSERT_ID(), or keep it. */
  readonly inserts: boolean;
  readonly foundRows: FoundRowsEffect;
  /** ROW_COUNT() keeps its value. */
  readonly keepsRowCount: boolean;
  /** It clears the warnings of the statement before: only statements that use tables do, in every version. */
  readonly clearsWarnings: boolean;
  /** Its words and quoted names, folded. Each may be the name of a table, wherever it stands. */
  readonly names: ReadonlySet<string>;
  /** It changes rows, and so runs triggers and takes default values. */
  readonly changesRows: boolean;
  /** It creates, changes, empties or drops a table or another object. */
  readonly changesObjects?: boolean;
  /** It may create or change tables, views, triggers or functions, perhaps in a procedure. */
  readonly mayChangeSchema: boolean;
  /** What it sets, if that can be set again on another connection. It does nothing else. */
  readonly settings?: readonly Setting[] | undefined;
  /** All names of which it may change what they do; undefined if they can be any. */
  readonly changedNames?: ReadonlySet<string> | undefined;
  /** It may turn off MySQL's reports of the character sets, unseen. */
  readonly mayHideCharset: boolean;
  /** What it leaves on the connection ends with the transaction. */
  readonly endsWithTransaction?: boolean;
  /** Which errors of MySQL show that nothing of it has run. */
  readonly refusals: Refusals;
  /** It names something that runs code that is stored in the server. The text alone does not tell. */
  readonly runsStoredCode: boolean;
}

/**
 * `all`: those of the parser, of unknown names, privileges and arguments, because MySQL resolves the whole statement
 * before it runs any of it. `syntax`: those of the parser. `none`: it may have executed another text, or have raised
 * the error itself.
 */
export type Refusals = 'all' | 'syntax' | 'none';

/** What a statement does to FOUND_ROWS(). `calculated`: SQL_CALC_FOUND_ROWS asks for more than the rows. */
export type FoundRowsEffect = 'set' | 'calculated' | 'kept' | 'unknown';

/** A statement that changes no session state, and reads none. */
export const KEEPS_STATE: Classification = {
  pinReason: undefined,
  reads: STATE.none,
  inserts: false,
  foundRows: 'kept',
  keepsRowCount: false,
  clearsWarnings: false,
  names: new Set(),
  changesRows: false,
  mayChangeSchema: false,
  mayHideCharset: false,
  refusals: 'all',
  runsStoredCode: false,
};

/** What a statement has set in a session, so that the same can be set on another connection. */
export interface Setting {
  /**
   * `schema`: of USE, by its name. `transaction`: by a statement of its own. `charset`: of literals. `results`:
   * `character_set_results`; '' if the results are text. `variable`: another variable.
   */
  readonly kind: 'schema' | 'transaction' | 'charset' | 'results' | 'variable';
  /** A later setting with the same kind and key replaces it. */
  readonly key: string;
  readonly text: string;
  /** It depends on the current schema. */
  readonly needsSchema?: boolean;
}
