import { UsageError } from '../client/command-errors.js';
import type { ImportTask } from '../command/import-options.js';
import { Batch } from './batch.js';
import { CsvReader } from './csv-reader.js';
import { type FileRecord, type RecordReader, UnreadableLine } from './file-record.js';
import { fileText } from './file-text.js';
import { JsonLinesReader } from './json-lines-reader.js';
import { InvalidValue, RowEncoder } from './row-encoder.js';
import type { TableColumn } from './table-columns.js';
import { TsvReader } from './tsv-reader.js';

/** What is told about a file while it is read. */
export interface BatchListener {
  /** The number of bytes that were read. */
  read(bytes: number): void;
  /** A record is no row. */
  invalid(line: number, text: string): void;
}

/** Reads a file as batches of rows. */
export class Batches {
  readonly #task: ImportTask;
  readonly #columns: readonly TableColumn[];
  readonly #listener: BatchListener;
  readonly #encoders = new Map<string, RowEncoder>();
  /** That of records without names. */
  #encoder: RowEncoder | undefined;
  #batch = new Batch();

  /** @param columns those of the table; none if they are not known */
  constructor(task: ImportTask, columns: readonly TableColumn[], listener: BatchListener) {
    this.#task = task;
    this.#columns = columns;
    this.#listener = listener;
    const hasHeader = task.header && task.format !== 'jsonl';
    if (task.columns) this.#encoder = this.#encoderOf(task.columns);
    else if (!hasHeader) this.#encoder = this.#encoderOf(columns.map(({ name }) => name));
    this.#header = hasHeader;
  }

  /** Whether the next record has the names of the columns. */
  #header: boolean;

  /** @throws {UnreadableLine} after the rows before the line */
  async *read(chunks: AsyncIterable<Buffer>): AsyncGenerator<Batch, void, void> {
    const reader = readerFor(this.#task);
    let unreadable: unknown;
    try {
      const { encoding } = this.#task;
      const { read } = this.#listener;
      // The tables of encodings take as long to load as a small file to import.
      const texts =
        encoding === undefined
          ? fileText(chunks, read)
          : (await import('./encoded-text.js')).encodedText(chunks, encoding, read);
      for await (const text of texts) yield* this.#full(reader.write(text));
      yield* this.#full(reader.end());
    } catch (error) {
      if (!(error instanceof UnreadableLine)) throw error;
      unreadable = error;
    }
    if (this.#batch.lines.length > 0) yield this.#batch;
    if (unreadable) throw unreadable;
  }

  /** Yields the batches that some records fill. */
  *#full(records: readonly FileRecord[]): Generator<Batch, void, void> {
    for (const record of records) {
      if (this.#header) {
        this.#readHeader(record);
        continue;
      }
      try {
        const encoder = this.#encoderOfRecord(record);
        if (encoder === undefined) continue;
        const row = encoder.encode(this.#valuesOf(record), record.plain);
        if (this.#batch.isFullFor(row)) {
          yield this.#batch;
          this.#batch = new Batch();
        }
        this.#batch.add(encoder, row, record.line);
      } catch (error) {
        if (!(error instanceof InvalidValue)) throw error;
        this.#listener.invalid(record.line, error.message);
      }
    }
  }

  #readHeader(record: FileRecord): void {
    if (record.blank) return;
    this.#header = false;
    this.#encoder ??= this.#encoderOf(namesOf(record), record.line);
  }

  /** @returns undefined if the record is no row */
  #encoderOfRecord({ error, names, blank, line }: FileRecord): RowEncoder | undefined {
    if (error !== undefined) throw new InvalidValue(error);
    if (names !== undefined && !this.#task.columns) return this.#encoderFor(names);
    this.#encoder ??= this.#encoderOf([], line);
    return blank && this.#encoder.width !== 1 ? undefined : this.#encoder;
  }

  /** With `--columns`, an object of JSON can have others, and lack some. */
  #valuesOf({ names, values }: FileRecord): readonly unknown[] {
    if (names === undefined || !this.#task.columns) return values;
    return this.#task.columns.map((name) => values[names.indexOf(name)] ?? null);
  }

  /** Objects have few different lists of names. */
  #encoderFor(names: readonly string[]): RowEncoder {
    const key = names.join('\0');
    let encoder = this.#encoders.get(key);
    if (encoder === undefined) {
      const unknown = this.#unknown(names);
      if (unknown !== undefined) throw new InvalidValue(`the table has no column "${unknown}"`);
      if (this.#encoders.size >= MAX_ENCODERS) this.#encoders.clear();
      encoder = this.#encoderOf(names);
      this.#encoders.set(key, encoder);
    }
    return encoder;
  }

  #encoderOf(names: readonly string[], line?: number): RowEncoder {
    const unknown = this.#unknown(names);
    if (unknown !== undefined) {
      const text = `the table has no column "${unknown}"`;
      throw line === undefined ? new UsageError(text) : new UnreadableLine(line, text);
    }
    const columns = names.map((name) => this.#column(name) ?? ({ name, kind: 'text' } as const));
    return new RowEncoder(this.#task.table, columns, this.#task.bytes);
  }

  #unknown(names: readonly string[]): string | undefined {
    return this.#columns.length === 0 ? undefined : names.find((name) => this.#column(name) === undefined);
  }

  #column(name: string): TableColumn | undefined {
    return this.#columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  }
}

const MAX_ENCODERS = 1000;

function readerFor({ format, nullText, delimiter }: ImportTask): RecordReader {
  if (format === 'jsonl') return new JsonLinesReader();
  return format === 'tsv' ? new TsvReader(nullText) : new CsvReader(nullText, delimiter);
}

function namesOf({ values, line }: FileRecord): string[] {
  const names = values.map((value) => String(value ?? ''));
  if (!names.includes('')) return names;
  throw new UnreadableLine(line, `the name of column ${names.indexOf('') + 1} is empty`);
}
