import type { QueryError } from 'mysql2';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import { type Column, columnOf } from '../rows/column.js';
import { RowBatcher } from '../rows/row-batch.js';
import type { SqlText } from '../sql/sql-text.js';
import { countedRows } from './counted-rows.js';
import {
  type Command,
  type CommandConnection,
  ENCODINGS,
  LargePacket,
  type LargeRowReceiver,
  type LargeRows,
  type Packet,
} from './driver-internals.js';
import { type OkReport, readOk } from './ok-packet.js';
import { inPackets, packetCount, writePieces } from './packet-pieces.js';
import { DISCARD, type ResultSink } from './result-sink.js';

/** What a connection learns from the statement that it is running. */
export interface StatementObserver {
  /** Rows or columns have been received. */
  received(bytes: number): void;
  /** A statement without rows has ended. */
  noteOk(report: OkReport): void;
  /** The rows of a result set have ended. @param status MySQL's flags */
  noteRowsEnd(status: number): void;
  /** The last result has been passed to the sink. */
  end(outcome: StatementOutcome): void;
  /** The statement has failed, or the connection is lost. The sink has received all results before the error. */
  fail(error: QueryError, outcome: StatementOutcome): void;
}

/** A statement, or a long one and the comment to send in front of it. */
export type StatementText = string | readonly [label: string, sql: SqlText];

type MutableOutcome = { -readonly [Member in keyof StatementOutcome]: StatementOutcome[Member] };

/** What the next packet is. */
type Expected = 'nothing' | 'head' | 'column' | 'end of columns' | 'row';

const COM_QUERY = 3;
const QUERY = Buffer.of(COM_QUERY);

/** The bytes of a packet's header, and of the command. */
const HEAD = 5;

/** The request for a file of the client, which the connection's flags forbid. */
const LOCAL_INFILE = 0xfb;

/** The characters at the beginning of a statement, in which there may be comments. */
const HEAD_LENGTH = 1000;

const SERVER_STATUS_AUTOCOMMIT = 0x0002;
const SERVER_MORE_RESULTS_EXISTS = 0x0008;

/** From this byte on, it is not the first of a usual row: the end of the rows, an error, or a row of 16 MB. */
const NO_ROW = 0xfe;

/** The bytes of rows that take as long to read as the definition of a column. */
const COLUMN_BYTES = 100;

/**
 * Runs a statement, and passes its results to a sink as they arrive. mysql2's own command would copy a long statement
 * twice at once, build an array for each row, keep the columns of all result sets, and close the connection if it does
 * not know the character set of a name.
 *
 * The protocol: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response.html
 */
export class StatementCommand implements Command, LargeRowReceiver {
  #sink: ResultSink;
  readonly #observer: StatementObserver;
  readonly #largeRows: LargeRows;
  readonly #batcher: RowBatcher;
  readonly #outcome: MutableOutcome = {
    affectedRows: undefined,
    insertId: 0,
    warnings: 0,
    autocommit: undefined,
    info: '',
    rows: 0,
    failure: 'none',
    errno: 0,
  };
  readonly #isSent: boolean;
  /** Undefined when it has been sent. */
  #statement: StatementText | undefined;
  /** Its beginning. */
  #head = '';
  #expected: Expected = 'nothing';
  #columns: Column[] = [];
  /** How many definitions follow. */
  #definitions = 0;

  /** @param isSent the command before it has sent the statement */
  constructor(
    statement: StatementText,
    sink: ResultSink,
    observer: StatementObserver,
    largeRows: LargeRows,
    isSent = false,
  ) {
    this.#isSent = isSent;
    this.#statement = statement;
    this.#sink = sink;
    this.#observer = observer;
    this.#largeRows = largeRows;
    this.#batcher = new RowBatcher((batch) => {
      this.#outcome.rows += batch.rows;
      this.#sink.addRows(batch);
      observer.received(batch.to - batch.from);
    });
  }

  /** Drops what MySQL answers. */
  discard(): void {
    this.#sink = DISCARD;
  }

  execute(packet: Packet | undefined, connection: CommandConnection): boolean {
    if (this.#expected === 'nothing') {
      this.#send(connection);
      return false;
    }
    if (packet === undefined) return false;
    if (this.#expected === 'row' && (packet.buffer[packet.offset] as number) < NO_ROW) {
      this.#batcher.add(packet.buffer, packet.offset, packet.end);
      return false;
    }
    if (packet.isError()) {
      this.#fail(packet.asError('utf8'));
      return true;
    }
    return this.#read(packet);
  }

  onResult(error: QueryError): void {
    this.#fail(error);
  }

  get expectsRow(): boolean {
    return this.#expected === 'row';
  }

  addPart(bytes: Buffer): void {
    this.#sink.addToLargeRow(bytes);
    this.#observer.received(bytes.length);
  }

  endRow(): void {
    this.#batcher.flush();
    this.#outcome.rows++;
    this.#sink.endLargeRow();
  }

  #send(connection: CommandConnection): void {
    const statement = this.#statement ?? '';
    this.#statement = undefined;
    this.#expected = 'head';
    this.#largeRows.receiver = this;
    connection._resetSequenceId();
    if (this.#sink.rowCount !== undefined) this.#head = headOf(statement);
    if (typeof statement === 'string') {
      connection._bumpSequenceId(1);
      if (!this.#isSent) connection.write(queryPacket(statement));
      return;
    }
    const [label, sql] = statement;
    const comment = Buffer.from(label);
    const length = QUERY.length + comment.length + sql.bytes;
    // The answer may begin before all has been written.
    connection._bumpSequenceId(packetCount(length));
    void writePieces(connection.stream, inPackets(longQuery(comment, sql), length));
  }

  /** @returns true at the end */
  #read(packet: Packet): boolean {
    switch (this.#expected) {
      case 'row':
        return this.#readRow(packet);
      case 'column':
        this.#readColumn(packet);
        return false;
      case 'end of columns':
        this.#expected = 'row';
        return false;
      default:
        return this.#readHead(packet);
    }
  }

  /** Reads the first packet of a result: OK, or the number of columns. */
  #readHead(packet: Packet): boolean {
    const first = packet.buffer[packet.offset];
    if (first === 0) return this.#readOk(readOk(packet));
    if (first === LOCAL_INFILE) throw new Error('The server has asked for a file.');
    this.#definitions = Number(packet.readLengthCodedNumber(false));
    this.#columns = [];
    this.#expected = 'column';
    return false;
  }

  #readOk(report: OkReport): boolean {
    const { insertId, status, warnings } = report;
    this.#outcome.affectedRows = report.affectedRows;
    this.#outcome.insertId = insertId;
    this.#outcome.warnings = warnings;
    this.#outcome.info = report.text;
    this.#observer.noteOk(report);
    const affectedRows = countedRows(report, this.#sink.rowCount, this.#head);
    this.#sink.addOk({ affectedRows, insertId });
    return this.#endResult(status);
  }

  #readColumn(packet: Packet): void {
    this.#columns.push(columnOf(packet, ENCODINGS));
    if (--this.#definitions > 0) return;
    const columns = this.#columns;
    // Of a statement with thousands of result sets, only those of the last are kept.
    this.#columns = [];
    this.#expected = 'end of columns';
    this.#sink.beginRows(columns);
    this.#observer.received(columns.length * COLUMN_BYTES);
  }

  #readRow(packet: Packet): boolean {
    if (packet instanceof LargePacket) {
      this.endRow();
      return false;
    }
    if (!packet.isEOF()) {
      this.#batcher.add(packet.buffer, packet.offset, packet.end);
      return false;
    }
    this.#batcher.flush();
    this.#outcome.warnings = packet.eofWarningCount() & 0xffff;
    this.#outcome.info = '';
    const status = packet.eofStatusFlags();
    this.#observer.noteRowsEnd(status);
    this.#sink.endRows((status & SERVER_MORE_RESULTS_EXISTS) === 0);
    return this.#endResult(status);
  }

  #endResult(status: number): boolean {
    this.#expected = 'head';
    if ((status & SERVER_MORE_RESULTS_EXISTS) !== 0) return false;
    this.#outcome.autocommit = (status & SERVER_STATUS_AUTOCOMMIT) !== 0;
    this.#largeRows.receiver = undefined;
    this.#observer.end(this.#outcome);
    return true;
  }

  #fail(error: QueryError): void {
    this.#batcher.flush();
    this.#largeRows.receiver = undefined;
    // SQL state 42: syntax errors, unknown names and missing privileges.
    this.#outcome.failure = error.sqlState?.startsWith('42') ? 'refused' : 'failed';
    this.#outcome.errno = error.errno ?? 0;
    this.#observer.fail(error, this.#outcome);
  }
}

function headOf(statement: StatementText): string {
  return (typeof statement === 'string' ? statement : statement[1].text).slice(0, HEAD_LENGTH);
}

function queryPacket(sql: string): Buffer {
  const length = HEAD + Buffer.byteLength(sql);
  const packet = Buffer.allocUnsafe(length);
  packet.writeUIntLE(length - HEAD + 1, 0, 3);
  packet[3] = 0;
  packet[4] = COM_QUERY;
  packet.write(sql, HEAD);
  return packet;
}

function* longQuery(comment: Buffer, sql: SqlText): Generator<Buffer, void> {
  yield QUERY;
  yield comment;
  yield* sql.pieces();
}
