import type { IncomingHttpHeaders } from 'node:http';
import type { Proof, Users, Verdict } from '../access/users.js';
import type { Log } from '../netsvc/log.js';
import { refusal } from './refusals.js';
import type { RequestHead, WholeReply } from './servlet.js';

/** Whether a request is authorised; a reply takes the place of 401. */
export type Authorisation = boolean | WholeReply;

/** The maximum length of a login in the log. */
const MAX_LOGGED = 64;

const WAITING = {
  failures: 'Too many logins from this host have failed.',
  load: 'Too many logins are being checked.',
};

/** Checks the credentials of requests against a password file, and limits the rate of failed logins. */
export class UserCheck {
  readonly #users: Users;
  readonly #log: Log;
  /** By the headers of a request: on the fast path, requests with equal headers share one object. */
  readonly #proofs = new WeakMap<IncomingHttpHeaders, Proof>();

  constructor(users: Users, log: Log) {
    this.#users = users;
    this.#log = log;
  }

  authorise(login: string, password: string, head: RequestHead): Authorisation | Promise<Authorisation> {
    // Many clients send their first request without credentials.
    if (login === '') return false;
    const proof = this.#proofs.get(head.headers);
    if (proof !== undefined && this.#users.holds(proof)) return true;
    const verdict = this.#users.check(login, password, head.remoteAddress);
    if (verdict instanceof Promise) return verdict.then((verdict) => this.#authorisation(verdict, login, head));
    return this.#authorisation(verdict, login, head);
  }

  #authorisation(verdict: Verdict, login: string, { headers, remoteAddress: host }: RequestHead): Authorisation {
    if (verdict === 'wrong') {
      this.#log.warn({ host, login: login.slice(0, MAX_LOGGED) }, 'login refused');
      return false;
    }
    if ('hash' in verdict) {
      this.#proofs.set(headers, verdict);
      return true;
    }
    const { wait, because } = verdict;
    return refusal(because === 'failures' ? 429 : 503, WAITING[because], { 'Retry-After': String(wait) });
  }
}
