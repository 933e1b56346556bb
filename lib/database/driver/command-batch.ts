import type { QueryError } from 'mysql2';
import { cellsOf } from '../rows/row-packet.js';
import type { CommandConnection, Packet } from './driver-internals.js';

/** What MySQL answered to a command of a batch. */
export interface CommandAnswer {
  readonly error: QueryError | undefined;
  /** The rows as text, without NULL. */
  readonly rows: readonly (readonly (string | undefined)[])[];
  /** MySQL's status flags. */
  readonly status: number;
}

type MutableAnswer = { -readonly [Member in keyof CommandAnswer]: CommandAnswer[Member] };

type Reader = (packet: Packet) => void;

/** The commands of MySQL's protocol: https://dev.mysql.com/doc/dev/mysql-server/latest/my__command_8h.html */
const COM_QUERY = 3;
const COM_SET_OPTION = 27;
const COM_RESET_CONNECTION = 31;

const SERVER_MORE_RESULTS_EXISTS = 0x0008;

export const RESET_CONNECTION = packetOf(COM_RESET_CONNECTION);

/** The commands that allow, and refuse again, several statements in one command. */
export const ALLOW_STATEMENTS = packetOf(COM_SET_OPTION, Buffer.of(0, 0));
export const REFUSE_STATEMENTS = packetOf(COM_SET_OPTION, Buffer.of(1, 0));

/** The command that runs a statement. */
export function queryCommand(sql: string): Buffer {
  return packetOf(COM_QUERY, Buffer.from(sql));
}

/**
 * Commands that are sent together, so that all of them take one round trip. MySQL executes them in order. A command
 * that fails does not stop the ones behind it, so they must be safe to run after it.
 *
 * mysql2 runs it like one of its own commands: it calls `execute` without a packet to start it and then with each
 * packet, until that returns true, and `onResult` if the connection is lost.
 */
export class CommandBatch {
  readonly #bytes: Buffer;
  readonly #commands: number;
  readonly #settle: (error: QueryError | undefined, answers: readonly CommandAnswer[]) => void;
  readonly #answers: MutableAnswer[] = [];
  #started = false;
  #read: Reader = (packet) => this.#readHead(packet);
  #columns = 0;
  #definitions = 0;

  /**
   * @param settle receives one answer for each command, or the error with which the connection was lost
   * @param next the packet of the command behind the batch, which only reads its answer
   */
  constructor(
    commands: readonly Buffer[],
    settle: (error: QueryError | undefined, answers: readonly CommandAnswer[]) => void,
    next?: Buffer,
  ) {
    this.#bytes = Buffer.concat(next ? [...commands, next] : commands);
    this.#commands = commands.length;
    this.#settle = settle;
  }

  execute(packet: Packet | undefined, connection: CommandConnection): boolean {
    if (!this.#started) {
      this.#started = true;
      this.#begin();
      connection._resetSequenceId();
      connection._bumpSequenceId(1);
      connection.write(this.#bytes);
      return false;
    }
    if (packet === undefined) return false;
    const answered = this.#answers.length;
    this.#read(packet);
    if (this.#answers.length === answered) return false;
    // The packets of each answer are numbered from 1.
    connection._resetSequenceId();
    connection._bumpSequenceId(1);
    if (this.#answers.length <= this.#commands) return false;
    this.#answers.pop();
    this.#settle(undefined, this.#answers);
    return true;
  }

  onResult(error: QueryError): void {
    this.#settle(error, []);
  }

  #begin(): void {
    this.#answers.push({ error: undefined, rows: [], status: 0 });
    this.#read = (packet) => this.#readHead(packet);
  }

  /** Reads the first packet of a result: OK, EOF (of COM_SET_OPTION), an error, or the number of columns. */
  #readHead(packet: Packet): void {
    if (packet.isError()) {
      this.#fail(packet);
    } else if (packet.buffer[packet.offset] === 0) {
      packet.readInt8();
      packet.readLengthCodedNumber(true);
      packet.readLengthCodedNumber(true);
      this.#end(packet.readInt16());
    } else if (packet.isEOF()) {
      this.#end(packet.eofStatusFlags());
    } else {
      this.#columns = this.#definitions = Number(packet.readLengthCodedNumber(true));
      this.#read = (definition) => this.#readDefinition(definition);
    }
  }

  /** Skips the columns' definitions and the EOF packet behind them. */
  #readDefinition(_packet: Packet): void {
    if (this.#definitions-- === 0) this.#read = (row) => this.#readRow(row);
  }

  #readRow(packet: Packet): void {
    if (packet.isError()) {
      this.#fail(packet);
    } else if (packet.isEOF()) {
      this.#end(packet.eofStatusFlags());
    } else {
      const cells = cellsOf(packet.buffer, packet.offset, this.#columns);
      this.#current.rows = [...this.#current.rows, cells.map((cell) => cell?.toString('utf8'))];
    }
  }

  #fail(packet: Packet): void {
    this.#current.error = packet.asError('utf8');
    this.#begin();
  }

  #end(status: number): void {
    this.#current.status = status;
    if ((status & SERVER_MORE_RESULTS_EXISTS) === 0) this.#begin();
    else this.#read = (packet) => this.#readHead(packet);
  }

  get #current(): MutableAnswer {
    return this.#answers.at(-1) as MutableAnswer;
  }
}

/** A packet: three bytes of its length, its number, which is 0, and the command. */
function packetOf(command: number, parameters = Buffer.alloc(0)): Buffer {
  const packet = Buffer.concat([Buffer.alloc(4), Buffer.of(command), parameters]);
  packet.writeUIntLE(packet.length - 4, 0, 3);
  return packet;
}
