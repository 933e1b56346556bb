import { SaxesParser } from 'saxes';
import type { CallBuilder } from './call-builder.js';
import { DecodingError } from './codec-error.js';
import { resolveReference } from './references.js';

/** Where in a document a piece of it begins: lines from 1, columns from 0, in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The namespace that Apache's clients declare for their types, usually as `ex`. */
const EXTENSIONS = 'http://ws.apache.org/xmlrpc/namespaces/extensions';

/** Attributes mean nothing in a call, and a parser keeps all those of a tag. */
const MAX_ATTRIBUTES = 32;

/** How much text the parser gets at a time, in characters. */
const PIECE = 64 * 1024;

/** The XML parser, but for references: its own way refuses what clients send for characters that XML leaves out. */
class CallParser extends SaxesParser {
  static {
    // On the prototype: each property more of its own makes a parser slower.
    Object.defineProperty(CallParser.prototype, 'parseEntity', { value: resolveReference });
  }
}

/** Feeds a builder with a document as an XML parser reads it. Errors begin with line:column. */
export class XmlTokenizer {
  readonly #parser: SaxesParser;
  readonly #start: Position;
  /** How much of the parser's first line is not the document's. */
  #offset = 0;
  readonly #prefixes = new Set(['ex']);
  #attributes = 0;
  /** How much of the parser's text lies in one piece. */
  #compact = 0;

  /** @param start where the text that will be written begins: behind the tags that the builder has open */
  constructor(builder: CallBuilder, start: Position = { line: 1, column: 0 }, done = false) {
    this.#start = start;
    // By XML 1.1, which saxes knows too, more characters would become line feeds.
    this.#parser = new CallParser({ position: false, defaultXMLVersion: '1.0', forceXMLVersion: true });
    if (start.line > 1 || start.column > 0) this.#skip(builder.path, done);
    this.#listen(builder);
  }

  write(text: string): void {
    this.#parse(() => {
      for (let start = 0; start < text.length; start += PIECE) {
        this.#parser.write(text.length > PIECE ? text.slice(start, start + PIECE) : text);
        this.#compactText();
      }
    });
  }

  end(): void {
    this.#parse(() => this.#parser.close());
  }

  /** Brings the parser to where the document has come. */
  #skip(path: readonly string[], done: boolean): void {
    const open = path.map((tag) => `<${tag}>`).join('');
    const read = `<?xml version="1.0"?>${done ? '<methodCall></methodCall>' : open}`;
    this.#parser.write(read);
    this.#offset = read.length;
  }

  #listen(builder: CallBuilder): void {
    const parser = this.#parser;
    parser.on('doctype', () => {
      throw new DecodingError('a DOCTYPE is not allowed');
    });
    parser.on('attribute', ({ name, value }) => this.#attribute(name, value));
    parser.on('opentag', ({ name }) => {
      this.#attributes = 0;
      builder.openTag(name.includes(':') ? this.#extension(name) : name);
    });
    parser.on('closetag', () => builder.closeTag());
    parser.on('text', (text) => {
      // Two references may make a surrogate pair; one alone makes no character.
      if (!text.isWellFormed()) throw new DecodingError('half a surrogate pair');
      builder.addText(text);
    });
    parser.on('cdata', (text) => builder.addText(text));
    parser.on('processinginstruction', ({ body }) => {
      // The parser takes one that follows the name without a blank, which XML does not, and does not tell which it was.
      if (body.startsWith('?')) throw new DecodingError('a processing instruction that begins with a question mark');
    });
  }

  /**
   * The parser collects the text of an element, a comment or an attribute bit by bit, and each bit that a line end, a
   * reference or a hyphen sets apart weighs up to 30 times its size until it is joined to the rest. So they are joined
   * now and then: after a thirty-second more, which keeps the whole work linear.
   */
  #compactText(): void {
    // biome-ignore lint/complexity/useLiteralKeys: the property is private; `npm run fuzz` measures the effect
    const text = this.#parser['text'];
    if (text.length < this.#compact + Math.max(PIECE * 4, this.#compact >> 5)) {
      if (text.length < this.#compact) this.#compact = text.length;
      return;
    }
    this.#compact = text.length;
    joined(text);
  }

  #attribute(name: string, value: string): void {
    if (++this.#attributes > MAX_ATTRIBUTES) throw new DecodingError(`more than ${MAX_ATTRIBUTES} attributes in a tag`);
    if (!name.startsWith('xmlns:')) return;
    const prefix = name.slice('xmlns:'.length);
    if (value === EXTENSIONS) this.#prefixes.add(prefix);
    else this.#prefixes.delete(prefix);
  }

  /** A tag of Apache's by the name that the grammar has for it, whatever its prefix. */
  #extension(name: string): string {
    const colon = name.indexOf(':');
    return this.#prefixes.has(name.slice(0, colon)) ? `ex${name.slice(colon)}` : name.replace(/^ex:/, '?:');
  }

  #parse(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const { line, column } = this.#parser;
      throw located(
        error.message,
        { line: line + this.#start.line - 1, column: line > 1 ? column : column - this.#offset + this.#start.column },
        error instanceof DecodingError ? undefined : error,
      );
    }
  }
}

/**
 * An error with its place before its reason.
 *
 * @param cause the XML parser's error, if the document is not well-formed
 */
export function located(reason: string, { line, column }: Position, cause?: Error): DecodingError {
  return new DecodingError(`${line}:${column}: ${reason}`, { cause });
}

/** V8 keeps a string that was put together as a tree of its parts until something looks into it. */
function joined(text: string): boolean {
  return /^/.test(text);
}
