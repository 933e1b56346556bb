import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { SaxesParser } from 'saxes';
import { DecodingError } from './codec-error.js';
import { SCALARS } from './scalars.js';
import type { Value } from './value.js';

/** A decoded `<methodCall>`. */
export interface MethodCall {
  readonly methodName: string;
  readonly params: readonly Value[];
}

/** How deep arrays and structs may nest: the documents are small trees, and the consumers of their values recurse. */
const MAX_DEPTH = 200;

/** Which elements may stand in which. The scalars in `value` have none. */
const CHILDREN: ReadonlyMap<string, readonly string[]> = new Map([
  ['', ['methodCall']],
  ['methodCall', ['methodName', 'params']],
  ['params', ['param']],
  ['param', ['value']],
  ['value', [...SCALARS.keys(), 'array', 'struct']],
  ['array', ['data']],
  ['data', ['value']],
  ['struct', ['member']],
  ['member', ['name', 'value']],
]);

/** Elements that hold any number of children; the others hold each child once. */
const REPEATING = new Set(['params', 'data', 'struct']);

/** Elements whose text is content and not layout. */
const TEXTUAL = new Set([...SCALARS.keys(), 'value', 'methodName', 'name']);

type MutableStruct = { [name: string]: Value };

/** An open element: its tag, the last child seen in it, and what it holds so far. */
interface OpenElement {
  readonly tag: string;
  lastChild: string;
  /** The items of `params` and `data`. */
  items: Value[];
  /** The members of `struct`. */
  struct: MutableStruct | undefined;
  /** The `name` of a `member`. */
  name: string;
  /** What `value`, `param`, `array` and `member` have been given. */
  value: Value;
}

/**
 * Takes a `<methodCall>` document as it arrives and gives the call at its end.
 *
 * Strict about XML and about the structure, lenient about the clients' habits that have one clear meaning (see
 * `scalars.ts`). A DOCTYPE is refused, so there are no entities but XML's five.
 *
 * @throws {DecodingError} from `write` and `end`, as soon as the document cannot become a call any more
 */
export class CallDecoder {
  #first: Buffer | undefined;
  #bytes: TextDecoder | undefined;
  #parser = new SaxesParser();
  #open: OpenElement[] = [];
  #current = openElement('');
  #text = '';
  #depth = 0;
  #methodName = '';
  #params: Value[] = [];

  constructor() {
    const parser = this.#parser;
    parser.on('xmldecl', ({ encoding }) => this.#checkEncoding(encoding));
    parser.on('doctype', () => this.#fail('a DOCTYPE is not allowed'));
    parser.on('opentag', ({ name }) => this.#openTag(name));
    parser.on('closetag', () => this.#closeTag());
    parser.on('text', (text) => this.#addText(text));
    parser.on('cdata', (text) => this.#addText(text));
  }

  write(chunk: Buffer): void {
    // Most bodies arrive in one piece, and to decode one piece needs no TextDecoder, so the first is held back.
    if (this.#bytes === undefined && this.#first === undefined) {
      this.#first = chunk;
      return;
    }
    this.#bytes ??= new TextDecoder('utf-8', { fatal: true });
    if (this.#first !== undefined) {
      const first = this.#first;
      this.#first = undefined;
      this.#parse(this.#decode(this.#bytes, first));
    }
    this.#parse(this.#decode(this.#bytes, chunk));
  }

  end(): MethodCall {
    if (this.#bytes !== undefined) {
      this.#parse(this.#decode(this.#bytes));
    } else if (this.#first !== undefined) {
      if (!isUtf8(this.#first)) throw notUtf8();
      this.#parse(this.#first.toString('utf8').replace(/^\ufeff/, ''));
    }
    this.#guard(() => this.#parser.close());
    if (this.#methodName === '') throw new DecodingError('there is no methodCall');
    return { methodName: this.#methodName, params: this.#params };
  }

  #decode(bytes: TextDecoder, chunk?: Buffer): string {
    try {
      return chunk === undefined ? bytes.decode() : bytes.decode(chunk, { stream: true });
    } catch {
      throw notUtf8();
    }
  }

  #parse(text: string): void {
    this.#guard(() => this.#parser.write(text));
  }

  /** saxes throws plain errors, which begin with line:column. */
  #guard(parse: () => void): void {
    try {
      parse();
    } catch (error) {
      if (error instanceof DecodingError) throw error;
      throw new DecodingError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  #fail(reason: string): never {
    throw new DecodingError(`${this.#parser.line}:${this.#parser.column}: ${reason}`);
  }

  #checkEncoding(encoding: string | undefined): void {
    if (encoding !== undefined && !/^(utf-?8|us-ascii|ascii)$/i.test(encoding)) {
      this.#fail(`encoding ${encoding.slice(0, 40)} is not supported`);
    }
  }

  #openTag(tag: string): void {
    const parent = this.#current;
    if (!CHILDREN.get(parent.tag)?.includes(tag)) {
      this.#fail(
        `<${tag.slice(0, 40)}> ${parent.tag === '' ? 'is not <methodCall>' : `cannot stand in <${parent.tag}>`}`,
      );
    }
    if (parent.lastChild !== '' && !REPEATING.has(parent.tag)) this.#checkOrder(parent, tag);
    if (tag === 'params' && parent.lastChild !== 'methodName') this.#fail('<params> before <methodName>');
    if (tag === 'value' && parent.tag === 'member' && parent.lastChild !== 'name') this.#fail('<value> before <name>');
    if ((tag === 'array' || tag === 'struct') && ++this.#depth > MAX_DEPTH) {
      this.#fail(`arrays and structs nest deeper than ${MAX_DEPTH}`);
    }
    this.#skipLayout();
    parent.lastChild = tag;
    this.#open.push(parent);
    this.#current = openElement(tag);
  }

  /** In elements that are no lists, only `methodCall` and `member` have a second child, and each one kind of it. */
  #checkOrder({ tag, lastChild }: OpenElement, next: string): void {
    const second = tag === 'methodCall' ? 'params' : tag === 'member' ? 'value' : '';
    if (next !== second || lastChild === second) this.#fail(`<${next}> is one too many in <${tag}>`);
  }

  #addText(text: string): void {
    this.#text += text;
  }

  /** Between tags that structure the document, only blanks may stand. */
  #skipLayout(): void {
    if (this.#text === '') return;
    if (/[^ \t\r\n]/.test(this.#text)) this.#fail(`text in <${this.#current.tag}>`);
    this.#text = '';
  }

  #closeTag(): void {
    const { tag, lastChild, items, struct, name, value } = this.#current;
    const parent = this.#open.pop() ?? openElement('');
    if (!TEXTUAL.has(tag) || lastChild !== '') this.#skipLayout();
    const text = this.#text;
    this.#text = '';
    switch (tag) {
      case 'methodName':
        if (!/^[A-Za-z0-9_.:/]+$/.test(text.trim())) this.#fail('bad method name');
        this.#methodName = text.trim();
        break;
      case 'methodCall':
        if (lastChild === '') this.#fail('there is no <methodName>');
        break;
      case 'params':
        this.#params = items;
        break;
      case 'param':
        if (lastChild === '') this.#fail('<param> without <value>');
        parent.items.push(value);
        break;
      case 'value':
        // A value without a type is a string, blanks and all.
        this.#give(parent, lastChild === '' ? text : value);
        break;
      case 'array':
        if (lastChild === '') this.#fail('<array> without <data>');
        this.#depth--;
        parent.value = value;
        break;
      case 'data':
        parent.value = items;
        break;
      case 'struct':
        this.#depth--;
        parent.value = struct ?? emptyStruct();
        break;
      case 'name':
        parent.name = text;
        break;
      case 'member':
        if (lastChild !== 'value') this.#fail('<member> without <value>');
        parent.struct ??= emptyStruct();
        parent.struct[name] = value;
        break;
      default:
        parent.value = this.#scalar(tag, text);
    }
    this.#current = parent;
  }

  #give(parent: OpenElement, value: Value): void {
    if (parent.tag === 'data') parent.items.push(value);
    else parent.value = value;
  }

  #scalar(tag: string, text: string): Value {
    try {
      return SCALARS.get(tag)?.(text) ?? null;
    } catch (error) {
      return this.#fail(error instanceof Error ? error.message : String(error));
    }
  }
}

const NO_ITEMS: Value[] = Object.freeze<Value[]>([]) as Value[];

function openElement(tag: string): OpenElement {
  const items: Value[] = tag === 'params' || tag === 'data' ? [] : NO_ITEMS;
  return { tag, lastChild: '', items, struct: undefined, name: '', value: null };
}

/** Without a prototype a member named `__proto__` is one like any other. */
function emptyStruct(): MutableStruct {
  return Object.create(null) as MutableStruct;
}

function notUtf8(): DecodingError {
  return new DecodingError('the body is not UTF-8');
}
