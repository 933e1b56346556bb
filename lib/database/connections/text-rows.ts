import { cellRows } from '../rows/row-packet.js';
import { DISCARD, type ResultSink } from './result-sink.js';

/** The rows of a result, as text. */
export class TextRows {
  readonly rows: (string | undefined)[][] = [];
  #columns = 0;

  readonly sink: ResultSink = {
    ...DISCARD,
    beginRows: (fields) => {
      this.#columns = fields.length;
    },
    addRows: (batch) => {
      for (const row of cellRows(this.#columns, [batch])) this.rows.push(row.map((cell) => cell?.toString('latin1')));
    },
  };
}
