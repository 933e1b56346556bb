import { Base64Text } from './base64-text.js';
import { DecodingError } from './codec-error.js';
import type { State } from './grammar.js';

/** Characters after which the text of an element is collected in pieces, which are read as they arrive. */
export const LONG_TEXT = 64 * 1024;

/** The text of an element that is long. */
export class LongText {
  readonly #state: State;
  readonly #pieces: string[] = [];
  readonly #base64: Base64Text | undefined;
  #length = 0;
  #isBlank = true;
  #width: 1 | 2 = 1;

  /** @param state that of the element */
  constructor(state: State) {
    this.#state = state;
    if (state.tag === 'base64') this.#base64 = new Base64Text();
  }

  /** It is white space. */
  get isBlank(): boolean {
    return this.#isBlank;
  }

  /** Bytes of a character in memory. */
  get width(): 1 | 2 {
    return this.#width;
  }

  /** What it takes in memory, in bytes. */
  get cost(): number {
    if (!this.#state.textual || this.#length > this.#state.longest) return 0;
    return this.#base64 ? this.#length : this.#length * this.#width;
  }

  /** @param width bytes of a character of the text in memory */
  add(text: string, width: 1 | 2): void {
    this.#length += text.length;
    if (width > this.#width) this.#width = width;
    this.#isBlank &&= isBlank(text);
    if (!this.#state.textual) return;
    if (this.#length > this.#state.longest) this.#pieces.length = 0;
    else if (this.#base64) this.#base64.add(text);
    else if (text !== '') this.#pieces.push(flat(text));
  }

  /** @throws {DecodingError} if it is longer than it may be */
  text(): string {
    const { tag, longest } = this.#state;
    if (this.#length > longest) throw new DecodingError(`<${tag}> has more than ${longest} characters`);
    return this.#pieces.join('');
  }

  /** The bytes of `<base64>`; undefined for other elements. @throws {DecodingError} if it is not base64 */
  bytes(): Buffer | undefined {
    if (this.#base64 === undefined) return undefined;
    const bytes = this.#base64.end();
    if (bytes === undefined) throw new DecodingError('invalid base64');
    return bytes;
  }
}

/** Whether a text is nothing but white space of XML. */
export function isBlank(text: string): boolean {
  return !/[^ \t\r\n]/.test(text);
}

/** V8 keeps a concatenated text as a tree, with 32 bytes for each of its parts. Reading flattens it. */
export function flat(text: string): string {
  /^/.test(text);
  return text;
}
