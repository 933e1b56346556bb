/**
 * Everything that netsvc uses of mysql2 and that mysql2 does not document. mysql2 is therefore pinned to an exact
 * version, and `spec/database/connections/driver-internals.spec.ts` has one spec for each internal, which fails by its
 * name when a new version has moved it.
 */
import type { Socket } from 'node:net';
import mysql, { type Connection, type Query, type QueryError, type ResultSetHeader } from 'mysql2';
import { type Column, columnOf } from '../rows/column.js';
import type { RowBatcher } from '../rows/row-batch.js';
import { inPackets, packetCount, writePieces } from './packet-pieces.js';

/** A packet, as mysql2's commands receive it. */
export interface Packet {
  readonly buffer: Buffer;
  readonly offset: number;
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
}

/** The connection, as mysql2's commands use it. */
export interface CommandConnection {
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

/** Handles a packet of a running query and returns the handler of the next one. */
type PacketHandler = (packet: Packet, connection: unknown) => PacketHandler | null;

interface QueryInternals {
  /** The number of result sets that have ended. */
  readonly _resultIndex: number;
  /** The columns of all result sets. */
  readonly _fields: unknown[];
  /** The number of columns of the current result set. */
  readonly _fieldCount: number;
  /** Handles the definition of a column. */
  readField: PacketHandler;
  /** Handles the packet behind the columns. */
  readonly fieldsEOF: PacketHandler;
  /** Handles the packets of rows. */
  row: PacketHandler;
  /** Sends the statement. */
  start(packet: undefined, connection: ConnectionInternals): PacketHandler;
}

interface ConnectionInternals extends CommandConnection {
  readonly stream: Socket;
  readonly config: { readonly charsetNumber: number };
  /** Sends a packet, whose bytes begin with four for its header. */
  writePacket(packet: { readonly buffer: Buffer }): void;
  addCommand(command: Command): void;
  readonly packetParser: PacketParserInternals;
}

/** Joins the packets of which a row of more than 16 MB consists. */
interface PacketParserInternals {
  /** The contents of those that have arrived. */
  largePacketParts: { readonly length: number; push(part: Buffer): void };
  readonly firstPacketSequenceId: number;
  /** The last one has arrived. */
  _flushLargePacket(): void;
  readonly onPacket: (packet: Packet) => void;
}

interface ResultSetHeaderInternals extends ResultSetHeader {
  /** The session tracker's part of an OK packet. */
  readonly stateChanges?: {
    readonly systemVariables: Readonly<Record<string, string>>;
    readonly schema: string | null;
    readonly trackStateChange: string | null;
  };
}

/**
 * Starts a statement whose bytes are written as the server reads them. mysql2 would copy all of it twice at once.
 *
 * @param length of the pieces, in bytes
 */
export function queryInPieces(driver: Connection, length: number, pieces: Iterable<Buffer>): Query {
  const query = createQuery({ sql: '' }, undefined, undefined, connectionInternals(driver).config);
  const internals = internalsOf(query);
  const start = internals.start;
  internals.start = (packet, connection) => {
    const { writePacket } = connection;
    connection.writePacket = ({ buffer }) => {
      // The command, and what it has in front of a statement.
      const command = buffer.subarray(4);
      const total = command.length + length;
      // The answer may begin before all has been written.
      connection._bumpSequenceId(packetCount(total));
      void writePieces(connection.stream, inPackets(concatenated(command, pieces), total));
    };
    try {
      return start.call(internals, packet, connection);
    } finally {
      connection.writePacket = writePacket;
    }
  };
  return driver.query(query as never);
}

function* concatenated(first: Buffer, others: Iterable<Buffer>): Generator<Buffer, void> {
  yield first;
  yield* others;
}

/** mysql2 exports it, and does not declare it. */
const { createQuery } = mysql as unknown as {
  createQuery(options: object, values: undefined, done: undefined, config: object): Query;
};

/** The number of result sets of `query` that have ended. */
export function endedResultSets(query: Query): number {
  return internalsOf(query)._resultIndex;
}

/**
 * Receives the rows of `query` as undecoded packets. mysql2 would build an array for each row, which costs three times
 * as much, and an exception while it decodes one would close the connection. It would also keep the columns of all
 * result sets until the last, which are megabytes for each if there are thousands.
 *
 * @param ended called at the end of each result set with MySQL's status flags and the number of warnings
 */
export function receiveRows(
  query: Query,
  batcher: RowBatcher,
  ended: (status: number, warnings: number) => void,
): void {
  const internals = internalsOf(query);
  const original = internals.row;
  internals.row = function receive(packet, connection) {
    if (packet instanceof LargePacket) {
      packet.ended();
      return receive;
    }
    if (packet.isEOF()) {
      batcher.flush();
      ended(packet.eofStatusFlags(), packet.eofWarningCount());
      internals._fields[internals._resultIndex] = [];
      return original.call(internals, packet, connection);
    }
    batcher.add(packet.buffer, packet.offset, packet.end);
    return receive;
  };
}

/** Receives the parts of rows that have more than one packet. */
export interface LargeRowReceiver {
  part(bytes: Buffer): void;
  end(): void;
}

/**
 * Receives the rows of more than 16 MB, which consist of several packets, packet by packet. mysql2 would keep all of
 * them and join them, which takes twice the size of the row.
 */
export function receiveLargeRows(driver: Connection, receiver: LargeRowReceiver): void {
  const { packetParser: parser } = connectionInternals(driver);
  let parts = 0;
  parser.largePacketParts = {
    get length() {
      return parts;
    },
    push(part) {
      parts++;
      receiver.part(part);
    },
  };
  parser._flushLargePacket = () => {
    const packet = new LargePacket(parser.firstPacketSequenceId, parts, receiver.end);
    parts = 0;
    parser.onPacket(packet as unknown as Packet);
  };
}

/** The beginning of a large row. The row itself has been received by its parts. */
const LARGE_ROW = Buffer.from([0, 0, 0, 0, ...Array<number>(16).fill(0xfe)]);

/** What mysql2 handles as the packet of a large row. */
class LargePacket {
  readonly buffer = LARGE_ROW;
  readonly start = 0;
  readonly offset = 4;
  readonly end = LARGE_ROW.length;

  constructor(
    readonly sequenceId: number,
    readonly numPackets: number,
    readonly ended: () => void,
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

/**
 * Receives the columns of each result set of `query`. An exception while mysql2 decodes a name would close the
 * connection: it does not know all character sets.
 */
export function receiveColumns(query: Query, received: (columns: Column[]) => void): void {
  const internals = internalsOf(query);
  let columns: Column[] = [];
  internals.readField = function receive(packet) {
    columns.push(columnOf(packet, mysql.CharsetToEncoding));
    if (columns.length < internals._fieldCount) return receive;
    received(columns);
    columns = [];
    return internals.fieldsEOF;
  };
}

/** The system variables that a statement changed, as far as `session_track_system_variables` names them. */
export function changedVariables(header: ResultSetHeader): Readonly<Record<string, string>> {
  return (header as ResultSetHeaderInternals).stateChanges?.systemVariables ?? {};
}

/**
 * Whether the session tracker reported nothing but transactions and GTIDs. MySQL reports each BEGIN and COMMIT, even if
 * `session_track_transaction_info` is off.
 */
export function reportsOnlyTransactions(header: ResultSetHeader): boolean {
  const { stateChanges } = header as ResultSetHeaderInternals;
  if (stateChanges === undefined) return false;
  const { systemVariables, schema, trackStateChange } = stateChanges;
  return Object.keys(systemVariables).length === 0 && schema === null && trackStateChange === null;
}

/**
 * Makes mysql2 encode statements in the character set that it connected with. By default it follows MySQL's session
 * tracker.
 */
export function fixCharset(driver: Connection): void {
  const { config } = connectionInternals(driver);
  const { charsetNumber } = config;
  Object.defineProperty(config, 'charsetNumber', { get: () => charsetNumber, set: () => {} });
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

function internalsOf(query: Query): QueryInternals {
  return query as unknown as QueryInternals;
}

function connectionInternals(driver: Connection): ConnectionInternals {
  return driver as unknown as ConnectionInternals;
}
