import { atOnce } from '../../turns/turns.js';
import { addUnreadWords } from '../sql/unread-words.js';
import { type Classification, type FoundRowsEffect, KEEPS_STATE } from './classification.js';
import { ddlClassification } from './ddl.js';
import { executedReads } from './executed-text.js';
import type { PinReason } from './pin-reason.js';
import { refusalsOf } from './refused-statements.js';
import { settingsOf } from './settings-reader.js';
import { showReads } from './show-statements.js';
import { STATE, STATE_WORDS, tableReads } from './state-set.js';
import { MAX_NAMES, StatementScan } from './statement-scan.js';
import {
  CHANGES,
  DDL,
  HIDING,
  KEEP_IDS_AND_ROWS,
  KEEPS_SCHEMA,
  QUERIES,
  RESERVED,
  STATEMENTS,
} from './statement-words.js';

/** Transactions that MySQL reports completely. */
const TRANSACTION = /^(?:begin|commit|rollback)(?: work)?$|^start transaction$/;

/** Statements about a transaction that leave nothing behind it. */
const IN_TRANSACTION =
  /^(?:savepoint|release savepoint|rollback (?:work )?to|start transaction|(?:commit|rollback) (?:work )?and chain)\b/;

/** In a SET that changes how statements are read. */
const OF_CHARSETS = /char|names|collat|sql_mode/i;

/**
 * Classifies a statement by its tokens, with its arguments in place. What it does not recognise pins.
 *
 * @param schema of USE: its names count too
 */
export function classify(sql: string, schema?: string): Classification {
  return atOnce(classification(sql, schema));
}

/** Classifies a statement of any length in steps. */
export function classification(sql: string, schema?: string): Generator<void, Classification> {
  const classifier = new Classifier(sql);
  if (schema !== undefined) classifier.addName(schema);
  return classifier.steps();
}

class Classifier {
  readonly #scan: StatementScan;

  constructor(readonly sql: string) {
    this.#scan = new StatementScan(sql);
  }

  addName(name: string): void {
    this.#scan.addName(name);
  }

  *steps(): Generator<void, Classification> {
    while (this.#scan.readSome()) yield;
    const classification = this.#known() ?? (yield* this.#pinned(this.#scan.reason ?? 'unknown statement'));
    for (const name of this.#scan.quoted) this.#scan.words.add(name);
    const reads = tableReads(classification.names);
    return reads === STATE.none ? classification : { ...classification, reads: classification.reads | reads };
  }

  /** Undefined if it pins. */
  #known(): Classification | undefined {
    const head = this.#scan.head.join(' ');
    const [first = ''] = this.#scan.head;
    this.#scan.reads |= this.#scan.variables.reads;
    if (this.#scan.variables.isIncomplete) this.#scan.pin('system variable');
    if (this.#scan.only && TRANSACTION.test(head)) return KEEPS_STATE;
    const settings = this.#scan.only && (first === 'set' || first === 'use') ? settingsOf(this.sql) : undefined;
    if (settings) return { ...KEEPS_STATE, settings, mayHideCharset: OF_CHARSETS.test(this.sql) };
    if (DDL.has(first)) return this.#ddl();
    // Only INTO and := set variables.
    if (this.#scan.variables.namesUser && !CHANGES.has(first) && this.#hasWord('into')) this.#scan.pin('user variable');
    if (first === 'show') return this.#show(head);
    if (!QUERIES.has(first) && !CHANGES.has(first)) this.#scan.reason = STATEMENTS.get(first) ?? 'unknown statement';
    return this.#scan.reason === undefined ? this.#stateless(first) : undefined;
  }

  #show(head: string): Classification | undefined {
    const reads =
      this.#scan.only && this.#scan.reason === undefined ? showReads(head, this.#scan.lastString) : undefined;
    if (reads === undefined) {
      this.#scan.reason ??= 'unknown statement';
      return undefined;
    }
    this.#scan.reads |= reads;
    return reads === STATE.diagnostics ? { ...KEEPS_STATE, reads: this.#scan.reads } : this.#stateless('show');
  }

  /** Undefined if it pins. */
  #ddl(): Classification | undefined {
    this.#scan.reason = 'DDL';
    return ddlClassification(this.sql, this.#scan.words, this.#scan.isUnread ? undefined : this.#changedNames);
  }

  #stateless(first: string): Classification {
    const changesRows = CHANGES.has(first) || (first === 'with' && this.#hasWord('insert', 'update', 'delete'));
    const isQuery = !changesRows && (first === 'select' || first === 'with');
    return {
      pinReason: undefined,
      reads: this.#scan.reads,
      inserts: first === 'insert' || first === 'replace' || this.#scan.setsInsertId,
      foundRows: isQuery ? this.#counted : this.#queriesNothing(first) ? 'kept' : 'unknown',
      keepsRowCount: false,
      clearsWarnings: changesRows || (first === 'select' && this.#scan.usesTable),
      names: this.#scan.words,
      changesRows,
      mayChangeSchema: false,
      mayHideCharset: false,
      refusals: 'all',
      runsStoredCode: false,
    };
  }

  /** It is an INSERT of values, or a DELETE from one table, which surely evaluates no query. */
  #queriesNothing(first: string): boolean {
    if (this.#scan.hasInnerValues || this.#hasWord('select', 'join', 'using', 'returning', 'table', 'with'))
      return false;
    return first === 'insert' || first === 'replace' || this.#scan.head.slice(0, 2).join(' ') === 'delete from';
  }

  get #counted(): FoundRowsEffect {
    return this.#hasWord('sql_calc_found_rows') ? 'calculated' : 'set';
  }

  #hasWord(...words: readonly string[]): boolean {
    return words.some((word) => this.#scan.words.has(word));
  }

  *#pinned(pinReason: PinReason): Generator<void, Classification> {
    const [first = ''] = this.#scan.head;
    // In what has not been read, and in a string that is executed.
    const isUnread = !this.#scan.only || pinReason === 'prepared statement';
    if (pinReason === 'prepared statement') this.#scan.reads |= executedReads(this.sql, this.#scan.words, classify);
    if (isUnread) yield* addUnreadWords(this.sql, this.#scan.words, MAX_NAMES - this.#scan.nameCount);
    for (const word of this.#scan.words) {
      const item = STATE_WORDS.get(word);
      if (item !== undefined) this.#scan.reads |= item;
    }
    const keeps = KEEP_IDS_AND_ROWS.has(first) && this.#scan.only && !this.#hasWord('select', 'last_insert_id');
    return {
      pinReason,
      reads: this.#scan.reads,
      inserts: !keeps,
      foundRows: keeps ? 'kept' : first === 'select' || first === 'with' ? this.#counted : 'unknown',
      keepsRowCount: first === 'get',
      clearsWarnings: false,
      names: this.#scan.words,
      changesRows: CHANGES.has(first),
      mayChangeSchema:
        !QUERIES.has(first) &&
        !CHANGES.has(first) &&
        !(this.#scan.only && KEEPS_SCHEMA.test(this.#scan.head.join(' '))),
      changedNames: !this.#scan.isUnread && DDL.has(first) ? this.#changedNames : undefined,
      mayHideCharset: this.#scan.mayHideCharset || HIDING.has(pinReason),
      endsWithTransaction: this.#scan.only && IN_TRANSACTION.test(this.#scan.head.join(' ')),
      refusals:
        this.#scan.nameCount > MAX_NAMES
          ? 'none'
          : refusalsOf(this.#scan.head, this.#scan.words, this.#scan.only && !this.#scan.assigns),
      runsStoredCode: false,
    };
  }

  get #changedNames(): ReadonlySet<string> {
    return new Set([...this.#scan.words].filter((word) => !RESERVED.has(word)).concat(this.#scan.quoted));
  }
}
