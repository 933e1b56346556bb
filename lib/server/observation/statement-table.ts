import type { DatabaseObserver } from '../../database/pool/database-observer.js';
import { digestOf } from '../../database/sql/statement-digest.js';
import { BoundedRows, type CountedRow } from './bounded-rows.js';

/** The maximum number of statements that are counted by themselves, for each database. */
export const MAX_STATEMENTS = 1000;

/** The maximum length of a digest, in characters. */
const MAX_DIGEST = 1024;

/** What the statements with a digest have done since the start or the last reset. Durations are in seconds. */
export interface StatementCount extends CountedRow {
  readonly database: string;
  /** The statement without its values. */
  readonly digest: string;
  calls: number;
  errors: number;
  /** The rows that MySQL has sent. */
  rows: number;
  seconds: number;
  /** The longest. */
  max: number;
  /** Who ran it last: the user, '' for an anonymous client; and the address. */
  user: string;
  host: string;
}

/** Counts statements by digest. Their number and the length of their texts are limited. */
export class StatementTable {
  readonly #databases = new Map<string, BoundedRows<StatementCount>>();

  /** Receives what is counted. */
  readonly observer: DatabaseObserver = {
    statementEnded: ({ database, error, rows, seconds, sql, request }) => {
      const count = this.#of(database, sql);
      count.calls++;
      if (error !== undefined) count.errors++;
      count.rows += rows;
      count.seconds += seconds;
      if (seconds > count.max) count.max = seconds;
      count.user = request?.user ?? '';
      count.host = request?.remoteAddress ?? '';
      count.lastSeen = Date.now();
    },
  };

  get counts(): readonly StatementCount[] {
    return [...this.#databases.values()].flatMap(({ rows }) => [...rows]);
  }

  /** The sums of the statements that there was no room for, and how many they are, for each database that has any. */
  get others(): readonly { readonly count: number; readonly row: StatementCount }[] {
    return [...this.#databases.values()].flatMap(({ other }) => other ?? []);
  }

  /** Begins with nothing. */
  reset(): void {
    this.#databases.clear();
  }

  #of(database: string, sql: string): StatementCount {
    const digest = digestOf(sql);
    let counts = this.#databases.get(database);
    if (counts === undefined) {
      counts = new BoundedRows({ max: MAX_STATEMENTS, makeOther: () => noneOf(database, ''), add });
      this.#databases.set(database, counts);
    }
    const key = digest.length > MAX_DIGEST ? digest.slice(0, MAX_DIGEST) : digest;
    const known = counts.get(key);
    if (known) return known;
    // The digest may be a part of a text of megabytes, whose memory it would share.
    const own = Buffer.from(key, 'utf16le').toString('utf16le');
    const count = noneOf(database, digest.length > MAX_DIGEST ? `${own}...` : own);
    counts.set(own, count);
    return count;
  }
}

function noneOf(database: string, digest: string): StatementCount {
  const none = { calls: 0, errors: 0, rows: 0, seconds: 0, max: 0 };
  return { database, digest, ...none, user: '', host: '', lastSeen: Date.now() };
}

function add(to: StatementCount, from: StatementCount): void {
  to.calls += from.calls;
  to.errors += from.errors;
  to.rows += from.rows;
  to.seconds += from.seconds;
  to.max = Math.max(to.max, from.max);
  if (from.lastSeen < to.lastSeen && to.host !== '') return;
  to.user = from.user;
  to.host = from.host;
  to.lastSeen = from.lastSeen;
}
