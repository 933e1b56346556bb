import { ClosedPipe, Fault, Interrupted } from '../client/command-errors.js';
import { CursorClient, type Row } from '../client/cursor-client.js';
import type { RpcEndpoint } from '../client/rpc-endpoint.js';
import type { Argument } from '../client/typed-arguments.js';
import type { Output } from '../command/output.js';
import { type FormatName, type ResultFormat, rowsFormat } from '../formats/formats.js';
import type { PrintedColumn, RowsFormat } from '../formats/rows-format.js';
import { printable } from '../values/printable.js';
import { codeOf, quotedName } from '../values/sql-syntax.js';
import { valueText } from '../values/value-text.js';
import type { Interrupts } from './interrupts.js';
import type { Report } from './report.js';
import type { Statement } from './statement-splitter.js';

const USE = /^(use|execute\b.*\buse)\b/is;
const DROP = /^drop\s+(database|schema)\b/i;

/** Milliseconds to close the session at the end. */
const CLOSE_TIMEOUT = 5000;

/** Runs statements in a cursor session and prints their results. */
export class SqlSession {
  readonly #service: RpcEndpoint;
  readonly #interrupts: Interrupts;
  #output: Output;
  readonly #report: Report;
  readonly #format: ResultFormat;
  #cursor: CursorClient | undefined;
  /** Whether a request failed, so that it is not known whether the session is open. */
  #lost = false;
  /** What `use` has chosen, which a session that replaces another one chooses again; null if that was dropped. */
  #schema: string | null | undefined;

  /** @param service the database service */
  constructor(service: RpcEndpoint, interrupts: Interrupts, output: Output, report: Report, format: ResultFormat) {
    this.#service = service;
    this.#interrupts = interrupts;
    this.#output = output;
    this.#report = report;
    this.#format = format;
  }

  /** Opens the session, unless it is open. */
  async open(): Promise<CursorClient> {
    if (this.#lost) await this.close();
    if (this.#cursor) return this.#cursor;
    const { signal } = this.#interrupts;
    this.#cursor = await CursorClient.open(this.#service, signal);
    const schema = this.#schema;
    this.#schema = undefined;
    if (typeof schema === 'string') {
      await this.#cursor.execute(`use ${quotedName(schema)}`, [], signal);
      this.#schema = schema;
    }
    return this.#cursor;
  }

  /** The current database if a statement has chosen it; null if there is none any more. */
  get schema(): string | null | undefined {
    return this.#schema;
  }

  /** Asks which database is the current one, after a statement that may have changed it. */
  async followSchema({ sql }: Statement): Promise<void> {
    const code = codeOf(sql);
    const dropped = typeof this.#schema === 'string' && code.includes(this.#schema) && DROP.test(code);
    // Not after every statement: this forgets the warnings of the last one.
    if (!dropped && !USE.test(code)) return;
    const [[name = null] = []] = await this.#ask('select database()');
    this.#schema = valueText(name) ?? null;
  }

  /** Returns what `status` prints. */
  async status(): Promise<string> {
    const columns = 'database(), current_user(), version(), connection_id(), @@autocommit';
    const [row = []] = await this.#ask(`select ${columns}`);
    const names = ['Current database', 'Current user', 'Server version', 'Connection id', 'Autocommit'];
    const lines = names.map((name, i) => [name, valueText(row[i]) ?? '(none)'] as const);
    return [['URL', this.#service.url] as const, ...lines]
      .map(([name, value]) => `${`${name}:`.padEnd(18)}${printable(value)}\n`)
      .join('');
  }

  /** Prints to another output from now on. Returns the one before. */
  printTo(output: Output): Output {
    const before = this.#output;
    this.#output = output;
    return before;
  }

  async print(text: string): Promise<void> {
    await this.#output.write(text, this.#interrupts.signal);
  }

  async #ask(sql: string): Promise<Row[]> {
    const { signal } = this.#interrupts;
    const cursor = await this.open();
    await cursor.execute(sql, [], signal);
    const all: Row[] = [];
    for await (const rows of cursor.rows(signal)) all.push(...rows);
    return all;
  }

  /** Runs a statement. After an error of the network, the next statement runs in another session. */
  async run(statement: Statement, args: readonly Argument[]): Promise<void> {
    const cursor = await this.open();
    try {
      await this.#interrupts.run((signal) => this.#run(cursor, statement, args, signal));
    } catch (error) {
      if (error instanceof Fault || error instanceof Interrupted) await cursor.discard(this.#interrupts.signal);
      else this.#lost = !(error instanceof ClosedPipe);
      throw error;
    }
  }

  /** Closes the session. If that fails, netsvc closes it when it has not been used for a minute. */
  async close(): Promise<void> {
    const cursor = this.#cursor;
    this.#cursor = undefined;
    this.#lost = false;
    await cursor?.close(AbortSignal.timeout(CLOSE_TIMEOUT)).catch(() => {});
  }

  async #run(
    cursor: CursorClient,
    { sql, vertical }: Statement,
    args: readonly Argument[],
    signal: AbortSignal,
  ): Promise<void> {
    this.#report.begin();
    const affected = await cursor.execute(sql, args, signal);
    // An SS cursor also has 0 for a result without rows.
    let columns = affected <= 0 ? await cursor.description(signal) : undefined;
    if (columns === undefined) {
      this.#report.affected(affected);
      return;
    }
    for (;;) {
      if (columns) await this.#print(cursor, columns, vertical ? 'vertical' : this.#format.name, signal);
      else this.#report.affected(await cursor.rowcount(signal));
      if (!(await cursor.nextset(signal))) return;
      columns = await cursor.description(signal);
    }
  }

  async #printer(format: FormatName): Promise<RowsFormat> {
    const width = format === 'table' ? this.#format.width?.() : undefined;
    if (width === undefined) return rowsFormat(format, this.#format);
    return new (await import('../formats/fitted-rows.js')).FittedRows(width, this.#format);
  }

  /** Prints the rows of the current result while they arrive. */
  async #print(
    cursor: CursorClient,
    columns: readonly PrintedColumn[],
    format: FormatName,
    signal: AbortSignal,
  ): Promise<void> {
    const printer = await this.#printer(format);
    let count = 0;
    await this.#output.write(printer.begin(columns), signal);
    for await (const rows of cursor.rows(signal)) {
      let text = '';
      for (const row of rows) {
        text += printer.row(row);
        count++;
      }
      await this.#output.write(text, signal);
      this.#report.progress(count);
    }
    await this.#output.write(printer.end(), signal);
    this.#report.rows(count);
  }
}
