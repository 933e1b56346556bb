import type { Readable } from 'node:stream';
import { systemErrorText } from '../../system/system-error.js';
import { YoungGeneration } from '../../system/young-generation.js';
import { Fault, FileError, Interrupted, outcomeOf, STATUS, UsageError } from '../client/command-errors.js';
import type { CursorClient } from '../client/cursor-client.js';
import type { ImportTask } from '../command/import-options.js';
import type { Interrupts } from '../sql/interrupts.js';
import type { Batch } from './batch.js';
import { Batches } from './batches.js';
import { UnreadableLine } from './file-record.js';
import { counted, type ImportReport } from './import-report.js';
import { ImportSession } from './import-session.js';
import { AtomicImporter, type Importer, PartialImporter } from './importer.js';
import type { TableColumns } from './table-columns.js';

/** The file of an import. */
export interface ImportFile {
  /** For messages. */
  readonly name: string;
  readonly input: Readable;
}

/** An import in a session. */
export class ImportRun {
  readonly #task: ImportTask;
  readonly #file: ImportFile;
  readonly #table: TableColumns;
  readonly #report: ImportReport;
  #failed = 0;
  #bytes = 0;
  /** What is being sent, of which the outcome is not known if the network fails. */
  #sent: string | undefined;

  constructor(task: ImportTask, file: ImportFile, table: TableColumns, report: ImportReport) {
    this.#task = task;
    this.#file = file;
    this.#table = table;
    this.#report = report;
  }

  /** @returns the exit status */
  async run(cursor: CursorClient, interrupts: Interrupts): Promise<number> {
    let status: number = STATUS.OK;
    await interrupts.run(async (signal) => {
      const { input } = this.#file;
      signal.addEventListener('abort', () => input.destroy(signal.reason as Error));
      // A batch that is committed is not stopped, so that it is known what is in the table.
      const session = new ImportSession(cursor, this.#task.continues ? interrupts.signal : signal);
      const importer = this.#importer(session);
      try {
        await this.#insertAll(importer, signal);
        this.#sent = 'all rows';
        await importer.commit();
        this.#report.say(`imported ${counted(importer.imported)}${this.#failures}`);
        status = this.#failed === 0 ? STATUS.OK : STATUS.FAULT;
      } catch (error) {
        status = this.#fail(await importer.explain(error), importer);
      }
    });
    return status;
  }

  #importer(session: ImportSession): Importer {
    const { transactional } = this.#table;
    if (!this.#task.continues) return new AtomicImporter(session, transactional);
    return new PartialImporter(session, transactional, ({ line, fault: { code, text } }) => {
      this.#failed++;
      this.#report.say(new Fault(code, text, line).message);
    });
  }

  /** Reads the next batch while others are sent. */
  async #insertAll(importer: Importer, signal: AbortSignal): Promise<void> {
    const space = new YoungGeneration();
    const sending: Promise<void>[] = [];
    try {
      for await (const batch of this.#batches()) {
        while (sending.length >= importer.width) await sending.shift();
        signal.throwIfAborted();
        this.#report.progress(importer.imported, this.#bytes);
        this.#sent = batch.place;
        const sent = importer.insert(batch);
        // It is awaited later.
        sent.catch(() => {});
        sending.push(sent);
        space.limit();
      }
      for (const sent of sending) await sent;
    } catch (error) {
      const results = await Promise.allSettled(sending);
      const failed = results.find((result) => result.status === 'rejected');
      // What was sent before what could not be read has failed first.
      throw error instanceof FileError && failed ? failed.reason : error;
    }
  }

  async *#batches(): AsyncGenerator<Batch, void, void> {
    const { name, input } = this.#file;
    const batches = new Batches(this.#task, this.#table.columns, {
      read: (bytes) => {
        this.#bytes += bytes;
      },
      invalid: (line, text) => this.#refuse(new FileError(name, line, text)),
    });
    try {
      yield* batches.read(input);
    } catch (error) {
      if (error instanceof UnreadableLine) throw new FileError(name, error.line, error.message);
      if (!(error instanceof Error) || !('syscall' in error)) throw error;
      throw new UsageError(`${name}: ${systemErrorText(error)}`);
    }
  }

  /** @throws {FileError} unless the import goes on */
  #refuse(error: FileError): void {
    if (!this.#task.continues) throw error;
    this.#failed++;
    this.#report.say(outcomeOf(error).message ?? '');
  }

  /** Tells why the import has ended, and what is in the table. */
  #fail(error: unknown, importer: Importer): number {
    const { status, message = 'interrupted' } = outcomeOf(error);
    this.#report.say(message);
    const isKnown = error instanceof Fault || error instanceof FileError || error instanceof Interrupted;
    const { continues } = this.#task;
    const stays = continues || !this.#table.transactional;
    const rows = stays ? importer.imported : 0;
    const unknown = isKnown || (!stays && this.#sent !== 'all rows') ? '' : `; ${this.#sent} may be in the table`;
    this.#report.say(`imported ${counted(rows)}${this.#failures}${unknown}`);
    return status;
  }

  get #failures(): string {
    return this.#failed === 0 ? '' : `, ${this.#failed.toLocaleString('en-US')} failed`;
  }
}
