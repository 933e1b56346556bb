import type { Log } from '../../netsvc/log.js';
import { systemErrorText } from '../../system/system-error.js';
import { openAuditFile } from '../configuration/audit-path.js';
import { UsageError } from '../configuration/problems.js';
import type { LineCounts } from '../observation/metrics.js';
import { LineStream } from './line-stream.js';

/** Characters that are written at once, and milliseconds after which fewer are. */
const BATCH = 16 * 1024;
const BATCH_TIME = 100;

/** Characters that are kept while nothing can be written, and milliseconds between attempts. */
const MAX_HELD = 8 * 1024 * 1024;
const RETRY_INTERVAL = 1000;

/** Lines that are written together. */
interface Batch {
  readonly lines: string;
  readonly count: number;
}

/** A file of lines that can be renamed and reopened. A disk that is slow or full stops nothing: then lines are lost. */
export class AuditFile {
  readonly #path: string;
  readonly #log: Log;
  readonly #counts: LineCounts;
  readonly #onLost: (lines: number) => void;
  #stream: LineStream;
  #lines = '';
  #count = 0;
  #batchTimer: NodeJS.Timeout | undefined;
  /** What cannot be written now. */
  #held: Batch[] = [];
  #heldLength = 0;
  /** Runs while nothing can be written. */
  #retryTimer: NodeJS.Timeout | undefined;
  /** The lines lost before it began that lines cannot be written, or are lost; undefined if they are written. */
  #failing: number | undefined;

  /**
   * @param counts which are counted on
   * @param onLost so many lines have been lost, and lines are written again
   * @throws {UsageError} if the file cannot be opened for writing
   */
  constructor(path: string, log: Log, counts: LineCounts, onLost: (lines: number) => void) {
    this.#path = path;
    this.#log = log;
    this.#counts = counts;
    this.#onLost = onLost;
    this.#stream = this.#open();
  }

  /** Adds a line, which ends with a line feed. */
  write(line: string): void {
    this.#lines += line;
    this.#count++;
    if (this.#lines.length >= BATCH) this.#writeBatch();
    else this.#batchTimer ??= setTimeout(this.#writeBatch, BATCH_TIME);
  }

  /** Goes on in a new file if the file has been renamed. If it cannot be opened, the old one is used. */
  reopen(): void {
    let next: LineStream;
    try {
      next = this.#open();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.#log.error({ reason: error.message }, 'audit log not reopened; keeping the previous file');
      return;
    }
    this.#writeBatch();
    const previous = this.#stream;
    this.#stream = next;
    void previous.end();
    this.#recover();
  }

  /** Writes what is left. Never rejects. */
  async end(): Promise<void> {
    this.#recover();
    this.#writeBatch();
    await this.#stream.end();
    clearInterval(this.#retryTimer);
  }

  #open(): LineStream {
    const stream: LineStream = new LineStream(openAuditFile(this.#path), {
      drained: () => {
        if (this.#stream === stream) this.#recover();
      },
      failed: (error) => {
        if (this.#stream === stream) this.#fail(systemErrorText(error));
      },
      lost: (lines) => this.#lose(lines, 'the file is too slow'),
    });
    return stream;
  }

  readonly #writeBatch = (): void => {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = undefined;
    const batch = { lines: this.#lines, count: this.#count };
    this.#lines = '';
    this.#count = 0;
    if (batch.count === 0) return;
    this.#counts.written += batch.count;
    if (this.#retryTimer === undefined) {
      this.#stream.write(batch.lines, batch.count);
    } else if (this.#heldLength + batch.lines.length <= MAX_HELD) {
      this.#held.push(batch);
      this.#heldLength += batch.lines.length;
    } else {
      this.#lose(batch.count);
    }
  };

  /** They had been counted as written. */
  #lose(lines: number, reason = ''): void {
    this.#report(reason);
    this.#counts.written -= lines;
    this.#counts.lost += lines;
  }

  #fail(reason: string): void {
    this.#report(reason);
    this.#retryTimer ??= setInterval(() => this.#stream.retry(), RETRY_INTERVAL).unref();
  }

  #report(reason: string): void {
    if (this.#failing !== undefined) return;
    this.#failing = this.#counts.lost;
    this.#log.error({ file: this.#path, reason }, 'audit log cannot be written');
  }

  /** Lines can be written again. */
  #recover(): void {
    if (this.#failing === undefined) return;
    const lost = this.#counts.lost - this.#failing;
    this.#failing = undefined;
    clearInterval(this.#retryTimer);
    this.#retryTimer = undefined;
    const held = this.#held;
    this.#held = [];
    this.#heldLength = 0;
    for (const { lines, count } of held) this.#stream.write(lines, count);
    this.#log.info({ file: this.#path, lost }, 'audit log is written again');
    if (lost > 0) this.#onLost(lost);
  }
}
