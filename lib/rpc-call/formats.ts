import { DelimitedRows } from './delimited-rows.js';
import { JsonRows } from './json-rows.js';
import type { RowsFormat } from './rows-format.js';
import { TableRows } from './table-rows.js';
import { VerticalRows } from './vertical-rows.js';

/** The ways to print rows. All but the last two are options of the command line. */
const FORMATS = {
  raw: DelimitedRows.raw,
  csv: DelimitedRows.csv,
  table: () => new TableRows(),
  json: JsonRows.array,
  jsonl: JsonRows.lines,
  tab: DelimitedRows.tab,
  vertical: () => new VerticalRows(),
} as const satisfies Record<string, () => RowsFormat>;

export type FormatName = keyof typeof FORMATS;

export function rowsFormat(name: FormatName): RowsFormat {
  return FORMATS[name]();
}
