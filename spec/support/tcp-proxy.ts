import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

/** A connection through the proxy. */
export interface ProxiedConnection {
  readonly client: Socket;
  readonly server: Socket;
}

/** A proxy between a client and a server that simulates the failures of a network. */
export class TcpProxy {
  readonly #server: Server;
  readonly #connections = new Set<ProxiedConnection>();
  /** Those that forward nothing any more. */
  readonly #lost = new WeakSet<ProxiedConnection>();
  #frozen = false;
  /** Processes what a server sends. */
  #answer: (connection: ProxiedConnection, chunk: Buffer) => void = pass;

  private constructor(target: { port: number } | { path: string }) {
    this.#server = createServer((client) => {
      const connection = { client, server: createConnection(target) };
      this.#connections.add(connection);
      this.#join(connection);
      if (this.#frozen) for (const socket of [client, connection.server]) socket.pause();
    });
  }

  /** @param port by default, any that is free */
  static async start(target: { port: number } | { path: string }, port = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(port, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The open connections, the oldest first. */
  get connections(): readonly ProxiedConnection[] {
    return [...this.#connections];
  }

  /** Resets connections, all by default. */
  cut(connections: readonly ProxiedConnection[] = this.connections): void {
    for (const { client, server } of connections) {
      client.resetAndDestroy();
      server.destroy();
    }
  }

  /** Drops every packet in both directions, as a firewall that has lost the state of a connection. */
  freeze(): void {
    this.#frozen = true;
    for (const { client, server } of this.#connections) for (const socket of [client, server]) socket.pause();
  }

  thaw(): void {
    this.#frozen = false;
    for (const { client, server } of this.#connections) for (const socket of [client, server]) socket.resume();
  }

  /** Loses everything that is sent on connections from now on, in both directions, until they are closed. */
  loseAll(connections: readonly ProxiedConnection[]): void {
    for (const connection of connections) this.#lost.add(connection);
  }

  /** Resets a connection after the server has sent so many bytes more. */
  cutAfter(bytes: number): void {
    const sent = new Map<ProxiedConnection, number>();
    this.#answer = (connection, chunk) => {
      const before = sent.get(connection) ?? 0;
      sent.set(connection, before + chunk.length);
      if (before + chunk.length <= bytes) pass(connection, chunk);
      else connection.client.write(chunk.subarray(0, bytes - before), () => this.cut([connection]));
    };
  }

  /** Answers with meaningless bytes. */
  scramble(random: (connection: ProxiedConnection) => number): void {
    this.#answer = (connection, chunk) => {
      connection.client.write(Buffer.from(chunk.map(() => Math.floor(random(connection) * 256))));
    };
  }

  /** Forwards what the server sends a few bytes at a time. */
  drip(bytes: number): void {
    this.#answer = (connection, chunk) => {
      connection.server.pause();
      let at = 0;
      const next = () => {
        pass(connection, chunk.subarray(at, at + bytes));
        at += bytes;
        if (at < chunk.length) setImmediate(next);
        else connection.server.resume();
      };
      next();
    };
  }

  /** Forwards what the server sends with pauses, in which the server waits until it can send more. */
  pace(milliseconds: number): void {
    this.#answer = (connection, chunk) => {
      pass(connection, chunk);
      connection.server.pause();
      setTimeout(() => connection.server.resume(), milliseconds);
    };
  }

  /** Forwards nothing that the server sends. */
  swallow(): void {
    this.#answer = () => {};
  }

  /** Resets the connection instead of forwarding what the server sends, in this share of cases. */
  lose(share: number, random: () => number): void {
    this.#answer = (connection, chunk) => {
      if (random() < share) this.cut([connection]);
      else pass(connection, chunk);
    };
  }

  /** Resets the connection instead of forwarding what the server sends, once in each `count`, at a place by chance. */
  loseOneIn(count: number, seed: number): { readonly lost: number } {
    const losses = { lost: 0 };
    let [state, at, place] = [seed, 0, 0];
    this.lose(1, () => {
      if (at % count === 0) {
        state = (state * 1103515245 + 12345) % 2 ** 31;
        place = at + Math.floor((state / 2 ** 31) * count);
      }
      if (at++ !== place) return 1;
      losses.lost++;
      return 0;
    });
    return losses;
  }

  /** Forwards what the server sends, and returns what it has sent from now on. */
  record(): readonly Buffer[] {
    const sent: Buffer[] = [];
    this.#answer = (connection, chunk) => {
      sent.push(chunk);
      pass(connection, chunk);
    };
    return sent;
  }

  /** Delays what the server sends. */
  delay(milliseconds: number): void {
    this.#answer = (connection, chunk) => {
      setTimeout(() => pass(connection, chunk), milliseconds);
    };
  }

  /** Ends all failures. */
  heal(): void {
    this.#answer = pass;
    this.thaw();
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const { client, server } of this.#connections) for (const socket of [client, server]) socket.destroy();
    await once(this.#server, 'close');
  }

  #join(connection: ProxiedConnection): void {
    const { client, server } = connection;
    client.setNoDelay(true);
    client.on('data', (chunk) => {
      if (!this.#lost.has(connection)) server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (!this.#lost.has(connection)) this.#answer(connection, chunk);
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('end', () => other.end());
      one.on('close', () => {
        this.#connections.delete(connection);
        other.destroy();
      });
    }
  }
}

function pass({ client }: ProxiedConnection, chunk: Buffer): void {
  if (client.writable) client.write(chunk);
}
