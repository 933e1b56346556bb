/**
 * Everything that netsvc uses of mysql2 and that mysql2 does not document. mysql2 is therefore pinned to an exact
 * version, and `spec/database/driver/driver-internals.spec.ts` has one spec for each internal, which fails by its
 * name when a new version has moved it.
 */
import type { Socket } from 'node:net';
import mysql, { type Connection, type QueryError } from 'mysql2';

/** The names of encodings, by the numbers of collations. The property is a getter that loads the module again. */
export const ENCODINGS: readonly (string | undefined)[] = mysql.CharsetToEncoding;

/** A packet, as mysql2's commands receive it. */
export interface Packet {
  readonly buffer: Buffer;
  /** Of what is read next. */
  offset: number;
  readonly end: number;
  isEOF(): boolean;
  isError(): boolean;
  asError(encoding: string): QueryError;
  eofStatusFlags(): number;
  eofWarningCount(): number;
  readInt8(): number;
  readInt16(): number;
  /** A string where a number would lose digits, if `bigNumberStrings` is set. */
  readLengthCodedNumber(bigNumberStrings: boolean): number | string;
  /** The same of a number with a sign. */
  readLengthCodedNumberSigned(bigNumberStrings: boolean): number | string | null;
  readLengthCodedString(encoding: string): string | null;
}

/** The connection, as mysql2's commands use it. */
export interface CommandConnection {
  readonly stream: Socket;
  write(bytes: Buffer): void;
  /** Packets of a command and of its answer are numbered from 0. */
  _resetSequenceId(): void;
  _bumpSequenceId(packets: number): void;
}

/** A command in mysql2's queue. */
export interface Command {
  /** Starts the command, or handles a packet of its answer. Returns true at the end. */
  execute(packet: Packet | undefined, connection: CommandConnection): boolean;
  /** The connection is lost. */
  onResult(error: QueryError): void;
}

interface ConnectionInternals {
  readonly stream: Socket;
  addCommand(command: Command): void;
  /** Receives what arrives from the server. */
  packetParser: Pick<PacketParserInternals, 'execute'>;
}

/** Handles what has arrived from the server. */
type ChunkHandler = (chunk: Buffer) => unknown;

/** Cuts what arrives into packets, and joins the packets of which a row of more than 16 MB consists. */
interface PacketParserInternals {
  /** Handles the next chunk, as the state of the parser requires. */
  execute: ChunkHandler;
  /** The handler of a chunk at the beginning of a packet. */
  readonly executeStart: ChunkHandler;
  /** What has arrived of a packet that is not complete, from its number on, and its length. */
  buffer: Buffer[];
  bufferLength: number;
  /** The length of the current packet, without its header. */
  readonly length: number;
  /** The contents of packets of a row that have arrived. */
  largePacketParts: { readonly length: number; push(part: Buffer): void };
  firstPacketSequenceId: number;
  /** The last one has arrived. */
  _flushLargePacket(): void;
  readonly onPacket: (packet: Pick<Packet, 'buffer'>) => void;
}

/** Receives large rows. */
export interface LargeRowReceiver {
  /** A packet of this size contains a row. */
  readonly expectsRow: boolean;
  addPart(bytes: Buffer): void;
  endRow(): void;
}

/** What passes the large rows of a connection on. */
export interface LargeRows {
  /** That of the running statement. */
  receiver: LargeRowReceiver | undefined;
}

/** The length of a packet that another one continues. */
const MAX_PACKET = 0xff_ff_ff;

/** A longer row is received in parts, if it has not arrived at once. */
const LARGE = 1024 ** 2;

/**
 * Receives large rows in parts, as they arrive. mysql2 would keep a packet until it is complete, which can have 16 MB,
 * and join all packets of a row, which takes twice its size. To be called once for a connection.
 */
export function receiveLargeRows(driver: Connection): LargeRows {
  const rows: LargeRows = { receiver: undefined };
  const connection = connectionInternals(driver);
  const parser = connection.packetParser as PacketParserInternals;
  /** Packets of the row that have been received. */
  let packets = 0;
  parser.largePacketParts = {
    get length() {
      return packets;
    },
    push(part) {
      packets++;
      rows.receiver?.addPart(part);
    },
  };
  parser._flushLargePacket = () => {
    const packet = new LargePacket(parser.firstPacketSequenceId, packets);
    packets = 0;
    parser.onPacket(packet);
  };
  /** Bytes that are missing of a packet that is being received in parts. */
  let missing = 0;
  const pass = (part: Buffer) => {
    missing -= part.length;
    rows.receiver?.addPart(part);
    if (missing > 0) return;
    packets++;
    parser.execute = parser.executeStart;
    if (parser.length < MAX_PACKET) parser._flushLargePacket();
  };
  /** Passes on what has arrived of a packet before. */
  const begin = () => {
    const arrived = Buffer.concat(parser.buffer);
    parser.buffer = [];
    parser.bufferLength = 0;
    if (packets === 0) parser.firstPacketSequenceId = arrived.readUInt8(0);
    missing = parser.length;
    if (arrived.length > 1) pass(arrived.subarray(1));
  };
  // mysql2 is not paused when a chunk arrives, so that no packet before this one is still to be handled.
  const receive = (chunk: Buffer) => {
    if (parser.bufferLength > 0 && parser.length > LARGE && rows.receiver?.expectsRow) begin();
    if (missing === 0) {
      parser.execute(chunk);
      return;
    }
    const part = chunk.subarray(0, missing);
    pass(part);
    if (part.length < chunk.length) parser.execute(chunk.subarray(part.length));
  };
  // An accessor of the parser itself would make it slow.
  connection.packetParser = { execute: receive };
  return rows;
}

/** The beginning of a large row. The row itself has been received by its parts. */
const LARGE_ROW = Buffer.from([0, 0, 0, 0, ...Array<number>(16).fill(0xfe)]);

/** What mysql2 handles as the packet of a large row. */
export class LargePacket {
  readonly buffer = LARGE_ROW;
  readonly start = 0;
  readonly offset = 4;
  readonly end = LARGE_ROW.length;

  constructor(
    readonly sequenceId: number,
    readonly numPackets: number,
  ) {}

  /** It is handled later. */
  clone(): this {
    return this;
  }

  isEOF(): boolean {
    return false;
  }

  isError(): boolean {
    return false;
  }
}

/** The codes of mysql2's errors of authentication plugins. */
const PLUGIN_ERRORS = ['AUTH_SWITCH_PLUGIN_ERROR', 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED'];

/** Whether an authentication plugin caused the error of mysql2. */
export function isPluginError({ code }: { readonly code?: string | undefined }): boolean {
  return code !== undefined && PLUGIN_ERRORS.includes(code);
}

/** Returns the authentication plugin that the server requested and mysql2 does not have; undefined for other errors. */
export function unsupportedPlugin({ message }: Error): string | undefined {
  const [, plugin] = /^Server request(?:s|ed) authentication using (?:unknown plugin )?([\w-]*)/.exec(message) ?? [];
  // MySQL requests the plugin of its version 4.0 without a name.
  return plugin === '' ? 'mysql_old_password' : plugin;
}

/** Runs a command of our own after those that mysql2 has been given before. */
export function addCommand(driver: Connection, command: Command): void {
  connectionInternals(driver).addCommand(command);
}

/** Closes the socket. `driver.destroy()` alone only half-closes it, and a server that hangs never answers that. */
export function destroySocket(driver: Connection): void {
  connectionInternals(driver).stream.destroy();
}

/** The IP address of the server; undefined for a Unix socket, and when the connection is closed. */
export function serverAddress(driver: Connection): string | undefined {
  return connectionInternals(driver).stream.remoteAddress;
}

function connectionInternals(driver: Connection): ConnectionInternals {
  return driver as unknown as ConnectionInternals;
}
