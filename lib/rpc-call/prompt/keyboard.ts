import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';

/** What a terminal sends before and after text that is pasted, if it was asked to. */
const PASTE = { on: '\u001b[?2004h', off: '\u001b[?2004l', begin: '\u001b[200~', end: '\u001b[201~' } as const;

/** A sequence of a key, a control character, or text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: keys send them
const PIECE = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O.|[^[O])|[\u0000-\u001f\u007f]|[^\u0000-\u001f\u007f]+/gy;

/** A sequence whose end has not been read. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const PARTIAL = /\u001b(?:\[[0-9;?]*[ -/]*|O)?$/;

/** Takes what is typed. */
export interface KeyTaker {
  /** Text without control characters. */
  text(text: string, pasted: boolean): void;
  /** The sequence of another key. Returns whether it was taken. */
  key(sequence: string, pasted: boolean): boolean;
}

/**
 * The keys of a terminal. They are offered to `taker` one after another, and those that it does not take are the data
 * of the stream.
 */
export class Keyboard extends Readable {
  readonly #terminal: ReadStream;
  readonly #decoder = new StringDecoder('utf8');
  readonly #data = (chunk: Buffer) => this.#read(this.#decoder.write(chunk));
  #taker: KeyTaker | undefined;
  #pasting = false;
  #partial = '';

  constructor(terminal: ReadStream) {
    super();
    this.#terminal = terminal;
  }

  /** Begins to read. */
  listen(taker: KeyTaker): void {
    this.#taker = taker;
    this.#terminal.on('data', this.#data).on('end', () => this.push(null));
    this.#terminal.resume();
  }

  /** Stops reading, so that another program can. */
  rest(): void {
    this.#terminal.off('data', this.#data).pause();
    this.setRawMode(false);
  }

  /** Reads again after `rest`. */
  wake(): void {
    this.setRawMode(true);
    this.#terminal.on('data', this.#data).resume();
  }

  get isRaw(): boolean {
    return this.#terminal.isRaw;
  }

  /** Called by readline, also around Ctrl-Z. */
  setRawMode(raw: boolean): this {
    this.#terminal.setRawMode(raw);
    return this;
  }

  override _read(): void {}

  #read(chunk: string): void {
    const text = this.#partial + chunk;
    this.#partial = PARTIAL.exec(text)?.[0] ?? '';
    for (const piece of text.slice(0, text.length - this.#partial.length).match(PIECE) ?? []) {
      if (piece === PASTE.begin || piece === PASTE.end) this.#pasting = piece === PASTE.begin;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
      else if (/^[^\u0000-\u001f\u007f]/.test(piece)) this.#taker?.text(piece, this.#pasting);
      else if (!this.#taker?.key(piece, this.#pasting)) this.emit('data', Buffer.from(piece));
    }
  }
}

/** Makes a terminal mark what is pasted, or no longer. */
export function markPastes(marked: boolean): string {
  return marked ? PASTE.on : PASTE.off;
}
