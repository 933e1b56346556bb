import { createInterface, type Interface } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import stringWidth from 'string-width';
import { printable } from '../values/printable.js';
import type { Completion } from './completion.js';
import { HistorySearch } from './history-search.js';
import { Keyboard, markPastes } from './keyboard.js';

/** More names than that are counted, not listed. */
const MAX_LISTED = 200;

const TAB = '\t';
const CTRL_R = '\u0012';

export interface LineEditorOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  /** What can be recalled, the last one first. An entry may have several lines. */
  readonly history: readonly string[];
  /** Completes the end of the text before the cursor. */
  readonly complete: (before: string, after: string) => Completion;
  readonly interrupt: () => void;
}

/** Reads lines from a terminal: the line editing of Node.js, with completion and a search in the history. */
export class LineEditor {
  readonly #output: WriteStream;
  readonly #complete: LineEditorOptions['complete'];
  readonly #keyboard: Keyboard;
  readonly #reader: Interface;
  readonly #search: HistorySearch;
  readonly #history: string[];
  /** The reader's own copy of it. */
  #copy: string[] = [];
  #prompt = '';
  /** Whether the last key was Tab. */
  #tabbed = false;

  constructor({ input, output, history, complete, interrupt }: LineEditorOptions) {
    this.#output = output;
    this.#complete = complete;
    this.#history = [...history];
    this.#keyboard = new Keyboard(input);
    this.#search = new HistorySearch(this.#history);
    const options = { output, terminal: true, history: [...history], historySize: 1000 };
    this.#reader = createInterface({ input: this.#keyboard, ...options });
    this.#reader.on('history', (lines) => {
      this.#copy = lines;
      this.#resetHistory();
    });
    this.#reader.on('SIGINT', interrupt);
    this.#keyboard.listen({
      text: (text, pasted) => this.#type(text, pasted),
      key: (key, pasted) => this.#key(key, pasted),
    });
    output.write(markPastes(true));
  }

  get lines(): AsyncIterable<string> {
    return this.#reader;
  }

  get line(): string {
    return this.#reader.line;
  }

  /** Asks for a line. */
  prompt(prompt: string): void {
    this.#prompt = prompt;
    this.#reader.setPrompt(prompt);
    this.#reader.prompt();
  }

  /** Shows a line, which may have several lines in fact, to be edited. */
  show(line: string, cursor = line.length): void {
    Object.assign(this.#reader, { line, cursor });
    this.#reader.prompt(true);
  }

  /** Adds to what can be recalled. Lines that are not added are forgotten. */
  recall(entry: string): void {
    if (this.#history[0] !== entry) this.#history.unshift(entry);
    this.#resetHistory();
  }

  /** The reader adds every line. */
  #resetHistory(): void {
    this.#copy.splice(0, this.#copy.length, ...this.#history);
  }

  /** Discards the line on both sides of the cursor. */
  discard(): void {
    this.#reader.write(null, { ctrl: true, name: 'u' });
    this.#reader.write(null, { ctrl: true, name: 'k' });
  }

  /** Leaves the terminal to another program for as long as that runs. */
  async lend<T>(run: () => Promise<T>): Promise<T> {
    this.#output.write(markPastes(false));
    this.#keyboard.rest();
    try {
      return await run();
    } finally {
      this.#keyboard.wake();
      this.#output.write(markPastes(true));
    }
  }

  close(): void {
    this.#output.write(markPastes(false));
    this.#reader.close();
    this.#keyboard.rest();
  }

  #type(text: string, pasted: boolean): void {
    this.#tabbed = false;
    if (!this.#search.active || pasted) {
      if (this.#search.active) this.#endSearch();
      this.#reader.write(text);
      // What follows may have to be asked for.
      if (text.endsWith('.')) this.#complete(this.#before, '');
      return;
    }
    this.#search.extend(text);
    this.#showSearch();
  }

  #key(key: string, pasted: boolean): boolean {
    const again = this.#tabbed;
    this.#tabbed = false;
    if (pasted) return false;
    if (key === CTRL_R) {
      if (this.#search.active) this.#search.next();
      else this.#search.begin(this.#reader.line);
      this.#showSearch();
      return true;
    }
    if (this.#search.active) return this.#searchKey(key);
    // At the beginning of a line, it is a tab.
    if (key !== TAB || this.#before.trim() === '') return false;
    this.#tabbed = true;
    this.#tab(again);
    return true;
  }

  #searchKey(key: string): boolean {
    const taken = this.#search.key(key);
    if (this.#search.active) this.#showSearch();
    else this.#endSearch();
    return taken;
  }

  #showSearch(): void {
    this.#reader.setPrompt(this.#search.prompt);
    this.show(this.#search.found, this.#search.at);
  }

  #endSearch(): void {
    this.#search.end();
    this.#reader.setPrompt(this.#prompt);
    this.show(this.#search.found);
  }

  get #before(): string {
    return this.#reader.line.slice(0, this.#reader.cursor);
  }

  #tab(again: boolean): void {
    const before = this.#before;
    const rest = this.#reader.line.slice(before.length);
    const { word, names } = this.#complete(before, rest);
    const common = commonBeginning(names);
    if (common !== word && (names.length === 1 || common.length > word.length)) {
      const completed = before.slice(0, before.length - word.length) + common;
      this.show(completed + rest, completed.length);
    } else if (names.length > 1 && again) {
      this.#list(names);
    }
  }

  #list(names: readonly string[]): void {
    const texts = names.map(printable);
    const width = Math.max(...texts.slice(0, MAX_LISTED).map((text) => stringWidth(text))) + 2;
    const columns = Math.max(1, Math.floor(this.#output.columns / width));
    let list = '';
    if (names.length > MAX_LISTED) list = `${names.length} names`;
    else
      texts.forEach((text, i) => {
        const isLast = (i + 1) % columns === 0 || i === texts.length - 1;
        list += isLast ? `${text}\n` : text + ' '.repeat(width - stringWidth(text));
      });
    this.#output.write(`\n${list.trimEnd()}\n`);
    // The reader would go up to where its line began.
    Object.assign(this.#reader, { prevRows: 0 });
    this.#reader.prompt(true);
  }
}

function commonBeginning([first = '', ...others]: readonly string[]): string {
  let length = first.length;
  for (const name of others) {
    while (!name.startsWith(first.slice(0, length))) length--;
  }
  return first.slice(0, length);
}
