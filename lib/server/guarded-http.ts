import type { IncomingHttpHeaders } from 'node:http';
import type { HostRules } from '../access/host-rules.js';
import type { Proof, Users, Verdict } from '../access/users.js';
import { HttpDaemon, type HttpDaemonOptions } from '../http/http-daemon.js';
import { refusal } from '../http/refusals.js';
import { type Authorisation, RpcGateway, type RpcGatewayOptions } from '../http/rpc-gateway.js';
import type { RequestHead } from '../http/servlet.js';
import type { Log } from '../netsvc/log.js';

/** The listener of `bin/netsvc`: lets in the hosts that its rules admit. */
export class GuardedDaemon extends HttpDaemon {
  readonly #rules: HostRules;

  constructor(rules: HostRules, options: HttpDaemonOptions) {
    super(options);
    this.#rules = rules;
  }

  override authorise(host: string): boolean {
    return this.#rules.admits(host);
  }
}

/** Logins are logged, and some of them are long. */
const LOGGED = 64;

/** The gateway of `bin/netsvc`: lets in the users that there are, or everybody where nobody has to log in. */
export class GuardedGateway extends RpcGateway {
  readonly #users: Users | undefined;
  readonly #log: Log;
  /** By the headers that they came with. */
  readonly #proofs = new WeakMap<IncomingHttpHeaders, Proof>();

  constructor(users: Users | undefined, log: Log, group: string, options: RpcGatewayOptions) {
    super(group, options);
    this.#users = users;
    this.#log = log;
  }

  override authorise(login: string, password: string, head: RequestHead): Authorisation | Promise<Authorisation> {
    if (this.#users === undefined) return true;
    // Many clients ask first without, to learn whether they have to log in.
    if (login === '') return false;
    // A connection's ordinary requests have the same headers, the very object.
    const proof = this.#proofs.get(head.headers);
    if (proof !== undefined && this.#users.holds(proof)) return true;
    const verdict = this.#users.check(login, password, head.remoteAddress);
    if (verdict instanceof Promise) return verdict.then((verdict) => this.#judge(verdict, login, head));
    return this.#judge(verdict, login, head);
  }

  #judge(verdict: Verdict, login: string, { headers, remoteAddress: host }: RequestHead): Authorisation {
    if (verdict === 'wrong') {
      this.#log.warn({ host, login: login.slice(0, LOGGED) }, 'login refused');
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

const WAITING = {
  failures: 'Too many logins from this host have failed.',
  load: 'Too many logins are being checked.',
};
