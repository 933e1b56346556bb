import type { UsersOptions } from '../../access/users.js';
import { RpcGateway } from '../../http/rpc/rpc-gateway.js';
import type { Log } from '../../netsvc/log.js';
import { ServiceRegistry } from '../../netsvc/service-registry.js';
import { AdminListener } from '../admin/admin-listener.js';
import { AdminService } from '../admin/admin-service.js';
import type { OperatorView } from '../admin/operator-view.js';
import { refuseRemoteOperators } from '../configuration/remote-access.js';
import type { AdminSettings, Settings } from '../configuration/settings.js';
import type { ServerObserver } from '../observation/event-stream.js';
import { listenFailure } from './start-failures.js';
import { WatchedUsers } from './watched-users.js';

/** Bytes of a call of the admin service. */
const MAX_ADMIN_REQUEST = 1024 * 1024;

export interface OperatorAccessOptions {
  readonly log: Log;
  /** Receives logins. */
  readonly observer: ServerObserver;
  readonly logins: UsersOptions;
  /** The maximum number of connections to the listener. */
  readonly maxConnections: number;
}

/** The listener for operators and its users. */
export class OperatorAccess {
  readonly #settings: AdminSettings;
  readonly #log: Log;
  /** Of logins. The calls of operators are not in the metrics. */
  readonly #observer: ServerObserver;
  readonly #maxConnections: number;
  readonly #users: WatchedUsers | undefined;
  #listener: AdminListener | undefined;

  /** @throws {UsageError} if the password file cannot be used */
  constructor(settings: AdminSettings, { log, observer, logins, maxConnections }: OperatorAccessOptions) {
    const { users } = settings;
    this.#settings = settings;
    this.#log = log;
    this.#maxConnections = maxConnections;
    this.#observer = {
      loginChecked: (outcome, login) => observer.loginChecked?.(outcome, { ...login, ofOperator: true }),
      loginKnown: (login) => observer.loginKnown?.({ ...login, ofOperator: true }),
      refused: (refusal) => observer.refused?.(refusal),
    };
    this.#users = users === undefined ? undefined : new WatchedUsers(users, 'admin users', log, logins);
    if (this.#users) this.#users.onRead = (reload) => observer.reloaded?.(reload);
  }

  /** The URL of the listener, if it has started. */
  get url(): string | undefined {
    if (this.#listener === undefined) return undefined;
    const { address, port, family } = this.#listener.address;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`;
  }

  /**
   * Starts the listener.
   *
   * @param insecure whether remote operators need not log in
   * @throws {StartFailure}
   * @throws {UsageError} if the listener is on a socket of a remote address
   */
  async start(operatorView: OperatorView, insecure: boolean): Promise<void> {
    // With the library of metrics, whose loading takes a large part of the start.
    const { adminPages } = await import('../pages/admin-pages.js');
    const users = this.#users?.users;
    // Only users that log in may change something.
    const [log, observer, maxConnections] = [this.#log, this.#observer, this.#maxConnections];
    const service = users && new AdminService(new ServiceRegistry({ log, observer }), operatorView);
    const calls =
      service && new RpcGateway('', { registry: service.registry, users, log, maxRequest: MAX_ADMIN_REQUEST });
    const pages = adminPages(operatorView, service !== undefined);
    const listener = new AdminListener(this.#settings, pages, { users, calls, log, observer, maxConnections });
    await listener.start().catch((error: unknown) => {
      throw listenFailure(this.#settings, error);
    });
    this.#listener = listener;
    this.#refuseRemote(insecure);
    this.#users?.watch();
  }

  /** The address of a socket is not known before. @throws {UsageError} */
  #refuseRemote(insecure: boolean): void {
    if (this.#settings.fd === undefined || this.#listener === undefined) return;
    refuseRemoteOperators(this.#listener.address.address, { users: this.#settings.users, insecure });
  }

  /** Forgets failed logins of operators: see `Users`. */
  unlock(login?: string, host?: string): number {
    return this.#users?.users.unlock(login, host) ?? 0;
  }

  /** Reads the password file that new settings name. @returns a function that applies it @throws {UsageError} */
  prepare({ admin, insecure }: Settings, logins: UsersOptions): (() => void) | undefined {
    this.#refuseRemote(insecure);
    return this.#users?.prepare(admin?.users, logins);
  }

  async stop(): Promise<void> {
    await this.#listener?.stop();
    await this.#users?.end();
  }
}
