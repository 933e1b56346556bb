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

/** All the tags that a call may have. */
export const TAGS: ReadonlySet<string> = new Set([...CHILDREN.values()].flat());

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
 * Builds a call from the tags and the text of its document, and sees to it that they stand where XML-RPC has them. That the
 * tags match is the tokenizer's business.
 *
 * @throws {DecodingError} from every method, as soon as the document cannot become a call any more
 */
export class CallBuilder {
  readonly #open: OpenElement[] = [];
  #current = openElement('');
  #text = '';
  #depth = 0;
  #methodName = '';
  #params: Value[] = [];

  /** The tag that is open, '' outside the document element. */
  get tag(): string {
    return this.#current.tag;
  }

  openTag(tag: string): void {
    const parent = this.#current;
    if (!CHILDREN.get(parent.tag)?.includes(tag)) {
      throw new DecodingError(
        `<${tag.slice(0, 40)}> ${parent.tag === '' ? 'is not <methodCall>' : `cannot stand in <${parent.tag}>`}`,
      );
    }
    this.#checkOrder(parent, tag);
    if ((tag === 'array' || tag === 'struct') && ++this.#depth > MAX_DEPTH) {
      throw new DecodingError(`arrays and structs nest deeper than ${MAX_DEPTH}`);
    }
    this.#skipLayout();
    parent.lastChild = tag;
    this.#open.push(parent);
    this.#current = openElement(tag);
  }

  addText(text: string): void {
    this.#text += text;
  }

  closeTag(): void {
    const element = this.#current;
    const { tag, lastChild } = element;
    if (!TEXTUAL.has(tag) || lastChild !== '') this.#skipLayout();
    const text = this.#text;
    this.#text = '';
    const parent = this.#open.pop() ?? openElement('');
    this.#finish(element, text, parent);
    this.#current = parent;
  }

  /** The call, when the document element has been closed. */
  finish(): MethodCall {
    if (this.#methodName === '') throw new DecodingError('there is no methodCall');
    return { methodName: this.#methodName, params: this.#params };
  }

  /** In elements that are no lists, only `methodCall` and `member` have a second child, and each one kind of it. */
  #checkOrder({ tag, lastChild }: OpenElement, next: string): void {
    if (next === 'params' && lastChild === '') throw new DecodingError('<params> before <methodName>');
    if (tag === 'member' && next === 'value' && lastChild === '') throw new DecodingError('<value> before <name>');
    if (lastChild === '' || REPEATING.has(tag)) return;
    const second = tag === 'methodCall' ? 'params' : tag === 'member' ? 'value' : '';
    if (next !== second || lastChild === second) throw new DecodingError(`<${next}> is one too many in <${tag}>`);
  }

  /** Between tags that structure the document, only blanks may stand. */
  #skipLayout(): void {
    if (this.#text === '') return;
    if (/[^ \t\r\n]/.test(this.#text)) throw new DecodingError(`text in <${this.#current.tag}>`);
    this.#text = '';
  }

  /** Gives what an element came to, to the one that it stands in. */
  #finish({ tag, lastChild, items, struct, name, value }: OpenElement, text: string, parent: OpenElement): void {
    switch (tag) {
      case 'methodName':
        this.#methodName = methodName(text);
        return;
      case 'methodCall':
        must(lastChild !== '', 'there is no <methodName>');
        return;
      case 'params':
        this.#params = items;
        return;
      case 'param':
        must(lastChild !== '', '<param> without <value>');
        parent.items.push(value);
        return;
      case 'value':
        // A value without a type is a string, blanks and all.
        give(parent, lastChild === '' ? text : value);
        return;
      case 'array':
        must(lastChild !== '', '<array> without <data>');
        this.#depth--;
        parent.value = value;
        return;
      case 'data':
        parent.value = items;
        return;
      case 'struct':
        this.#depth--;
        parent.value = struct ?? emptyStruct();
        return;
      case 'name':
        parent.name = text;
        return;
      case 'member':
        must(lastChild === 'value', '<member> without <value>');
        parent.struct ??= emptyStruct();
        parent.struct[name] = value;
        return;
      default:
        parent.value = SCALARS.get(tag)?.(text) ?? null;
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

function give(parent: OpenElement, value: Value): void {
  if (parent.tag === 'data') parent.items.push(value);
  else parent.value = value;
}

function methodName(text: string): string {
  const name = text.trim();
  must(/^[A-Za-z0-9_.:/]+$/.test(name), 'bad method name');
  return name;
}

function must(condition: boolean, otherwise: string): void {
  if (!condition) throw new DecodingError(otherwise);
}
