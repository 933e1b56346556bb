import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { parseMysqlUrl } from '#lib/database/index.js';
import { PacketSplitter } from './packets.js';

/** The commands of MySQL's protocol that can be withheld. */
export const COMMANDS = { changeUser: 17, resetConnection: 31 } as const;

/** What a server behind the proxy does not support. */
export interface Restrictions {
  /** It does not report session state, as behind ProxySQL and MaxScale. */
  readonly noSessionTracking?: boolean;
  /** It answers these commands with error 1047. */
  readonly unknownCommands?: readonly number[];
}

const CLIENT_SESSION_TRACK = 0x0080_0000;

/** A command that no server knows. */
const UNKNOWN_COMMAND = 0xf0;

/** A proxy in front of a MySQL server that makes it look like one that supports less. It does not support TLS. */
export class ProtocolProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #restrictions: Restrictions;
  readonly #url: URL;
  /** The commands that clients have sent, as numbers. */
  readonly commands: number[] = [];

  private constructor(url: string, restrictions: Restrictions) {
    this.#url = new URL(url);
    this.#restrictions = restrictions;
    const { socketPath, host, port = 0 } = parseMysqlUrl(url).connection;
    this.#server = createServer((client) => {
      this.#join(client, createConnection(socketPath === undefined ? { host, port } : { path: socketPath }));
    });
  }

  /** @param url of the server */
  static async start(url: string, restrictions: Restrictions): Promise<ProtocolProxy> {
    const proxy = new ProtocolProxy(url, restrictions);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
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

  #join(client: Socket, server: Socket): void {
    const [fromClient, fromServer] = [new PacketSplitter(), new PacketSplitter()];
    let [greeted, answered] = [false, false];
    client.setNoDelay(true);
    server.on('data', (chunk) => {
      for (const packet of fromServer.split(chunk)) {
        if (!greeted) this.#restrictGreeting(packet);
        greeted = true;
        client.write(packet);
      }
    });
    client.on('data', (chunk) => {
      for (const packet of fromClient.split(chunk)) {
        if (!answered) this.#restrictHandshake(packet);
        else if (packet[3] === 0) this.#restrictCommand(packet);
        answered = true;
        server.write(packet);
      }
    });
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

  /** The greeting has the upper half of the server's capabilities behind its version, id, nonce and other fields. */
  #restrictGreeting(packet: Buffer): void {
    const upperHalf = packet.indexOf(0, 5) + 1 + 4 + 8 + 1 + 2 + 1 + 2;
    if (!this.#restrictions.noSessionTracking) return;
    packet.writeUInt16LE(packet.readUInt16LE(upperHalf) & ~(CLIENT_SESSION_TRACK >>> 16), upperHalf);
  }

  #restrictHandshake(packet: Buffer): void {
    if (!this.#restrictions.noSessionTracking) return;
    packet.writeUInt32LE((packet.readUInt32LE(4) & ~CLIENT_SESSION_TRACK) >>> 0, 4);
  }

  #restrictCommand(packet: Buffer): void {
    const command = packet.readUInt8(4);
    this.commands.push(command);
    if (this.#restrictions.unknownCommands?.includes(command)) packet.writeUInt8(UNKNOWN_COMMAND, 4);
  }
}
