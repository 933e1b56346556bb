import { DecodingError } from './codec-error.js';
import { DOCUMENT, type State } from './grammar.js';
import { SCALARS } from './scalars.js';
import type { Value } from './value.js';

/** A decoded `<methodCall>`. */
export interface MethodCall {
  readonly methodName: string;
  readonly params: readonly Value[];
}

/** How deep arrays and structs may nest: the documents are small trees, and the consumers of their values recurse. */
const MAX_DEPTH = 200;

type MutableStruct = { [name: string]: Value };

/** An array or struct that is being filled. */
interface Collection {
  /** The items of an array, or of `params`. */
  readonly items: Value[] | undefined;
  /** The members of a struct; made with the first one. */
  struct: MutableStruct | undefined;
  /** The `name` of the member that is open. */
  name: string;
}

/**
 * Builds a call from the tags and the text of its document, and sees to it that they stand where XML-RPC has them. That
 * the tags match is the tokenizer's business.
 *
 * @throws {DecodingError} from every method, as soon as the document cannot become a call any more
 */
export class CallBuilder {
  #state: State = DOCUMENT;
  /** The states that the open elements' parents go on in. */
  readonly #states: State[] = [];
  readonly #collections: Collection[] = [];
  #collection: Collection = { items: [], struct: undefined, name: '' };
  #text = '';
  /** What the element that was closed last came to. */
  #value: Value = null;
  #methodName = '';
  #params: readonly Value[] = [];

  /** The tag that is open, '' outside the document element. */
  get tag(): string {
    return this.#state.tag;
  }

  /** The tags that are open, the outermost first. */
  get path(): string[] {
    return this.#states.length === 0 ? [] : [...this.#states.slice(1), this.#state].map(({ tag }) => tag);
  }

  openTag(tag: string): void {
    if (!this.tryOpen(tag)) throw misplaced(tag, this.#state);
  }

  /** Opens a tag if it may stand here; false if not. */
  tryOpen(tag: string): boolean {
    const step = this.#state.children.get(tag);
    if (step === undefined) return false;
    if (this.#text !== '') this.#skipLayout();
    this.#states.push(step.next);
    this.#state = step.child;
    if (tag === 'data' || tag === 'params') this.#begin([]);
    else if (tag === 'struct') this.#begin(undefined);
    return true;
  }

  addText(text: string): void {
    this.#text = this.#text === '' ? text : this.#text + text;
  }

  closeTag(): void {
    const { tag, textual, missing } = this.#state;
    if (missing !== undefined) throw new DecodingError(missing);
    let text = this.#text;
    if (text !== '') {
      if (!textual) {
        this.#skipLayout();
        text = '';
      }
      this.#text = '';
    }
    this.#state = this.#states.pop() ?? DOCUMENT;
    // A value that is still textual had no type, so it is a string, blanks and all.
    if (tag === 'value') this.#give(textual ? text : this.#value);
    else this.#finish(tag, text);
  }

  /** The call, when the document element has been closed. */
  finish(): MethodCall {
    if (this.#methodName === '') throw new DecodingError('there is no methodCall');
    return { methodName: this.#methodName, params: this.#params };
  }

  /** Between tags that structure the document, only blanks may stand. */
  #skipLayout(): void {
    if (this.#text !== '\n' && /[^ \t\r\n]/.test(this.#text)) throw new DecodingError(`text in <${this.#state.tag}>`);
    this.#text = '';
  }

  #begin(items: Value[] | undefined): void {
    this.#collections.push(this.#collection);
    if (this.#collections.length > MAX_DEPTH + 1) {
      throw new DecodingError(`arrays and structs nest deeper than ${MAX_DEPTH}`);
    }
    this.#collection = { items, struct: undefined, name: '' };
  }

  #end(): Collection {
    const ended = this.#collection;
    this.#collection = this.#collections.pop() ?? ended;
    return ended;
  }

  /** Puts a value where it belongs: into the array or struct that is open. */
  #give(value: Value): void {
    const { items } = this.#collection;
    if (items !== undefined) {
      items.push(value);
      return;
    }
    this.#collection.struct ??= emptyStruct();
    this.#collection.struct[this.#collection.name] = value;
  }

  #finish(tag: string, text: string): void {
    switch (tag) {
      case 'methodName':
        this.#methodName = methodName(text);
        return;
      case 'params':
        this.#params = this.#end().items ?? [];
        return;
      case 'data':
        this.#value = this.#end().items ?? [];
        return;
      case 'struct':
        this.#value = this.#end().struct ?? EMPTY_STRUCT;
        return;
      case 'name':
        this.#collection.name = text;
        return;
      case 'string':
        this.#value = text;
        return;
      default: {
        const parse = SCALARS.get(tag);
        if (parse !== undefined) this.#value = parse(text);
      }
    }
  }
}

/** Without a prototype a member named `__proto__` is one like any other. */
function emptyStruct(): MutableStruct {
  return Object.create(null) as MutableStruct;
}

/** Shared, because a body could hold millions of them. */
const EMPTY_STRUCT: Value = Object.freeze(emptyStruct());

function misplaced(tag: string, { tag: parent, children }: State): DecodingError {
  const name = `<${tag.slice(0, 40)}>`;
  if (parent === '') return new DecodingError(`${name} is not <methodCall>`);
  const [expected] = children.keys();
  if (tag === 'params' && expected === 'methodName') return new DecodingError('<params> before <methodName>');
  if (tag === 'value' && expected === 'name') return new DecodingError('<value> before <name>');
  if (expected === undefined && FILLED.has(parent)) {
    return new DecodingError(`${name} is one too many in <${parent}>`);
  }
  return new DecodingError(`${name} cannot stand in <${parent}>`);
}

/** Elements that have had all their children when they take no more. */
const FILLED = new Set(['methodCall', 'param', 'value', 'array', 'member']);

function methodName(text: string): string {
  const name = text.trim();
  if (!/^[A-Za-z0-9_.:/]+$/.test(name)) throw new DecodingError('bad method name');
  return name;
}
