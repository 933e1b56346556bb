import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { UsageError } from '../client/command-errors.js';
import { parseNames, parseTable } from './table-name.js';

const FORMATS = ['csv', 'tsv', 'jsonl'] as const;
const BYTE_FORMS = ['hex', 'base64', 'text'] as const;

/** The form of a file of rows. */
export type ImportFormat = (typeof FORMATS)[number];

/** How the values of columns with bytes are written. */
export type ByteForm = (typeof BYTE_FORMS)[number];

/** Rows that are to go into a table. */
export interface ImportTask {
  readonly kind: 'import';
  /** `-` is standard input. */
  readonly file: string;
  /** The name of the table, behind that of its database if it is given. */
  readonly table: readonly string[];
  readonly format: ImportFormat;
  /** Instead of those in the file. */
  readonly columns: readonly string[] | undefined;
  /** Whether the first line of a CSV or TSV file has the names of the columns. */
  readonly header: boolean;
  /** The text that stands for NULL. */
  readonly nullText: string | undefined;
  readonly bytes: ByteForm;
  /** The character between the fields of CSV. */
  readonly delimiter: string;
  /** That of the file; undefined: UTF-8, in which bytes that are no text are noticed. */
  readonly encoding: string | undefined;
  /** Rows that fail are reported, and the others are imported. */
  readonly continues: boolean;
}

/** The options that concern an import. */
export interface ImportOptions {
  readonly import?: string;
  readonly table?: string | true;
  readonly format?: ImportFormat;
  readonly columns?: string;
  readonly header?: boolean;
  readonly null?: string;
  readonly bytes?: ByteForm;
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly continue?: true;
}

/** The extensions of files, and what they contain. */
const EXTENSIONS: Readonly<Record<string, ImportFormat>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
};

/** Declares the options of `--import` alone. `--table` is declared with the formats of output. */
export function addImportOptions(command: Command): void {
  command
    .addOption(
      new Option('--import <file>', 'import rows into --table NAME; - reads them from standard input').conflicts([
        'sql',
        'file',
        'list',
      ]),
    )
    .addOption(new Option('--format <format>', 'of the imported rows; default: by the extension').choices(FORMATS))
    .option('--columns <names>', 'of the imported rows, separated by commas')
    .addOption(new Option('--bytes <form>', 'how bytes are written in the imported rows').choices(BYTE_FORMS))
    .option('--delimiter <character>', 'between the fields of imported CSV; default: a comma')
    .option('--encoding <name>', 'of the imported file, such as windows-1252; default: UTF-8')
    .option('--continue', 'import the rows that can be, and report the others');
}

/** @throws {UsageError} if an option is missing or is of no use */
export function importTask(options: ImportOptions, operands: readonly string[]): ImportTask | undefined {
  const { import: file, table, columns, header = true, null: nullText } = options;
  if (file === undefined) {
    const name = ['format', 'columns', 'bytes', 'delimiter', 'encoding', 'continue'].find((option) =>
      Object.hasOwn(options, option),
    );
    if (name !== undefined) throw new UsageError(`--${name} needs --import`);
    if (typeof table === 'string') throw new UsageError('--table has a value only with --import');
    return undefined;
  }
  if (operands.length > 0) throw new UsageError('--import has no arguments besides the URL');
  if (typeof table !== 'string') throw new UsageError('--import needs --table NAME');
  const format = options.format ?? formatOf(file);
  if (format === 'jsonl' && nullText !== undefined) throw new UsageError('--null needs CSV or TSV: JSON has null');
  if (format !== 'csv' && options.delimiter !== undefined) throw new UsageError('--delimiter needs CSV');
  return {
    kind: 'import',
    file,
    table: parseTable(table),
    format,
    columns: columns === undefined ? undefined : parseNames(columns, ','),
    header,
    nullText,
    bytes: options.bytes ?? (format === 'jsonl' ? 'text' : 'hex'),
    delimiter: delimiterOf(options.delimiter),
    encoding: /^utf-?8$/i.test(options.encoding ?? 'utf-8') ? undefined : options.encoding,
    continues: options.continue === true,
  };
}

/** A tab can be written as `\t`. */
function delimiterOf(text = ','): string {
  const delimiter = text === '\\t' ? '\t' : text;
  if (/^[^"\r\n]$/.test(delimiter)) return delimiter;
  throw new UsageError('--delimiter must be one character, which is no quote and no line end');
}

function formatOf(file: string): ImportFormat {
  const format = EXTENSIONS[extname(file).toLowerCase()];
  if (format !== undefined) return format;
  const what = file === '-' ? 'standard input' : `"${file}"`;
  throw new UsageError(`the form of ${what} is not known: use --format csv, tsv or jsonl`);
}
