import { printable } from '../values/printable.js';

/** Milliseconds after which progress is shown, and between two reports of it. */
const FIRST_PROGRESS = 1000;
const NEXT_PROGRESS = 200;

/** What is said about an import on stderr. */
export class ImportReport {
  readonly #write: (text: string) => void;
  readonly #terminal: boolean;
  readonly #size: number | undefined;
  #next = performance.now() + FIRST_PROGRESS;
  #shown = false;

  /** @param size that of the file, in bytes */
  constructor(write: (text: string) => void, terminal: boolean, size: number | undefined) {
    this.#write = write;
    this.#terminal = terminal;
    this.#size = size;
  }

  progress(rows: number, bytes: number): void {
    if (!this.#terminal || performance.now() < this.#next) return;
    this.#next = performance.now() + NEXT_PROGRESS;
    this.#shown = true;
    const part = this.#size ? `, ${Math.min(100, Math.floor((100 * bytes) / this.#size))} %` : '';
    this.#write(`\r${counted(rows)}${part}`);
  }

  say(message: string): void {
    if (this.#shown) this.#write('\r\u001b[K');
    this.#shown = false;
    this.#write(`${message.split('\n').map(printable).join('\n')}\n`);
  }
}

/** Such as `9,998 rows`. */
export function counted(rows: number): string {
  return `${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'}`;
}
