import { SaxesParser } from 'saxes';
import { DecodingError } from './codec-error.js';
import { TAGS } from './grammar.js';
import { beginningOfReference, ENTITIES, resolveReference } from './references.js';

/** A position in a document: lines from 1, columns from 0, in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What the parser keeps while it reads: its private properties. `npm run fuzz` measures the effect. */
export interface ParserInternals {
  state: number;
  line: number;
  column: number;
  /** The piece that is read, and the indices of its next and its current character. */
  readonly chunk: string;
  readonly i: number;
  readonly prevI: number;
  /** What has been collected. */
  text: string;
  entity: string;
  readonly name: string;
  readonly piTarget: string;
  readonly entityReturnState: number;
  /** The tag that is read, or else the last one. */
  readonly tag: { readonly name: string } | null | undefined;
  readonly tags: readonly { readonly name: string }[];
  getCode(): number;
  skipSpaces(): number;
}

/** The states of the parser, after the beginnings of a text and so on. */
export const STATE = {
  text: stateAfter('<a>a'),
  tag: stateAfter('<a><'),
  cdata: stateAfter('<a><![CDATA[a'),
  comment: stateAfter('<!--a'),
  instruction: stateAfter('<?a a'),
};

function stateAfter(document: string): number {
  const parser = new SaxesParser();
  parser.write(document);
  return internalsOf(parser).state;
}

export function internalsOf(parser: SaxesParser): ParserInternals {
  return parser as unknown as ParserInternals;
}

/**
 * saxes, with our own handling of references, and with errors that lead to their cause: at the character that is wrong,
 * whatever the pieces in which the document arrives.
 */
export class CallParser extends SaxesParser {
  /** The position behind the last `<`. */
  #tagLine = 1;
  #tagColumn = 0;
  /** The position behind the `&` of the last reference. */
  #ampersand: Position = { line: 1, column: 0 };
  /** The position of a reference to the first half of a surrogate pair, as long as the second has not been read. */
  #half: Position | undefined;
  /** The length of the text with this half. (To look at its end would join the text each time.) */
  #halfEnd = 0;

  static {
    // On the prototype, because own properties would make the parser slower.
    const { closeTag, sOpenWaka } = SaxesParser.prototype as unknown as Record<'closeTag' | 'sOpenWaka', () => void>;
    const methods: Readonly<Record<string, (this: CallParser) => void>> = {
      sEntity() {
        this.#readReference(internalsOf(this));
      },
      sOpenWaka() {
        this.#tagLine = this.line;
        this.#tagColumn = this.column;
        sOpenWaka.call(this);
      },
      sDoctype() {
        throw new DecodingError('a DOCTYPE is not allowed');
      },
      closeTag() {
        const { name, tags } = internalsOf(this);
        const open = tags[tags.length - 1]?.name;
        if (open === undefined || open === name) closeTag.call(this);
        else this.fail(`unexpected close tag </${name.slice(0, 40)}>: expected </${open}>`);
      },
      handleTextOutsideRoot() {
        const parser = internalsOf(this);
        const code = parser.skipSpaces();
        if (code === LESS_THAN) parser.state = STATE.tag;
        else if (code !== END_OF_CHUNK) this.fail('text data outside of root node');
      },
    };
    for (const [name, value] of Object.entries(methods)) Object.defineProperty(CallParser.prototype, name, { value });
  }

  get tagStart(): Position {
    return { line: this.#tagLine, column: this.#tagColumn };
  }

  /** Throws an error for a document that is not well-formed. */
  override fail(message: string): never {
    if (this.#half !== undefined) this.failAt(this.#half, HALF);
    // With a full stop, the message is about the rest of a name.
    if (message === 'disallowed character in tag name') this.failAt(this.tagStart, UNESCAPED_LESS_THAN);
    // In `a <b and c`, the text behind an unknown tag would be read as its attributes.
    const { tag, tags } = internalsOf(this);
    if (tag && !TAGS.has(tag.name) && !tag.name.includes(':')) {
      this.failAt(this.tagStart, unknownTag(tag.name, tags[tags.length - 1]?.name ?? ''));
    }
    throw new Error(this.#explained(message.replace(/\.$/, '')));
  }

  failAt({ line, column }: Position, message: string): never {
    Object.assign(internalsOf(this), { line, column });
    // A document with half of a surrogate pair may be well-formed otherwise.
    throw message === HALF ? new DecodingError(message) : new Error(message);
  }

  /** Takes the text that has been read, but for half of a surrogate pair, whose other half may follow. */
  takeText(): string {
    const parser = internalsOf(this);
    const { text } = parser;
    const isPending = this.#half !== undefined && text.length === this.#halfEnd;
    if (isPending) this.#halfEnd = 1;
    const end = isPending ? text.length - 1 : text.length;
    parser.text = text.slice(end);
    return text.slice(0, end);
  }

  /** @throws {Error} if a text contains half of a surrogate pair, which is not a character */
  checkSurrogates(text: string): void {
    if (!text.isWellFormed()) this.failAt(this.#half ?? this, HALF);
  }

  #explained(message: string): string {
    if (message === 'disallowed character') {
      const { chunk, prevI } = internalsOf(this);
      const code = chunk.charCodeAt(prevI);
      if (code === LESS_THAN) return UNESCAPED_LESS_THAN;
      return `disallowed character U+${code.toString(16).toUpperCase().padStart(4, '0')}: send bytes as base64`;
    }
    if (message.includes(']]>')) return `${message}: write ]]&gt;`;
    return OF_DECLARATION.test(message) ? `malformed XML declaration: ${message}` : message;
  }

  /** Reads a reference, up to the end of the piece. What cannot be one is reported at its ampersand. */
  #readReference(parser: ParserInternals): void {
    const { chunk, i: start, entity, line, column } = parser;
    let code = parser.getCode();
    while (isReferenceCharacter(code)) code = parser.getCode();
    const isOver = code !== END_OF_CHUNK;
    const read = chunk.slice(start, isOver ? parser.prevI : chunk.length);
    const known = entity === '' && code === SEMICOLON ? ENTITIES.get(read) : undefined;
    if (known !== undefined && this.#half === undefined) {
      parser.state = parser.entityReturnState;
      parser.text += known;
      return;
    }
    if (entity === '') this.#ampersand = { line, column };
    const reference = beginningOfReference(entity + read);
    if (reference === undefined || (isOver && (code !== SEMICOLON || reference === ''))) {
      this.#failAtAmpersand("unescaped '&': write &amp;");
    }
    parser.entity = isOver ? '' : reference;
    if (isOver) this.#addReference(parser, reference);
  }

  #addReference(parser: ParserInternals, reference: string): void {
    const text = this.#resolved(reference);
    parser.state = parser.entityReturnState;
    const isText = parser.state === STATE.text;
    if (isText) this.#checkHalf(parser.text.length, text);
    parser.text += text;
    if (isText && this.#half !== undefined) this.#halfEnd = parser.text.length;
  }

  #resolved(reference: string): string {
    try {
      return ENTITIES.get(reference) ?? resolveReference(reference);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return this.#failAtAmpersand(error.message);
    }
  }

  /** Two references can form a surrogate pair. @param length that of the text before the second */
  #checkHalf(length: number, text: string): void {
    const isSecond = text.length === 1 && isHalf(text, 0xdc00);
    const isWhole = isSecond && this.#half !== undefined && length === this.#halfEnd;
    if (!isWhole && (isSecond || this.#half !== undefined)) this.#failAtAmpersand(HALF);
    this.#half = text.length === 1 && isHalf(text, 0xd800) ? this.#ampersand : undefined;
  }

  /** @param message unless half of a surrogate pair comes before it */
  #failAtAmpersand(message: string): never {
    if (this.#half !== undefined) this.failAt(this.#half, HALF);
    return this.failAt(this.#ampersand, message);
  }
}

/** What is wrong with a tag that XML-RPC does not have. It may be text: `a <b> c`. */
export function unknownTag(tag: string, parent: string): string {
  if (parent === '') return `expected <methodCall>, found <${tag.slice(0, 40)}>`;
  return `unexpected <${tag.slice(0, 40)}> in <${parent}>: XML-RPC has no such tag`;
}

const LESS_THAN = 0x3c;
const SEMICOLON = 0x3b;
/** What the parser reads behind the last character of a piece. */
const END_OF_CHUNK = -1;

const UNESCAPED_LESS_THAN = "unescaped '<': write &lt;";
const HALF = 'half a surrogate pair';

/** The beginnings of the parser's messages about the XML declaration, but of those about its place. */
const OF_DECLARATION = new RegExp(
  `^(?:${[
    'XML declaration (?:is|must contain)',
    'The character \\?',
    'did not expect',
    'expected (?:the name|one of)',
    '(?:value|version|encoding|standalone|whitespace) ',
    'processing instructions are',
  ].join('|')})`,
);

/** Whether a character can be in a reference: a letter, a digit, `#`, or one of those in names. */
function isReferenceCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x2d && code <= 0x3a && code !== 0x2f) ||
    code === 0x23 ||
    code === 0x5f ||
    code >= 0x80
  );
}

function isHalf(character: string, first: number): boolean {
  return (character.charCodeAt(0) & 0xfc00) === first;
}
