import { createInterface, type Interface } from 'node:readline';
import type { HistoryFile } from './history-file.js';
import type { Interrupts } from './interrupts.js';
import { type Statement, StatementSplitter } from './statement-splitter.js';

const HELP = `Statements end with ; and may have several lines.

\\g  ends a statement, as ; does
\\G  ends a statement and prints one value a line
\\h  prints this help
\\q  quits, as Ctrl-D does
delimiter //  ends statements with // instead of ;

Ctrl-C stops the running statement, or discards the one that is being typed.
Twice, it ends the session.
`;

export interface PromptOptions {
  /** What stands before `>`. */
  readonly name: string;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly history: HistoryFile;
  readonly interrupts: Interrupts;
}

/** Reads statements from a terminal. */
export class Prompt {
  readonly #options: PromptOptions;
  readonly #reader: Interface;
  readonly #splitter = new StatementSplitter();
  /** The lines that can be recalled, the last one first. */
  readonly #recalled: string[];
  /** The reader's own copy of them. */
  #copy: string[] = [];
  /** The lines of the statement that is being typed. */
  #typed: string[] = [];
  /** Whether a statement runs. */
  #running = false;
  /** Whether Ctrl-C was the last key, at an empty prompt. */
  #leaving = false;

  constructor(options: PromptOptions) {
    const { input, output, history } = options;
    this.#options = options;
    this.#recalled = history.read();
    this.#reader = createInterface({ input, output, terminal: true, history: [...this.#recalled], historySize: 1000 });
    this.#reader.on('history', (lines) => {
      this.#copy = lines;
      this.#recall();
    });
    this.#reader.on('SIGINT', () => this.#interrupt());
    options.interrupts.signal.addEventListener('abort', () => this.#reader.close());
  }

  /** Passes each statement to `run`, until the user quits. */
  async run(run: (statement: Statement) => Promise<void>): Promise<void> {
    const { output } = this.#options;
    output.write('Statements end with ; -- \\h prints help, \\q quits.\n');
    this.#prompt();
    for await (const line of this.#reader) {
      this.#leaving = false;
      const command = this.#splitter.state === '' ? line.trim().toLowerCase().replace(/;$/, '') : '';
      if (QUIT.has(command)) break;
      if (HELPS.has(command)) output.write(HELP);
      else await this.#read(line, run);
      this.#prompt();
    }
    this.#reader.close();
  }

  async #read(line: string, run: (statement: Statement) => Promise<void>): Promise<void> {
    this.#typed.push(line);
    const statements = this.#splitter.write(`${line}\n`);
    if (this.#splitter.state === '') this.#remember();
    this.#running = true;
    try {
      for (const statement of statements) await run(statement);
    } finally {
      this.#running = false;
    }
  }

  #remember(): void {
    const lines = this.#typed.splice(0).filter((line) => line.trim() !== '');
    if (lines.length > 0 && this.#options.history.add(lines)) this.#recalled.unshift(...lines.toReversed());
    this.#recall();
  }

  /** Only complete statements are recalled, and none with a password. The reader adds every line. */
  #recall(): void {
    this.#copy.splice(0, this.#copy.length, ...this.#recalled);
  }

  #prompt(): void {
    const { name } = this.#options;
    const { state } = this.#splitter;
    this.#reader.setPrompt(`${state === '' ? name : state.padStart(name.length)}> `);
    this.#reader.prompt();
  }

  #interrupt(): void {
    const { interrupts, output } = this.#options;
    const empty = this.#reader.line === '' && this.#splitter.state === '';
    if (this.#running || (empty && this.#leaving)) {
      interrupts.interrupt();
      return;
    }
    output.write(empty ? '^C (again, or \\q, to quit)\n' : '^C\n');
    this.#leaving = empty;
    this.#splitter.discard();
    this.#typed = [];
    if (this.#reader.line !== '') {
      // Deletes the line on both sides of the cursor.
      this.#reader.write(null, { ctrl: true, name: 'u' });
      this.#reader.write(null, { ctrl: true, name: 'k' });
    }
    this.#prompt();
  }
}

const QUIT: ReadonlySet<string> = new Set(['\\q', 'quit', 'exit']);
const HELPS: ReadonlySet<string> = new Set(['\\h', '\\?', 'help']);
