import type { CallBuilder } from './call-builder.js';
import type { Position } from './call-parser.js';
import { DecodingError } from './codec-error.js';
import { TAGS } from './grammar.js';
import { located } from './xml-tokenizer.js';

/** The XML declarations of most clients. */
const DECLARATION = /^<\?xml version=(["'])1\.0\1(?: encoding=(["'])[A-Za-z][A-Za-z0-9._-]*\2)? ?\?>/;

/**
 * What belongs on the slow path: references, carriage returns (which XML converts to line feeds), characters that XML
 * does not allow, `]]>`, comments, CDATA, DOCTYPE and processing instructions.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 leaves out
const UNUSUAL = /[&\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\]\]>|<[!?]/;

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
    try {
      return this.#read(at, plainLength(text, at));
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

  /** Reads tags and text up to `limit`, where the slow path begins. */
  #read(start: number, limit: number): Unread | undefined {
    const text = this.#text;
    let at = start;
    for (;;) {
      const open = text.indexOf('<', at);
      const textEnd = open < 0 || open > limit ? limit : open;
      if (textEnd > at) {
        const taken = textEnd === text.length ? withoutBrackets(text, at) : textEnd;
        if (this.#builder.tag === '' && /[^ \t\n]/.test(text.slice(at, taken))) return this.#unread(at);
        if (this.#builder.tag !== '') this.#builder.addText(text.slice(at, taken));
        at = taken;
      }
      if (textEnd === limit) return this.#stop(at, limit);
      const close = text.indexOf('>', open);
      if (close < 0 || close >= limit) return this.#stop(open, limit);
      if (!this.#tag(open, close)) return this.#unread(open);
      at = close + 1;
    }
  }

  /** At the end of the piece, the rest is kept for the next; before that, it belongs on the slow path. */
  #stop(at: number, limit: number): Unread | undefined {
    if (limit < this.#text.length || this.#text.length - at > MAX_TAG) return this.#unread(at);
    this.#tail = this.#text.slice(at);
    return undefined;
  }

  /** Returns false if the tag is not a bare tag of a call, or does not match. */
  #tag(open: number, close: number): boolean {
    const text = this.#text;
    const builder = this.#builder;
    if (this.#done) return false;
    this.#tagEnd = close + 1;
    if (text.charCodeAt(open + 1) === SLASH) {
      const { tag } = builder;
      if (tag === '' || close - open - 2 !== tag.length || !text.startsWith(tag, open + 2)) return false;
      builder.closeTag();
    } else {
      const empty = text.charCodeAt(close - 1) === SLASH;
      const tag = text.slice(open + 1, empty ? close - 1 : close);
      if (!builder.tryOpen(tag)) {
        if (!TAGS.has(tag)) return false;
        throw builder.misplaced(tag);
      }
      if (empty) builder.closeTag();
    }
    this.#done = builder.tag === '';
    return true;
  }

  #unread(at: number): Unread {
    return { text: this.#text.slice(at), start: positionIn(this.#text, at, this.#start), done: this.#done };
  }
}

const SLASH = 0x2f;

function plainLength(text: string, from: number): number {
  const at = (from === 0 ? text : text.slice(from)).search(UNUSUAL);
  return at < 0 ? text.length : from + at;
}

/** Returns the end of `text` without brackets that may begin `]]>`. */
function withoutBrackets(text: string, from: number): number {
  let end = text.length;
  while (end > from && end > text.length - 2 && text[end - 1] === ']') end--;
  return end;
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
