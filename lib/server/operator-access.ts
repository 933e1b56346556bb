import { RpcGateway } from '../http/rpc-gateway.js';
import type { Log } from '../netsvc/log.js';
import { ServiceRegistry } from '../netsvc/service-registry.js';
import { AdminListener } from './admin-listener.js';
import { AdminService } from './admin-service.js';
import type { Operated } from './operated.js';
import { refuseRemoteOperators } from './remote-access.js';
import type { AdminSettings } from './settings.js';
import { listenFailure } from './start-failure.js';
import { WatchedUsers } from './watched-users.js';

/** Bytes of a call of the admin service. */
const MAX_ADMIN_REQUEST = 1024 * 1024;

/** The listener for operators and its users. */
export class OperatorAccess {
  readonly #settings: AdminSettings;
  readonly #log: Log;
  readonly #users: WatchedUsers | undefined;
  #listener: AdminListener | undefined;

  /** @throws {UsageError} if the password file cannot be used */
  constructor(settings: AdminSettings, log: Log) {
    const { users } = settings;
    this.#settings = settings;
    this.#log = log;
    this.#users = users === undefined ? undefined : new WatchedUsers(users, 'admin users', log);
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
  async start(operated: Operated, insecure: boolean): Promise<void> {
    // With the library of metrics, whose loading takes a large part of the start.
    const { adminPages } = await import('./admin-pages.js');
    const users = this.#users?.users;
    // Only users that log in may change something.
    const service = users && new AdminService(new ServiceRegistry({ log: this.#log }), operated);
    const calls =
      service &&
      new RpcGateway('', { registry: service.registry, users, log: this.#log, maxRequest: MAX_ADMIN_REQUEST });
    const pages = adminPages(operated, service !== undefined);
    const listener = new AdminListener(this.#settings, pages, { users, calls, log: this.#log });
    await listener.start().catch((error: unknown) => {
      throw listenFailure(this.#settings, error);
    });
    this.#listener = listener;
    if (this.#settings.fd !== undefined) {
      refuseRemoteOperators(listener.address.address, { users: this.#settings.users, insecure });
    }
    this.#users?.watch();
  }

  /** Reloads the password file. */
  reload(): void {
    this.#users?.reload();
  }

  async stop(): Promise<void> {
    await this.#listener?.stop();
    await this.#users?.end();
  }
}
