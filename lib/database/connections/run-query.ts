import type { Connection, QueryError, ResultSetHeader } from 'mysql2';
import { RowBatcher } from '../rows/row-batch.js';
import {
  endedResultSets,
  type LargeRowReceiver,
  queryInPieces,
  receiveColumns,
  receiveLargeRows,
  receiveRows,
} from './driver-internals.js';
import type { ResultSink, StatementOutcome } from './result-sink.js';
import type { SqlText } from './sql-text.js';

/** What a connection learns from the statement that it is running. */
export interface QueryObserver {
  /** Rows or columns have been received. */
  received(bytes: number): void;
  /** A statement without rows has ended. */
  noteOk(header: ResultSetHeader): void;
  /** The rows of a result set have ended. @param status MySQL's flags */
  noteRowsEnd(status: number): void;
  /** The last result has been passed to the sink. */
  end(outcome: StatementOutcome): void;
  /** The statement has failed. The sink has received all results before the error. */
  fail(error: QueryError, outcome: StatementOutcome): void;
}

type MutableOutcome = { -readonly [Member in keyof StatementOutcome]: StatementOutcome[Member] };

/** The bytes of rows that take as long to read as the definition of a column. */
const COLUMN_BYTES = 100;

/** A long statement, and the comment to send in front of it. */
export type LabelledText = readonly [label: string, sql: SqlText];

/** Starts a statement with mysql2, and passes its results to `sink` as they arrive. */
export function runQuery(
  driver: Connection,
  sql: string | LabelledText,
  sink: ResultSink,
  observer: QueryObserver,
): void {
  const outcome: MutableOutcome = {
    affectedRows: undefined,
    insertId: 0,
    warnings: 0,
    rows: 0,
    failure: 'none',
    errno: 0,
  };
  let inRows = false;
  let begunResultSets = 0;
  const endRows = () => {
    if (inRows) sink.endRows();
    inRows = false;
  };
  const batcher = new RowBatcher((batch) => {
    outcome.rows += batch.rows;
    sink.addRows(batch);
    observer.received(batch.to - batch.from);
  });
  const query = typeof sql === 'string' ? driver.query({ sql }) : longQuery(driver, sql);
  const begin = (isOfRows: boolean) => {
    endRows();
    begunResultSets++;
    inRows = isOfRows;
  };
  receiveColumns(query, (columns) => {
    begin(true);
    sink.beginRows(columns);
    observer.received(columns.length * COLUMN_BYTES);
  });
  // Of a statement that returns no rows.
  query.on('fields', () => begin(false));
  query.on('result', (result) => {
    const header = result as unknown as ResultSetHeader;
    outcome.affectedRows = header.affectedRows;
    outcome.insertId = header.insertId;
    outcome.warnings = header.warningStatus;
    observer.noteOk(header);
    sink.addOk(header);
  });
  receiveLargeRows(driver, largeRows(sink, outcome, batcher, observer));
  receiveRows(query, batcher, (status, warnings) => {
    outcome.warnings = warnings;
    observer.noteRowsEnd(status);
  });
  query.on('error', (error: QueryError) => {
    batcher.flush();
    // A procedure can fail after a result set, whose end only mysql2's counter shows.
    if (endedResultSets(query) === begunResultSets) endRows();
    inRows = false;
    // SQL state 42: syntax errors, unknown names and missing privileges.
    outcome.failure = error.sqlState?.startsWith('42') ? 'refused' : 'failed';
    outcome.errno = error.errno ?? 0;
    observer.fail(error, outcome);
  });
  query.on('end', () => {
    endRows();
    observer.end(outcome);
  });
}

function largeRows(
  sink: ResultSink,
  outcome: MutableOutcome,
  batcher: RowBatcher,
  observer: QueryObserver,
): LargeRowReceiver {
  let size = 0;
  return {
    part: (bytes) => {
      size += bytes.length;
      sink.addToLargeRow(bytes);
    },
    end: () => {
      batcher.flush();
      outcome.rows++;
      sink.endLargeRow();
      observer.received(size);
      size = 0;
    },
  };
}

function longQuery(driver: Connection, [label, sql]: LabelledText) {
  const comment = Buffer.from(label);
  const pieces = function* () {
    yield comment;
    yield* sql.pieces();
  };
  return queryInPieces(driver, comment.length + sql.bytes, pieces());
}
