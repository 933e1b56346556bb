import type { Socket } from 'node:net';
import { MysqlProxy } from './mysql-proxy.js';
import { PacketSplitter, packetOf } from './packets.js';

/** A command that a client has sent to MySQL. */
export interface Command {
  /** Its statement, or the name of the command. */
  readonly text: string;
  /** The number of its connection, from 1. */
  readonly connection: number;
}

/** Which command is withheld. @param n how many have been received since, from 1 */
export type Selection = (command: Command, n: number) => boolean;

/** What of a command is withheld: MySQL does not receive it, or the client does not receive the answer. */
export type Part = 'command' | 'answer';

/** A command that is withheld, with everything behind it on its connection. */
export interface Withheld extends Command {
  /** Forwards it. */
  release(): void;
  /** Cuts its connection: now, or when MySQL has answered if it is the answer that is withheld. */
  cut(): void;
}

/** The command that runs a statement. */
const COM_QUERY = 3;
/** It has no answer. */
const QUIT = 1;
const NAMES = new Map([
  [QUIT, 'QUIT'],
  [9, 'PING'],
  [17, 'CHANGE USER'],
  [31, 'RESET'],
]);

/** A connection of a client to MySQL, both of whose directions can be closed. */
interface GatedConnection {
  readonly client: Socket;
  readonly server: Socket;
  readonly toServer: Gate;
  readonly toClient: Gate;
}

/** What waits for a command. */
interface Wait {
  readonly selects: Selection;
  /** Called with the command and its connection. @returns what MySQL receives instead */
  readonly found: (command: Command, connection: GatedConnection) => string | undefined;
  received: number;
}

/** The statement that fails as one that KILL QUERY has stopped. */
const INTERRUPTED = "SIGNAL SQLSTATE '70100' SET MYSQL_ERRNO = 1317, MESSAGE_TEXT = 'Query execution was interrupted'";

/**
 * A proxy that records the commands which it receives, on all connections, and can stop the conversation at any of
 * them.
 */
export class CommandProxy extends MysqlProxy {
  #connections = 0;
  #wait: Wait | undefined;
  /** The commands that clients have sent, except QUIT. */
  readonly received: Command[] = [];

  /** @param url of the server */
  static start(url: string): Promise<CommandProxy> {
    return new CommandProxy(url).listen();
  }

  /** Withholds the first command that is selected from now on. Resolves when the proxy has received it. */
  withhold(part: Part, selects: Selection): Promise<Withheld> {
    return new Promise((resolve) => {
      const found = (command: Command, { client, server, toServer, toClient }: GatedConnection) => {
        const gate = part === 'command' ? toServer : toClient;
        gate.close();
        const cut = () => {
          client.resetAndDestroy();
          server.destroy();
        };
        resolve({ ...command, release: () => gate.open(), cut: () => gate.whenReached(cut) });
        return undefined;
      };
      this.#wait = { selects, found, received: 0 };
    });
  }

  /** Makes the first statement that is selected from now on fail. Resolves when the proxy has received it. */
  interrupt(selects: Selection): Promise<void> {
    return new Promise((resolve) => {
      const found = () => {
        resolve();
        return INTERRUPTED;
      };
      this.#wait = { selects, found, received: 0 };
    });
  }

  protected override forward(client: Socket, server: Socket): void {
    const connection = ++this.#connections;
    const splitter = new PacketSplitter();
    const gated = { client, server, toServer: new Gate(server), toClient: new Gate(client) };
    const { toServer, toClient } = gated;
    let greeted = false;
    server.on('data', (chunk) => toClient.pass(chunk));
    client.on('data', (chunk) => {
      for (const packet of splitter.split(chunk)) {
        // The packets of a login, and those behind the first of a large command, have other numbers.
        const name = greeted && packet[3] === 0 ? nameOf(packet) : undefined;
        greeted = true;
        const instead = name && this.#receive({ text: name, connection }, gated);
        toServer.pass(instead ? packetOf(0, Buffer.from(`${String.fromCharCode(COM_QUERY)}${instead}`)) : packet);
      }
    });
  }

  /** @returns what the server receives instead */
  #receive(command: Command, connection: GatedConnection): string | undefined {
    this.received.push(command);
    const wait = this.#wait;
    if (wait === undefined || !wait.selects(command, ++wait.received)) return undefined;
    this.#wait = undefined;
    return wait.found(command, connection);
  }
}

function nameOf(packet: Buffer): string | undefined {
  const command = packet.readUInt8(4);
  if (command === COM_QUERY) return packet.toString('utf8', 5);
  return command === QUIT ? undefined : (NAMES.get(command) ?? `command ${command}`);
}

/** One direction of a connection, which can be closed. */
class Gate {
  readonly #to: Socket;
  #waiting: Buffer[] | undefined;
  #reached: (() => void) | undefined;

  constructor(to: Socket) {
    this.#to = to;
  }

  pass(bytes: Buffer): void {
    if (this.#waiting) this.#waiting.push(bytes);
    else if (this.#to.writable) this.#to.write(bytes);
    this.#reached?.();
  }

  /** Calls `reached` when bytes wait: now, or as soon as there are some. */
  whenReached(reached: () => void): void {
    if (this.#waiting?.length) reached();
    else this.#reached = reached;
  }

  close(): void {
    this.#waiting ??= [];
  }

  open(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const bytes of waiting) this.pass(bytes);
  }
}
