import { DatabaseGateway, type GatewayOptions } from './database-gateway.js';
import { testDatabase } from './mariadb.js';

/** A MySQL account of a spec's own, its administrator, and a gateway that logs in as the account. */
export class AccountGateway {
  readonly account: string;
  readonly #name: string;
  readonly #schema: string;
  #url: URL | undefined;
  #administrator: DatabaseGateway | undefined;
  #gateway: DatabaseGateway | undefined;

  /** Creates the account before each spec of a suite, and removes it. @param schema that the gateway uses */
  constructor(name: string, schema = 'test') {
    this.#name = name;
    this.#schema = schema;
    this.account = `${name}@localhost`;
    const self = this;
    before(async function () {
      const url = new URL(testDatabase(this));
      self.#administrator = await DatabaseGateway.start(url.href);
      self.#url = Object.assign(url, { username: name, password: 'first', pathname: schema });
    });
    beforeEach(async () => {
      await this.administrator.execute(`drop user if exists ${this.account}`);
      await this.administrator.execute(`create user ${this.account} identified by 'first'`);
    });
    afterEach(() => this.#gateway?.stop());
    after(async () => {
      await this.#administrator?.execute(`drop user if exists ${this.account}`);
      await this.#administrator?.stop();
    });
  }

  get administrator(): DatabaseGateway {
    if (this.#administrator === undefined) throw new Error(`${this.#name} has no server`);
    return this.#administrator;
  }

  /** The gateway, if it has been started. */
  get gateway(): DatabaseGateway {
    if (this.#gateway === undefined) throw new Error(`the gateway to ${this.#schema} has not been started`);
    return this.#gateway;
  }

  /** Starts the gateway, with one connection by default. */
  async start(options: GatewayOptions = {}): Promise<DatabaseGateway> {
    this.#gateway = await DatabaseGateway.start(this.#url?.href ?? '', { connections: 1, ...options });
    return this.#gateway;
  }
}
