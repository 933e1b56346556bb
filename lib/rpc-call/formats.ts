import type { RowsFormat } from './rows-format.js';

/** The ways to print rows. All but the last two are options of the command line. Each is loaded when it is used. */
const FORMATS = {
  raw: async () => new (await import('./delimited-rows.js')).DelimitedRows('raw'),
  csv: async () => new (await import('./delimited-rows.js')).DelimitedRows('csv'),
  table: async () => new (await import('./table-rows.js')).TableRows(),
  json: async () => new (await import('./json-rows.js')).JsonRows({ lines: false }),
  jsonl: async () => new (await import('./json-rows.js')).JsonRows({ lines: true }),
  tab: async () => new (await import('./delimited-rows.js')).DelimitedRows('tab'),
  vertical: async () => new (await import('./vertical-rows.js')).VerticalRows(),
} as const satisfies Record<string, () => Promise<RowsFormat>>;

export type FormatName = keyof typeof FORMATS;

export function rowsFormat(name: FormatName): Promise<RowsFormat> {
  return FORMATS[name]();
}
