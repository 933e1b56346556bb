import type { CallBuilder } from './call-builder.js';
import type { Position } from './call-parser.js';
import { DecodingError } from './codec-error.js';
import { type Step, TAGS } from './grammar.js';
import { LONG_TEXT } from './long-text.js';
import { withoutReferences } from './references.js';
import { located } from './xml-tokenizer.js';

/** The XML declarations of most clients. */
const DECLARATION = /^<\?xml version=(["'])1\.0\1(?: encoding=(["'])[A-Za-z][A-Za-z0-9._-]*\2)? ?\?>/;

/**
 * What belongs on the slow path: carriage returns (which XML converts to line feeds), characters that XML does not
 * allow, `]]>`, comments, CDATA, DOCTYPE and processing instructions. References do that are not plain.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 leaves out
const UNUSUAL = /[\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\]\]>|<[!?]/;

const MAX_TAG = 64;

/** The rest of a document for the slow path, and its position. */
export interface Unread {
  readonly text: string;
  readonly start: Position;
  /** Whether the document element is closed. */
  readonly done: boolean;
}

/**
 * The fast path: passes bare tags and plain text, which most calls consist of, to a builder in a fraction of the time
 * of an XML parser. At the first thing that is unusual or invalid, it leaves the rest of the document to the slow path.
 */
export class FastTokenizer {
  readonly #builder: CallBuilder;
  /** The unread end of the last piece, which may contain the beginning of a tag or of `]]>`. */
  #tail = '';
  #begun = false;
  #done = false;
  /** The position of `#text`. */
  #start: Position = { line: 1, column: 0 };
  #text = '';
  /** Where what is plain ends. */
  #limit = 0;
  /** The next ampersand, if it is not behind. */
  #ampersand = 0;
  /** The end of the current tag. */
  #tagEnd = 0;

  constructor(builder: CallBuilder) {
    this.#builder = builder;
  }

  /**
   * @returns undefined as long as the document is on the fast path, else the rest of it
   * @throws {DecodingError} with the position, if the document is not a call
   */
  write(piece: string): Unread | undefined {
    const text = this.#tail + piece;
    this.#start = positionIn(this.#text, this.#text.length - this.#tail.length, this.#start);
    this.#text = text;
    this.#tail = '';
    let at = 0;
    if (!this.#begun) {
      this.#begun = true;
      at = DECLARATION.exec(text)?.[0].length ?? 0;
    }
    this.#limit = plainLength(text, at);
    this.#ampersand = indexOf(text, '&', at);
    try {
      return this.#read(at);
    } catch (error) {
      if (!(error instanceof DecodingError)) throw error;
      throw located(error.message, positionIn(text, this.#tagEnd, this.#start));
    }
  }

  /** @returns the rest of an incomplete document, for the error of the XML parser */
  end(): Unread | undefined {
    if (this.#done && this.#tail === '') return undefined;
    return this.#unread(this.#text.length - this.#tail.length);
  }

  /** Reads tags and text up to the end of what is plain. */
  #read(start: number): Unread | undefined {
    const text = this.#text;
    const builder = this.#builder;
    let at = start;
    for (;;) {
      const open = text.charCodeAt(at) === LESS_THAN ? at : text.indexOf('<', at);
      const textEnd = open < 0 || open > this.#limit ? this.#limit : open;
      if (textEnd > at) {
        const end = textEnd === text.length ? wholeEnd(text, at) : textEnd;
        const plain = builder.tag === '' ? blanks(text.slice(at, end)) : this.#plain(at, end);
        if (plain === undefined) return this.#unread(at);
        if (builder.tag !== '') builder.addText(plain, plain.length < end - at);
        at = end;
      }
      if (textEnd === this.#limit) return this.#stop(at);
      const end = this.#tag(open);
      if (end === undefined) return this.#other(open);
      at = end;
    }
  }

  /** At the end of the piece, the rest is kept for the next; before that, it belongs on the slow path. */
  #stop(at: number): Unread | undefined {
    if (this.#limit < this.#text.length || this.#text.length - at > MAX_TAG) return this.#unread(at);
    this.#tail = this.#text.slice(at);
    return undefined;
  }

  /** Reads a bare tag that may be here. Returns its end, or that of the element; undefined for anything else. */
  #tag(open: number): number | undefined {
    const text = this.#text;
    const { state } = this.#builder;
    const letter = text.charCodeAt(open + 1);
    if (letter === SLASH) {
      if (state.tag === '' || !text.startsWith(state.close, open)) return undefined;
      this.#tagEnd = open + state.close.length;
      return this.#close();
    }
    for (const step of state.byLetter[letter] ?? NONE) {
      const { tag } = step.child;
      if (!text.startsWith(tag, open + 1)) continue;
      const end = open + 1 + tag.length;
      if (text.charCodeAt(end) === GREATER_THAN) return this.#element(step, end + 1);
      if (!text.startsWith('/>', end)) continue;
      this.#tagEnd = end + 2;
      this.#builder.open(step);
      return this.#close();
    }
    return undefined;
  }

  #close(): number {
    this.#builder.closeTag();
    this.#done = this.#builder.tag === '';
    return this.#tagEnd;
  }

  /** Reads an element of text to its end, or opens any other one. @param start behind its tag */
  #element(step: Step, start: number): number {
    const text = this.#text;
    const builder = this.#builder;
    const { close, textual, begins } = step.child;
    this.#tagEnd = start;
    if (textual && begins === undefined) {
      const end = text.indexOf('<', start);
      const isWhole = end >= start && end < this.#limit && end - start <= LONG_TEXT && text.startsWith(close, end);
      const plain = isWhole ? this.#plain(start, end) : undefined;
      if (plain !== undefined) {
        builder.endText();
        this.#tagEnd = end + close.length;
        builder.addElement(step, plain, plain.length < end - start);
        return this.#tagEnd;
      }
    }
    builder.open(step);
    return start;
  }

  /** A tag that is not complete is kept for the next piece. Any other belongs on the slow path, or is an error. */
  #other(open: number): Unread | undefined {
    const text = this.#text;
    const close = text.indexOf('>', open);
    if (close < 0 || close >= this.#limit) return this.#stop(open);
    const tag = text.slice(open + 1, text.charCodeAt(close - 1) === SLASH ? close - 1 : close);
    if (this.#done || !TAGS.has(tag)) return this.#unread(open);
    this.#tagEnd = close + 1;
    throw this.#builder.misplaced(tag);
  }

  /** Returns a text with its references resolved; undefined if there are unusual ones. */
  #plain(start: number, end: number): string | undefined {
    const text = this.#text;
    if (this.#ampersand < start) this.#ampersand = indexOf(text, '&', start);
    const plain = text.slice(start, end);
    return this.#ampersand < end ? withoutReferences(plain) : plain;
  }

  #unread(at: number): Unread {
    return { text: this.#text.slice(at), start: positionIn(this.#text, at, this.#start), done: this.#done };
  }
}

const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const SLASH = 0x2f;
const NONE: readonly Step[] = [];

/** The longest reference to a character that is plain, such as `&#x10FFFF;`. */
const MAX_REFERENCE = 10;

/** Returns a text that may be outside of the document element; undefined for any other. */
function blanks(text: string): string | undefined {
  return /[^ \t\n]/.test(text) ? undefined : text;
}

function plainLength(text: string, from: number): number {
  const at = (from === 0 ? text : text.slice(from)).search(UNUSUAL);
  return at < 0 ? text.length : from + at;
}

/** Returns where a character is; if it is nowhere, behind the text. */
function indexOf(text: string, character: string, from: number): number {
  const at = text.indexOf(character, from);
  return at < 0 ? text.length : at;
}

/** Returns the end of `text` without what may go on: brackets that may begin `]]>`, or the beginning of a reference. */
function wholeEnd(text: string, from: number): number {
  let end = text.length;
  while (end > from && end > text.length - 2 && text[end - 1] === ']') end--;
  const ampersand = text.lastIndexOf('&');
  const isCutOff = ampersand >= Math.max(from, text.length - MAX_REFERENCE) && !text.includes(';', ampersand);
  return isCutOff ? ampersand : end;
}

const SURROGATE_PAIRS = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Returns the position of an index in a text that begins at `start`. */
function positionIn(text: string, index: number, start: Position): Position {
  let { line } = start;
  let lineStart = -1;
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) {
    line++;
    lineStart = at;
  }
  const last = text.slice(lineStart + 1, index);
  const characters = last.length - (last.match(SURROGATE_PAIRS)?.length ?? 0);
  return { line, column: lineStart < 0 ? start.column + characters : characters };
}
