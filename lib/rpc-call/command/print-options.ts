import { UsageError } from '../client/failure.js';
import type { FormatName } from '../formats/formats.js';
import type { PrintOptions } from '../formats/rows-format.js';

/** What the options that concern the form of rows apply to. Without a format, rows are a table or TSV. */
const HEADERS: ReadonlySet<FormatName | undefined> = new Set([undefined, 'csv', 'tsv', 'table', 'raw']);
const NO_NULL_TEXT: ReadonlySet<FormatName | undefined> = new Set(['json', 'jsonl']);

/** @throws {UsageError} if an option has no meaning for the format */
export function printOptions(
  format: FormatName | undefined,
  { null: nil, header }: { readonly null?: string; readonly header?: boolean },
): PrintOptions {
  if (header === false && !HEADERS.has(format)) throw new UsageError('--no-header needs --csv, --tsv or --table');
  if (nil !== undefined && NO_NULL_TEXT.has(format)) throw new UsageError('--null needs another format: JSON has null');
  // It is printed as it is.
  if (nil !== undefined && /[\t\r\n]/.test(nil)) throw new UsageError('--null cannot contain tabs and line ends');
  if (format === 'csv' && /[",]/.test(nil ?? ''))
    throw new UsageError('--null of CSV cannot contain quotes and commas');
  return { ...(nil === undefined ? {} : { nil }), ...(header === false ? { header } : {}) };
}
