import type { DatabaseObserver } from '../../database/pool/database-observer.js';
import type { Login, LoginOutcome, Observer } from '../../netsvc/observer.js';
import { BoundedRows, type CountedRow } from './bounded-rows.js';

/** The maximum number of users, and of addresses of anonymous clients, that are counted by themselves. */
export const MAX_USERS = 1000;

/** What a user, or the anonymous clients of an address, have done since the start or the last reset. */
export interface UserCount extends CountedRow {
  /** '' for anonymous clients. */
  readonly user: string;
  /** The address of anonymous clients; '' for a user. */
  readonly host: string;
  calls: number;
  /** Calls that were answered with a fault. */
  faults: number;
  statements: number;
  /** The time of the statements, in seconds. */
  seconds: number;
  /** The rows that MySQL has sent. */
  rows: number;
  bytesIn: number;
  bytesOut: number;
  /** Logins whose password was wrong, or was not checked because too many have failed. */
  failedLogins: number;
}

/** Counts what users do, and what anonymous clients do by address. Their number is limited. */
export class UserCounters {
  readonly #users = new BoundedRows<UserCount>({ max: MAX_USERS, makeOther: () => noneOf('', ''), add });
  readonly #hosts = new BoundedRows<UserCount>({ max: MAX_USERS, makeOther: () => noneOf('', ''), add });

  /** Receives what is counted. */
  readonly observer: Observer & DatabaseObserver = {
    callEnded: ({ fault, request: { user, remoteAddress, usage } }) => {
      const count = this.#of(user, remoteAddress);
      count.calls++;
      if (fault !== undefined) count.faults++;
      count.bytesIn += usage.bytesIn;
      count.bytesOut += usage.bytesOut;
      count.lastSeen = Date.now();
    },
    statementEnded: ({ seconds, rows, request }) => {
      if (request === undefined) return;
      const count = this.#of(request.user, request.remoteAddress);
      count.statements++;
      count.seconds += seconds;
      count.rows += rows;
    },
    loginChecked: (outcome, login) => this.#countLogin(outcome, login),
  };

  /** Users, then the addresses of anonymous clients. */
  get counts(): readonly UserCount[] {
    return [...this.#users.rows, ...this.#hosts.rows];
  }

  /** What those have done that there was no room for, and how many they are; undefined if there are none. */
  get others(): { readonly count: number; readonly row: UserCount } | undefined {
    const all = [this.#users.other, this.#hosts.other].filter((other) => other !== undefined);
    if (all.length === 0) return undefined;
    const row = noneOf('', '');
    for (const other of all) add(row, other.row);
    return { count: all.reduce((sum, { count }) => sum + count, 0), row };
  }

  /** Begins with nothing. */
  reset(): void {
    this.#users.clear();
    this.#hosts.clear();
  }

  #of(user: string, host: string): UserCount {
    return user === '' ? countOf(this.#hosts, host, '', host) : countOf(this.#users, user, user, '');
  }

  /** A login that no user has counts for its address: anybody can try any number of them. */
  #countLogin(outcome: LoginOutcome, { login, host, isUser, ofOperator }: Login): void {
    if (ofOperator || (outcome !== 'wrong' && outcome !== 'locked_out')) return;
    const count = this.#of(isUser ? login : '', host);
    count.failedLogins++;
    count.lastSeen = Date.now();
  }
}

function countOf(rows: BoundedRows<UserCount>, key: string, user: string, host: string): UserCount {
  const known = rows.get(key);
  if (known) return known;
  const count = noneOf(user, host);
  rows.set(key, count);
  return count;
}

function noneOf(user: string, host: string): UserCount {
  const none = { calls: 0, faults: 0, statements: 0, seconds: 0, rows: 0, bytesIn: 0, bytesOut: 0, failedLogins: 0 };
  return { user, host, ...none, lastSeen: Date.now() };
}

function add(to: UserCount, from: UserCount): void {
  to.calls += from.calls;
  to.faults += from.faults;
  to.statements += from.statements;
  to.seconds += from.seconds;
  to.rows += from.rows;
  to.bytesIn += from.bytesIn;
  to.bytesOut += from.bytesOut;
  to.failedLogins += from.failedLogins;
  to.lastSeen = Math.max(to.lastSeen, from.lastSeen);
}
