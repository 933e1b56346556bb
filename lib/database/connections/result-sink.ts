import type { Column } from '../rows/column.js';
import type { RowBatch } from '../rows/row-batch.js';
import type { RowCount } from './counted-rows.js';

/** What MySQL's OK packet reports of a statement that returns no rows. */
export interface OkPacket {
  readonly affectedRows: number;
  /** A string where a number would lose digits. */
  readonly insertId: number | string;
}

/** Receives the results of a statement as they arrive. */
export interface ResultSink {
  /** Which rows of an UPDATE are counted; undefined: as the connection does. */
  readonly rowCount?: RowCount | undefined;
  beginRows(columns: readonly Column[]): void;
  /** Ownership of the batch's bytes passes to the sink. */
  addRows(batch: RowBatch): void;
  /** A part of a row of more than one packet has arrived. The sink must not keep it in memory. */
  addToLargeRow(part: Buffer): void;
  /** The row is complete. */
  endLargeRow(): void;
  /** The current result set is complete. @param isLast no other follows */
  endRows(isLast: boolean): void;
  addOk(ok: OkPacket): void;
}

/** What MySQL reported of a statement when it ended. Later statements of the session can ask for it. */
export interface StatementOutcome {
  /** Undefined if the statement returned a result set. */
  readonly affectedRows: number | undefined;
  readonly insertId: number | string;
  readonly warnings: number;
  /** Whether autocommit is on behind the statement; undefined if it failed, as an error does not say. */
  readonly autocommit: boolean | undefined;
  /** MySQL's text for people, such as "Rows matched: 1  Changed: 1  Warnings: 0"; '' for most statements. */
  readonly info: string;
  /** The number of rows that MySQL sent. */
  readonly rows: number;
  /**
   * Whether the statement was refused before it ran (SQL state 42: syntax, unknown names, privileges) or failed while
   * it ran.
   */
  readonly failure: 'none' | 'refused' | 'failed';
  /** The number of MySQL's error; 0 if there was none. */
  readonly errno: number;
}

/** Drops all results. */
export const DISCARD: ResultSink = {
  beginRows() {},
  addRows() {},
  addToLargeRow() {},
  endLargeRow() {},
  endRows() {},
  addOk() {},
};
