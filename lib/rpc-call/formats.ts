import type { RowsFormat } from './rows-format.js';

/** The ways to print rows. All but the last two are options of the command line. Each is loaded when it is used. */
const FORMATS = {
  raw: async () => (await import('./delimited-rows.js')).DelimitedRows.raw(),
  csv: async () => (await import('./delimited-rows.js')).DelimitedRows.csv(),
  table: async () => new (await import('./table-rows.js')).TableRows(),
  json: async () => (await import('./json-rows.js')).JsonRows.array(),
  jsonl: async () => (await import('./json-rows.js')).JsonRows.lines(),
  tab: async () => (await import('./delimited-rows.js')).DelimitedRows.tab(),
  vertical: async () => new (await import('./vertical-rows.js')).VerticalRows(),
} as const satisfies Record<string, () => Promise<RowsFormat>>;

export type FormatName = keyof typeof FORMATS;

export function rowsFormat(name: FormatName): Promise<RowsFormat> {
  return FORMATS[name]();
}
