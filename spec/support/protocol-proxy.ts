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

/** What happens at a command. */
export interface Interception {
  /** The beginning of its statement, or RESET. */
  readonly command: string;
  /** Called before the server receives it. */
  readonly before?: () => Promise<void>;
  /** The connection is cut: before the server receives it, or before the client receives the answer. */
  readonly cut?: 'before' | 'after';
}

/** The command that runs a statement. */
export const COM_QUERY = 3;
const CLIENT_SESSION_TRACK = 0x0080_0000;

/** A command that no server knows. */
const UNKNOWN_COMMAND = 0xf0;

/** A proxy that makes a MySQL server look like one that supports less. */
export class ProtocolProxy extends MysqlProxy {
  readonly #restrictions: Restrictions;
  #interception: Interception | undefined;
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

  /** Intercepts the next command of that kind. */
  intercept(interception: Interception): void {
    this.#interception = interception;
  }

  protected override forward(client: Socket, server: Socket): void {
    const [fromClient, fromServer] = [new PacketSplitter(), new PacketSplitter()];
    let [greeted, answered, losesAnswer] = [false, false, false];
    const cut = () => {
      client.resetAndDestroy();
      server.destroy();
    };
    server.on('data', (chunk) => {
      if (losesAnswer) cut();
      if (client.destroyed) return;
      for (const packet of fromServer.split(chunk)) {
        if (!greeted) this.#restrictGreeting(packet);
        greeted = true;
        client.write(packet);
      }
    });
    const forward = async (packet: Buffer) => {
      const intercepted = answered && packet[3] === 0 ? this.#takeInterception(packet) : undefined;
      if (!answered) this.#restrictHandshake(packet);
      else if (packet[3] === 0) this.#restrictCommand(packet);
      answered = true;
      if (intercepted?.before) await intercepted.before();
      if (intercepted?.cut === 'before') cut();
      losesAnswer ||= intercepted?.cut === 'after';
      if (server.writable) server.write(packet);
    };
    let forwarded = Promise.resolve();
    client.on('data', (chunk) => {
      for (const packet of fromClient.split(chunk)) forwarded = forwarded.then(() => forward(packet));
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

  #takeInterception(packet: Buffer): Interception | undefined {
    const text =
      packet[4] === COM_QUERY ? packet.toString('utf8', 5) : packet[4] === COMMANDS.resetConnection ? 'RESET' : '';
    const interception = this.#interception;
    if (interception === undefined || !text.startsWith(interception.command)) return undefined;
    this.#interception = undefined;
    return interception;
  }

  #restrictCommand(packet: Buffer): void {
    const command = packet.readUInt8(4);
    this.commands.push(command);
    if (this.#restrictions.unknownCommands?.includes(command)) packet.writeUInt8(UNKNOWN_COMMAND, 4);
  }
}
