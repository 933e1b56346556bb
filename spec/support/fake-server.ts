import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { PacketSplitter, packetOf } from './packets.js';

/** The nonce of the greeting. */
const NONCE = Buffer.from('abcdefghijklmnopqrst');

/** PROTOCOL_41, CONNECT_WITH_DB, SECURE_CONNECTION, PLUGIN_AUTH and PLUGIN_AUTH_LENENC_CLIENT_DATA. */
const CAPABILITIES = 0x0028_8208;

/** A connection of a client to a fake server. */
export class FakeConnection {
  readonly #socket: Socket;
  readonly #received: Buffer[] = [];
  #awaited: (() => void) | undefined;
  #number = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    const splitter = new PacketSplitter();
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.#received.push(...splitter.split(chunk));
      this.#awaited?.();
    });
  }

  /** Sends the contents of a packet, with the next number. */
  send(...contents: readonly (Buffer | string)[]): void {
    this.#socket.write(packetOf(this.#number++, Buffer.concat(contents.map((part) => Buffer.from(part)))));
  }

  /** Returns the contents of the next packet. */
  async receive(): Promise<Buffer> {
    while (this.#received.length === 0) {
      await new Promise<void>((resolve) => {
        this.#awaited = resolve;
      });
    }
    const [packet = Buffer.alloc(4)] = this.#received.splice(0, 1);
    this.#number = packet.readUInt8(3) + 1;
    return packet.subarray(4);
  }

  /** Requests an authentication plugin from the client, and returns its answer. */
  async requestPlugin(name: string, data: Buffer = NONCE): Promise<Buffer> {
    this.send(Buffer.of(0xfe), `${name}\0`, data, Buffer.of(0));
    return this.receive();
  }

  /** @param state the SQL state; without it, as before the greeting */
  sendError(errno: number, message: string, state?: string): void {
    this.send(Buffer.of(0xff, errno & 0xff, errno >> 8), state === undefined ? '' : `#${state}`, message);
  }
}

/** A server that speaks only the beginning of MySQL's protocol. */
export class FakeServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(serve: (connection: FakeConnection) => Promise<void>) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      void serve(new FakeConnection(socket));
    });
  }

  /**
   * Starts a server that greets every client, and continues with `serve` when the client has answered.
   *
   * @param path of a Unix socket; by default, the server listens on a free port
   */
  static greeting(serve: (connection: FakeConnection) => Promise<void>, path?: string): Promise<FakeServer> {
    return FakeServer.start(async (connection) => {
      connection.send(greeting());
      await connection.receive();
      await serve(connection);
    }, path);
  }

  static async start(serve: (connection: FakeConnection) => Promise<void>, path?: string): Promise<FakeServer> {
    const server = new FakeServer(serve);
    server.#server.listen(path === undefined ? { host: '127.0.0.1', port: 0 } : { path });
    await once(server.#server, 'listening');
    return server;
  }

  /** Starts a server that accepts connections, and never answers. */
  static silent(): Promise<FakeServer> {
    return FakeServer.start(async () => {});
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#sockets.size;
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }
}

function greeting(): Buffer {
  const fields = Buffer.alloc(32);
  NONCE.copy(fields, 4, 0, 8);
  fields.writeUInt16LE(CAPABILITIES & 0xffff, 13);
  fields.writeUInt8(45, 15); // utf8mb4_general_ci
  fields.writeUInt16LE(2, 16); // SERVER_STATUS_AUTOCOMMIT
  fields.writeUInt16LE(CAPABILITIES >>> 16, 18);
  fields.writeUInt8(NONCE.length + 1, 20);
  return Buffer.concat([
    Buffer.from('\n9.9.9-fake\0'),
    fields.subarray(0, 31),
    NONCE.subarray(8),
    Buffer.from('\0mysql_native_password\0'),
  ]);
}
