import type { ReadStream, WriteStream } from 'node:tty';
import type { Interrupts } from '../sql/interrupts.js';
import { type Statement, StatementSplitter } from '../sql/statement-splitter.js';
import { complete } from './completion.js';
import type { HistoryFile } from './history-file.js';
import { LineEditor } from './line-editor.js';
import type { SchemaNames } from './schema-names.js';

export interface PromptOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly history: HistoryFile;
  readonly interrupts: Interrupts;
  /** What Tab completes. */
  readonly names: SchemaNames;
}

/** What is done with a statement: `quit` ends the prompt. */
export type Run = (statement: Statement) => Promise<'quit' | undefined>;

/** Reads statements from a terminal. */
export class Prompt {
  readonly #options: PromptOptions;
  readonly #editor: LineEditor;
  readonly #splitter = new StatementSplitter();
  /** The lines of the statement that is being typed. */
  #typed: string[] = [];
  /** The last statement that was typed. */
  #last: string;
  /** Whether a statement runs. */
  #running = false;
  /** Whether Ctrl-C was the last key, at an empty prompt. */
  #leaving = false;
  #name = '';
  #offered = '';

  constructor(options: PromptOptions) {
    const { input, output, history, interrupts, names } = options;
    this.#options = options;
    const recalled = history.read();
    this.#last = recalled[0] ?? '';
    this.#editor = new LineEditor({
      input,
      output,
      history: recalled,
      complete: (before, after) => complete([...this.#typed, before].join('\n'), after, names),
      interrupt: () => this.#interrupt(),
    });
    interrupts.signal.addEventListener('abort', () => this.#editor.close());
  }

  /**
   * Passes each statement to `run`, until the user quits.
   *
   * @param name returns what stands before `>`
   */
  async run(name: () => string, run: Run): Promise<void> {
    this.#options.output.write('Statements end with ; -- \\h prints help, \\q quits.\n');
    this.#name = name();
    this.#prompt();
    for await (const line of this.#editor.lines) {
      this.#leaving = false;
      if (await this.#read(line, run)) break;
      this.#name = name();
      this.#prompt();
    }
    this.#editor.close();
  }

  /** Leaves the terminal to another program. */
  lend<T>(run: () => Promise<T>): Promise<T> {
    return this.#editor.lend(run);
  }

  /** Takes the statement that is being typed, or returns the last one. */
  take(): string {
    const text = this.#splitter.text || this.#last;
    this.#splitter.discard();
    this.#typed = [];
    return text;
  }

  /** Shows text to be edited and sent, at the next prompt. */
  offer(text: string): void {
    this.#offered = text;
  }

  async #read(line: string, run: Run): Promise<boolean> {
    this.#typed.push(line);
    const statements = this.#splitter.write(`${line}\n`);
    if (this.#splitter.state === '') this.#remember();
    this.#running = true;
    try {
      for (const statement of statements) if ((await run(statement)) === 'quit') return true;
      return false;
    } finally {
      this.#running = false;
    }
  }

  /** Only complete statements are recalled, and none with a password. */
  #remember(): void {
    const text = this.#typed.splice(0).join('\n').trim();
    if (text === '' || text === this.#last || NOT_RECALLED.test(text) || !this.#options.history.add(text)) return;
    this.#editor.recall(text);
    this.#last = text;
  }

  #prompt(): void {
    const { state } = this.#splitter;
    this.#editor.prompt(`${state === '' ? this.#name : state.padStart(this.#name.length)}> `);
    if (this.#offered !== '') this.#editor.show(this.#offered);
    this.#offered = '';
  }

  #interrupt(): void {
    const { interrupts, output } = this.#options;
    const empty = this.#editor.line === '' && this.#splitter.state === '';
    if (this.#running || (empty && this.#leaving)) {
      interrupts.interrupt();
      return;
    }
    output.write(empty ? '^C (again, or \\q, to quit)\n' : '^C\n');
    this.#leaving = empty;
    this.#splitter.discard();
    this.#typed = [];
    if (this.#editor.line !== '') this.#editor.discard();
    this.#prompt();
  }
}

const NOT_RECALLED = /^(?:\\[qe]|quit|exit|edit)\s*;?$/i;
