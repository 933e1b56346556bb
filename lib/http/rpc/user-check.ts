import type { IncomingHttpHeaders } from 'node:http';
import { networkOf } from '../../access/host-rules.js';
import type { Users } from '../../access/users.js';
import type { LoginRefusal, Proof, Verdict } from '../../access/verdict.js';
import type { Log } from '../../netsvc/log.js';
import type { LoginOutcome, Observer } from '../../netsvc/observer.js';
import { refusal } from '../answers/refusals.js';
import type { RequestHead, WholeReply } from '../answers/servlet.js';
import { OncePerMinute } from '../listener/once-per-minute.js';
import { isLatin1, whyMalformed } from './authentication.js';

/** Whether a request is authorised; a reply takes the place of 401. */
export type Authorisation = boolean | WholeReply;

/** The maximum length of a login in the log. */
const MAX_LOGGED = 64;

/** Checks the credentials of requests against a password file, and limits the rate of failed logins. */
export class UserCheck {
  readonly #users: Users;
  readonly #log: Log;
  readonly #observer: Observer;
  readonly #malformed = new OncePerMinute();
  /** By the headers of a request: on the fast path, requests with equal headers share one object. */
  readonly #proofs = new WeakMap<IncomingHttpHeaders, Proof>();

  constructor(users: Users, log: Log, observer: Observer) {
    this.#users = users;
    this.#log = log;
    this.#observer = observer;
  }

  authorise(login: string, password: string, head: RequestHead): Authorisation | Promise<Authorisation> {
    // Many clients send their first request without credentials.
    if (login === '') return false;
    const proof = this.#proofs.get(head.headers);
    if (proof !== undefined && this.#users.holds(proof)) return this.#accept(proof, head);
    const verdict = this.#users.check(login, password, head.remoteAddress);
    if (verdict instanceof Promise) return verdict.then((verdict) => this.#checked(verdict, login, head));
    // It is cached.
    if (!isProof(verdict)) return this.#checked(verdict, login, head);
    this.#proofs.set(head.headers, verdict);
    this.#observer.loginKnown?.({ login, isUser: true, host: head.remoteAddress });
    return this.#accept(verdict, head);
  }

  /** The credentials of a request cannot be read. Its sender cannot fill the log. */
  malformed(authorization: string, host: string): void {
    this.#observer.loginChecked?.('malformed', { login: '', isUser: false, host });
    if (this.#malformed.isFirst(networkOf(host))) {
      this.#log.warn({ client_address: host, reason: whyMalformed(authorization) }, 'login refused');
    }
  }

  #accept(proof: Proof, { client }: RequestHead): true {
    client?.authenticate(proof.login);
    return true;
  }

  #checked(verdict: Verdict, login: string, head: RequestHead): Authorisation {
    const { remoteAddress: host } = head;
    const repeated = verdict === 'wrong again' && { repeated: true as const };
    this.#observer.loginChecked?.(outcomeOf(verdict), { login, isUser: this.#users.has(login), host, ...repeated });
    if (isProof(verdict)) {
      this.#proofs.set(head.headers, verdict);
      return this.#accept(verdict, head);
    }
    // It is in the log.
    if (verdict === 'wrong again') return false;
    if (verdict === 'wrong') {
      const encoding = isLatin1(head.headers.authorization ?? '') ? { encoding: 'ISO-8859-1' } : {};
      const fields = { client_address: host, login: login.slice(0, MAX_LOGGED), ...encoding };
      this.#log.warn(fields, 'login refused');
      return false;
    }
    const headers = { 'Retry-After': String(verdict.wait) };
    this.#report(verdict.because, login, networkOf(host));
    if (verdict.because === 'load') return refusal(503, 'Too many logins are being checked.', headers);
    // The same for all logins: that one has failed before says nothing about whether it exists.
    return refusal(429, 'Too many logins have failed.', headers);
  }

  #report(because: LoginRefusal, login: string, host: string): void {
    if (because === 'load') this.#observer.refused?.({ resource: 'login_checks' });
    else this.#observer.refused?.({ resource: 'logins', host, ...(because === 'failures' && { user: login }) });
  }
}

function isProof(verdict: Verdict): verdict is Proof {
  return typeof verdict === 'object' && 'hash' in verdict;
}

function outcomeOf(verdict: Verdict): LoginOutcome {
  if (verdict === 'wrong' || verdict === 'wrong again') return 'wrong';
  if (isProof(verdict)) return 'accepted';
  return verdict.because === 'load' ? 'overloaded' : 'locked_out';
}
