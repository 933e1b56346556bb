import type { FieldPacket } from 'mysql2';
import type { RowBatch } from '../rows/row-batch.js';

/** What a statement without rows reports. */
export interface Outcome {
  readonly affectedRows: number;
  readonly insertId: number | string;
}

/** Takes the results of a statement as they arrive. */
export interface ResultSink {
  beginRows(fields: FieldPacket[]): void;
  /** The bytes are nobody else's. */
  addRows(run: RowBatch): void;
  /** The result set that began last is whole. */
  endRows(): void;
  addOutcome(outcome: Outcome): void;
}

/** What MySQL said of a statement at its end, which the next one may ask for. */
export interface StatementOutcome {
  /** Rows that came. */
  rows: number;
  /** Undefined when there was a result set instead. */
  affectedRows: number | undefined;
  insertId: number | string;
  warnings: number;
  /** Whether it was not even begun, or broke off. */
  failure: 'none' | 'refused' | 'broken';
}

/** Takes results that nobody wants. */
export const IGNORE: ResultSink = {
  beginRows() {},
  addRows() {},
  endRows() {},
  addOutcome() {},
};

export function noEnd(): StatementOutcome {
  return { rows: 0, affectedRows: undefined, insertId: 0, warnings: 0, failure: 'none' };
}
