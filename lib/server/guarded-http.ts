import type { HostRules } from '../access/host-rules.js';
import type { Users } from '../access/users.js';
import { HttpDaemon, type HttpDaemonOptions } from '../http/http-daemon.js';
import { refusal } from '../http/refusals.js';
import { type Authorisation, RpcGateway, type RpcGatewayOptions } from '../http/rpc-gateway.js';
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

  constructor(users: Users | undefined, log: Log, group: string, options: RpcGatewayOptions) {
    super(group, options);
    this.#users = users;
    this.#log = log;
  }

  override authorise(login: string, password: string, host: string): Authorisation | Promise<Authorisation> {
    if (this.#users === undefined) return true;
    // Many clients ask first without, to learn whether they have to log in.
    if (login === '') return false;
    const verdict = this.#users.check(login, password, host);
    if (verdict === 'right') return true;
    return this.#refuse(verdict, login, host);
  }

  async #refuse(checked: ReturnType<Users['check']>, login: string, host: string): Promise<Authorisation> {
    const verdict = await checked;
    if (verdict === 'right') return true;
    if (verdict === 'wrong') {
      this.#log.warn({ host, login: login.slice(0, LOGGED) }, 'login refused');
      return false;
    }
    const { wait, because } = verdict;
    const headers = { 'Retry-After': String(wait) };
    return because === 'failures'
      ? refusal(429, 'Too many logins from this host have failed.', headers)
      : refusal(503, 'Too many logins are being checked.', headers);
  }
}
