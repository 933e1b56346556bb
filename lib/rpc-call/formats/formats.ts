import type { PrintOptions, RowsFormat } from './rows-format.js';

/** The ways to print rows, as the options of the command line are named. Each is loaded when it is used. */
const FORMATS = {
  raw: async (options) => new (await import('./delimited-rows.js')).DelimitedRows('raw', options),
  csv: async (options) => new (await import('./delimited-rows.js')).DelimitedRows('csv', options),
  tsv: async (options) => new (await import('./delimited-rows.js')).DelimitedRows('tsv', options),
  table: async (options) => new (await import('./table-rows.js')).TableRows(options),
  vertical: async (options) => new (await import('./vertical-rows.js')).VerticalRows(options),
  markdown: async (options) => new (await import('./markdown-rows.js')).MarkdownRows(options),
  json: async () => new (await import('./json-rows.js')).JsonRows({ lines: false }),
  jsonl: async () => new (await import('./json-rows.js')).JsonRows({ lines: true }),
} as const satisfies Record<string, (options: PrintOptions) => Promise<RowsFormat>>;

export type FormatName = keyof typeof FORMATS;

/** A format, and how it prints. */
export interface ResultFormat extends PrintOptions {
  readonly name: FormatName;
  /** The width that a table has to fit in. A wider one is printed otherwise. */
  readonly width?: () => number;
}

export function rowsFormat(name: FormatName, options: PrintOptions = {}): Promise<RowsFormat> {
  return FORMATS[name](options);
}
