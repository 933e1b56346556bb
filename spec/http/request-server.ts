import { setTimeout } from 'node:timers/promises';
import {
  HttpDaemon,
  RpcGateway,
  Service,
  ServiceRegistry,
  ServiceRequest,
  Session,
  type TlsOptions,
} from '#lib/index.js';
import { GraceOnly } from '../support/echo.js';
import { MAX_REQUEST } from './raw-request.js';

/** A service that counts the calls that it runs. */
class Counted extends Service {
  runs = 0;
  readonly waiting: (() => void)[] = [];

  constructor(registry: ServiceRegistry) {
    super('some/echo', registry);
    this.joinGroup('web-services');
    this.exportMethod(this.echo);
    this.exportMethod(() => this.echo(undefined), 'nothing');
    this.exportMethod(() => this.echo('any name'), 'têšt-it');
    this.exportMethod(this.wait);
    this.exportMethod(() => `${this.currentRequest.user} at ${this.currentRequest.remoteAddress}`, 'who');
  }

  echo(value: unknown): unknown {
    this.runs++;
    return value;
  }

  async wait(value: unknown): Promise<unknown> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return value;
  }
}

/** Authorises anonymous clients, and users whose password is their name reversed. */
class Guarded extends RpcGateway {
  override async authorise(login: string, password: string): Promise<boolean> {
    await Promise.resolve();
    return password === [...login].reverse().join('');
  }
}

class Anybody extends RpcGateway {
  override authorise(): boolean {
    return true;
  }
}

class Locked extends RpcGateway {
  override authorise(): boolean {
    return false;
  }
}

export interface RequestServerOptions {
  readonly tls?: TlsOptions;
  readonly headersTimeout?: number;
  readonly requestTimeout?: number;
  /** Every login is checked later, so that what follows arrives meanwhile. */
  readonly slowLogins?: boolean | undefined;
}

/** The server that the requests of the table are for. */
export class RequestServer {
  readonly warnings: object[] = [];
  readonly daemon: HttpDaemon;
  readonly echo: Counted;
  /** The names of sessions of grace, by those in the table. */
  readonly #sessions: Readonly<Record<string, string>>;

  constructor({ slowLogins = false, ...options }: RequestServerOptions = {}) {
    let now = 0;
    const log = { info() {}, warn: (fields: object) => void this.warnings.push(fields), error() {} };
    const registry = new ServiceRegistry({ log, clock: () => now });
    this.echo = new Counted(registry);
    new Service('outsider', registry);
    const opener = new Service('opener', registry);
    const open = () => new Session(opener, 30, new ServiceRequest('127.0.0.1', 'grace'));
    const expired = open();
    const swept = open();
    now += 30_000;
    void swept.expire();
    const closed = open();
    void closed.close();
    this.#sessions = {
      EXPIRED: expired.serviceName,
      SWEPT: swept.serviceName,
      CLOSED: closed.serviceName,
      OPEN: open().serviceName,
    };
    this.daemon = new HttpDaemon({ port: 0, log, ...options });
    const gateways = {
      '/': new RpcGateway('web-services', { registry, maxRequest: MAX_REQUEST }),
      '/everybody': new RpcGateway('', { registry }),
      '/guarded': new Guarded('web-services', { registry }),
      '/locked': new Locked('', { registry }),
      '/closed': new GraceOnly('', { registry }),
      '/anybody': new Anybody('', { registry }),
    };
    for (const [path, gateway] of Object.entries(gateways)) {
      this.daemon.attach(path, slowLogins ? withSlowLogins(gateway) : gateway);
    }
  }

  static async start(options?: RequestServerOptions): Promise<RequestServer> {
    const server = new RequestServer(options);
    await server.daemon.start();
    return server;
  }

  get port(): number {
    return this.daemon.address.port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** A request of the table, with the name of the session. */
  addressed(sent: Buffer): Buffer {
    const [name = '', end] = /^POST \/anybody\/([A-Z]+)/.exec(sent.toString('latin1', 0, 40)) ?? [];
    const found = end === undefined ? undefined : this.#sessions[end];
    if (end === undefined || found === undefined) return sent;
    return Buffer.concat([Buffer.from(`${name.slice(0, -end.length)}${found}`), sent.subarray(name.length)]);
  }
}

function withSlowLogins(gateway: RpcGateway): RpcGateway {
  const authorise = gateway.authorise.bind(gateway);
  gateway.authorise = async (...credentials) => {
    await setTimeout(5);
    return authorise(...credentials);
  };
  return gateway;
}
