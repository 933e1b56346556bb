import { CursorClient } from './cursor-client.js';
import { ClosedPipe, Fault, Interrupted } from './failure.js';
import { type FormatName, type ResultFormat, rowsFormat } from './formats.js';
import type { Interrupts } from './interrupts.js';
import type { Output } from './output.js';
import type { Report } from './report.js';
import type { PrintedColumn } from './rows-format.js';
import type { RpcEndpoint } from './rpc-endpoint.js';
import type { Statement } from './statement-splitter.js';
import type { Argument } from './typed-arguments.js';

/** Milliseconds to close the session at the end. */
const CLOSE_TIMEOUT = 5000;

/** Runs statements in a cursor session and prints their results. */
export class SqlSession {
  readonly #service: RpcEndpoint;
  readonly #interrupts: Interrupts;
  readonly #output: Output;
  readonly #report: Report;
  readonly #format: ResultFormat;
  #cursor: CursorClient | undefined;
  /** Whether a request failed, so that it is not known whether the session is open. */
  #lost = false;

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
    this.#cursor ??= await CursorClient.open(this.#service, this.#interrupts.signal);
    return this.#cursor;
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

  /** Prints the rows of the current result while they arrive. */
  async #print(
    cursor: CursorClient,
    columns: readonly PrintedColumn[],
    format: FormatName,
    signal: AbortSignal,
  ): Promise<void> {
    const printer = await rowsFormat(format, this.#format);
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
