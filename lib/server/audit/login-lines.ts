import { networkOf } from '../../access/host-rules.js';
import { OncePerMinute } from '../../http/listener/once-per-minute.js';
import type { Login, LoginOutcome } from '../../netsvc/observer.js';

/** The maximum length of a name that was not accepted: it can be as long as a request allows. */
const MAX_NAME = 64;

/** Milliseconds after its last new connection that a user on a host is known, and how many are. */
const KNOWN = 60_000;
const MAX_KNOWN = 10_000;

/** The maximum number of refused logins in a minute that have lines, of those whose password is not checked. */
const MAX_REFUSED = 500;

/**
 * Decides which logins get a line: each whose password is checked; one whose password is known if the user has not been
 * seen on the host for a minute; and the first in a minute of those that a program repeats, or that are refused without
 * a check, of a user from a network.
 */
export class LoginLines {
  readonly #clock: () => number;
  readonly #refused: OncePerMinute;
  /** When users on hosts were last seen, the longest ago first. */
  readonly #known = new Map<string, number>();
  /** Refused logins without a line, since the last refused one with a line. */
  #omitted = 0;

  /** @param clock monotonic milliseconds */
  constructor(clock = () => performance.now()) {
    this.#clock = clock;
    this.#refused = new OncePerMinute(clock, MAX_REFUSED);
  }

  /** Returns the fields of a line; undefined if there is none. */
  checked(outcome: LoginOutcome, login: Login): object | undefined {
    const fields = { outcome, ...fieldsOf(login) };
    if (outcome === 'accepted') {
      this.#see(login);
      return fields;
    }
    const isChecked = outcome === 'wrong' && !login.repeated;
    if (!isChecked && !this.#refused.isFirst(keyOf(networkOf(login.host), login, outcome))) {
      this.#omitted++;
      return undefined;
    }
    const omitted = this.#omitted;
    this.#omitted = 0;
    return { ...fields, ...(omitted > 0 && { omitted }) };
  }

  known(login: Login): object | undefined {
    return this.#see(login) ? undefined : { outcome: 'accepted', ...fieldsOf(login), cached: true };
  }

  /** @returns whether the user was known on the host */
  #see(login: Login): boolean {
    const key = keyOf(login.host, login);
    const last = this.#known.get(key);
    const now = this.#clock();
    this.#known.delete(key);
    this.#known.set(key, now);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    return last !== undefined && now - last < KNOWN;
  }
}

function fieldsOf({ login, host, ofOperator }: Login): object {
  return { user: login.slice(0, MAX_NAME), client_address: host, ...(ofOperator && { of: 'operators' }) };
}

function keyOf(place: string, { login, ofOperator }: Login, outcome = ''): string {
  return `${outcome} ${ofOperator === true} ${place} ${login.slice(0, MAX_NAME)}`;
}
