import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { parseMysqlUrl } from '#lib/database/index.js';

/** A proxy in front of a MySQL server. What it forwards is up to its class. It does not support TLS. */
export abstract class MysqlProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #url: URL;

  /** @param url of the server */
  protected constructor(url: string) {
    this.#url = new URL(url);
    const { socketPath, host, port = 0 } = parseMysqlUrl(url).connection;
    this.#server = createServer((client) => {
      const server = createConnection(socketPath === undefined ? { host, port } : { path: socketPath });
      client.setNoDelay(true);
      this.#endTogether(client, server);
      this.forward(client, server);
    });
  }

  /** Forwards what the two send to each other. */
  protected abstract forward(client: Socket, server: Socket): void;

  protected async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  /** The URL of the server through the proxy. */
  get url(): string {
    const url = new URL(this.#url);
    url.searchParams.delete('socket');
    url.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return url.href;
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #endTogether(client: Socket, server: Socket): void {
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
