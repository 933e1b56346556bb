import type { CallBuilder } from './call-builder.js';
import { CallParser, internalsOf, type Position, STATE, unknownTag } from './call-parser.js';
import { DecodingError } from './codec-error.js';
import { MAX_TEXT, TAGS } from './grammar.js';
import { flat } from './long-text.js';

/** The namespace of Apache's types, usually with the prefix `ex`. */
const EXTENSIONS = 'http://ws.apache.org/xmlrpc/namespaces/extensions';

/** The maximum number of attributes of a tag. They have no meaning in a call, but the parser stores them. */
const MAX_ATTRIBUTES = 32;

/** The size of the pieces that are passed to the parser, in characters. */
const PIECE = 64 * 1024;

/** The slow path: passes a document to a builder as an XML parser reads it. Errors begin with line:column. */
export class XmlTokenizer {
  readonly #parser: CallParser;
  readonly #start: Position;
  /** The length of what was put before the document, in the parser's first line. */
  #offset = 0;
  readonly #prefixes = new Set(['ex']);
  #attributes = 0;
  readonly #builder: CallBuilder;

  /** @param start the position of the text that follows: after the tags that the builder has open */
  constructor(builder: CallBuilder, start: Position = { line: 1, column: 0 }, done = false) {
    this.#start = start;
    this.#builder = builder;
    // XML 1.1, which saxes supports, would convert more characters to line feeds.
    this.#parser = new CallParser({ position: false, defaultXMLVersion: '1.0', forceXMLVersion: true });
    if (start.line > 1 || start.column > 0) this.#skip(builder.path, done);
    this.#listen(builder);
  }

  write(text: string): void {
    this.#parse(() => {
      for (let start = 0; start < text.length; start += PIECE) {
        this.#parser.write(text.length > PIECE ? text.slice(start, start + PIECE) : text);
        this.#takeText();
      }
    });
  }

  end(): void {
    this.#parse(() => this.#parser.close());
  }

  /** The characters that it has read and not passed on. */
  get held(): number {
    const { text, entity, name, piTarget } = internalsOf(this.#parser);
    return text.length + entity.length + name.length + piTarget.length;
  }

  /** Brings the parser to the position in the document. */
  #skip(path: readonly string[], done: boolean): void {
    const open = path.map((tag) => `<${tag}>`).join('');
    const read = `<?xml version="1.0"?>${done ? '<methodCall></methodCall>' : open}`;
    this.#parser.write(read);
    this.#offset = read.length;
  }

  #listen(builder: CallBuilder): void {
    const parser = this.#parser;
    parser.on('attribute', ({ name, value }) => this.#attribute(name, value));
    parser.on('opentag', ({ name }) => {
      this.#attributes = 0;
      const tag = name.includes(':') ? this.#extension(name) : name;
      if (!builder.tryOpen(tag)) this.#refuse(name, tag);
    });
    parser.on('closetag', () => builder.closeTag());
    parser.on('text', (text) => this.#addText(text));
    parser.on('cdata', (text) => builder.addText(flat(text)));
    parser.on('processinginstruction', ({ body }) => {
      // The parser accepts a processing instruction without white space after its name, which XML does not, and does
      // not report the difference.
      if (body.startsWith('?')) throw new DecodingError('malformed processing instruction');
    });
  }

  #addText(text: string): void {
    this.#parser.checkSurrogates(text);
    this.#builder.addText(flat(text));
  }

  /**
   * Takes what the parser has read of a text, which it would collect to the end of the element, and drops what it has
   * read of a comment or a processing instruction.
   *
   * @throws {DecodingError} if it collects anything else that is long, such as a name or an attribute
   */
  #takeText(): void {
    const parser = internalsOf(this.#parser);
    const { state, text } = parser;
    if (state === STATE.text) {
      const taken = this.#parser.takeText();
      if (taken !== '') this.#addText(taken);
    } else if (state === STATE.cdata) {
      parser.text = '';
      this.#builder.addText(flat(text));
    } else if (state === STATE.comment) {
      parser.text = '';
    } else if (state === STATE.instruction) {
      parser.text = text.slice(0, 1);
    } else if (this.held > MAX_TEXT) {
      throw new DecodingError(`a tag, reference or declaration has more than ${MAX_TEXT} characters`);
    }
  }

  #attribute(name: string, value: string): void {
    if (++this.#attributes > MAX_ATTRIBUTES) throw new DecodingError(`more than ${MAX_ATTRIBUTES} attributes in a tag`);
    if (!name.startsWith('xmlns:')) return;
    const prefix = name.slice('xmlns:'.length);
    if (value === EXTENSIONS) this.#prefixes.add(prefix);
    else this.#prefixes.delete(prefix);
  }

  /** Returns the name in the grammar of a tag of Apache's clients, whatever its prefix. */
  #extension(name: string): string {
    const colon = name.indexOf(':');
    return this.#prefixes.has(name.slice(0, colon)) ? `ex${name.slice(colon)}` : '';
  }

  #refuse(name: string, tag: string): never {
    if (this.#builder.tag === '' || TAGS.has(tag)) throw this.#builder.misplaced(tag || name);
    Object.assign(internalsOf(this.#parser), this.#parser.tagStart);
    throw new DecodingError(unknownTag(name, this.#builder.tag));
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
 * Returns an error with its position.
 *
 * @param cause the error of the XML parser, if the document is not well-formed
 */
export function located(reason: string, { line, column }: Position, cause?: Error): DecodingError {
  return new DecodingError(`${line}:${column}: ${reason}`, { cause });
}
