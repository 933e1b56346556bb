import type { Socket } from 'node:net';
import { MysqlProxy } from './mysql-proxy.js';
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

/** A proxy that makes a MySQL server look like one that supports less. */
export class ProtocolProxy extends MysqlProxy {
  readonly #restrictions: Restrictions;
  /** The commands that clients have sent, as numbers. */
  readonly commands: number[] = [];

  private constructor(url: string, restrictions: Restrictions) {
    super(url);
    this.#restrictions = restrictions;
  }

  /** @param url of the server */
  static start(url: string, restrictions: Restrictions): Promise<ProtocolProxy> {
    return new ProtocolProxy(url, restrictions).listen();
  }

  protected override forward(client: Socket, server: Socket): void {
    const [fromClient, fromServer] = [new PacketSplitter(), new PacketSplitter()];
    let [greeted, answered] = [false, false];
    server.on('data', (chunk) => {
      for (const packet of fromServer.split(chunk)) {
        if (!greeted) this.#restrictGreeting(packet);
        greeted = true;
        if (client.writable) client.write(packet);
      }
    });
    client.on('data', (chunk) => {
      for (const packet of fromClient.split(chunk)) {
        if (!answered) this.#restrictHandshake(packet);
        else if (packet[3] === 0) this.#restrictCommand(packet);
        answered = true;
        if (server.writable) server.write(packet);
      }
    });
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
