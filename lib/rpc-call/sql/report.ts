import { printable } from '../values/printable.js';

/** Milliseconds after which progress is shown, and between two reports of it. */
const FIRST_PROGRESS = 1000;
const NEXT_PROGRESS = 200;

export interface ReportOptions {
  /** Tell the number of rows of each result. */
  readonly counts: boolean;
  /** Show the number of rows while they arrive. */
  readonly progress: boolean;
}

/** What is said about statements on stderr, in the words of `mysql`. */
export class Report {
  readonly #write: (text: string) => void;
  readonly #options: ReportOptions;
  #begun = 0;
  #next = 0;
  #shown = false;
  #held: string | undefined;

  constructor(write: (text: string) => void, options: ReportOptions) {
    this.#write = write;
    this.#options = options;
  }

  begin(): void {
    this.#begun = performance.now();
    this.#next = this.#begun + FIRST_PROGRESS;
  }

  /** Keeps what is said until `release`, while another program shows something. */
  hold(): void {
    this.#held = '';
  }

  release(): void {
    if (this.#held !== undefined) this.#write(this.#held);
    this.#held = undefined;
  }

  /** A statement without rows has ended. */
  affected(count: number | bigint): void {
    this.#say(`Query OK, ${counted(count)} affected (${this.#seconds} sec)`);
  }

  /** The last row of a result has been printed. */
  rows(count: number): void {
    this.#hide();
    if (!this.#options.counts) return;
    this.#say(`${count === 0 ? 'Empty set' : `${counted(count)} in set`} (${this.#seconds} sec)`);
  }

  progress(count: number): void {
    if (!this.#options.progress || performance.now() < this.#next) return;
    this.#next = performance.now() + NEXT_PROGRESS;
    this.#shown = true;
    this.#write(`\r${counted(count)}`);
  }

  /** A statement has failed. */
  error(message: string): void {
    this.#hide();
    this.#say(message.split('\n').map(printable).join('\n'));
  }

  #hide(): void {
    if (this.#shown) this.#write('\r\u001b[K');
    this.#shown = false;
  }

  get #seconds(): string {
    return ((performance.now() - this.#begun) / 1000).toFixed(3);
  }

  #say(line: string): void {
    if (this.#held === undefined) this.#write(`${line}\n`);
    else this.#held += `${line}\n`;
  }
}

function counted(count: number | bigint): string {
  return `${count} ${BigInt(count) === 1n ? 'row' : 'rows'}`;
}
