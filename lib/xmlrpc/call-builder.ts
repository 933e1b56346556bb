import { DecodingError } from './codec-error.js';
import { DOCUMENT, type State } from './grammar.js';
import { SCALARS } from './scalars.js';
import type { Value } from './value.js';

/** A decoded `<methodCall>`. */
export interface MethodCall {
  readonly methodName: string;
  readonly params: readonly Value[];
}

/** The maximum nesting depth of arrays and structs. Values are processed recursively. */
const MAX_DEPTH = 200;

type MutableStruct = { [name: string]: Value };

/** An array or struct that is being built. */
interface Collection {
  /** The items of an array, or of `params`. */
  readonly items: Value[] | undefined;
  /** The members of a struct; created with the first one. */
  struct: MutableStruct | undefined;
  /** The name of the current member. */
  name: string;
}

/**
 * Builds a call from tags and text, and checks that they are where XML-RPC allows them. The tokenizer checks that tags
 * match.
 *
 * @throws {DecodingError} from every method, as soon as the document is not a call
 */
export class CallBuilder {
  #state: State = DOCUMENT;
  /** The states in which the parents of the open elements continue. */
  readonly #states: State[] = [];
  readonly #collections: Collection[] = [];
  #collection: Collection = { items: [], struct: undefined, name: '' };
  #text = '';
  /** The value of the element that was closed last. */
  #value: Value = null;
  #methodName = '';
  #params: readonly Value[] = [];

  /** The current tag; '' outside the document element. */
  get tag(): string {
    return this.#state.tag;
  }

  /** The open tags, the outermost first. */
  get path(): string[] {
    return this.#states.length === 0 ? [] : [...this.#states.slice(1), this.#state].map(({ tag }) => tag);
  }

  openTag(tag: string): void {
    if (!this.tryOpen(tag)) throw misplaced(tag, this.#state);
  }

  /** Opens a tag if it is allowed here; returns false if not. */
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
    // A value without a type is a string, including white space.
    if (tag === 'value') this.#give(textual ? text : this.#value);
    else this.#finish(tag, text);
  }

  /** Returns the call, after the end of the document element. */
  finish(): MethodCall {
    if (this.#methodName === '') throw new DecodingError('missing <methodCall>');
    return { methodName: this.#methodName, params: this.#params };
  }

  /** Only white space is allowed between structural tags. */
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

  /** Adds a value to the current array or struct. */
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

/** Without a prototype, `__proto__` is an ordinary member. */
function emptyStruct(): MutableStruct {
  return Object.create(null) as MutableStruct;
}

/** Shared, because a body can contain millions of empty structs. */
const EMPTY_STRUCT: Value = Object.freeze(emptyStruct());

function misplaced(tag: string, { tag: parent, children }: State): DecodingError {
  const name = `<${tag.slice(0, 40)}>`;
  if (parent === '') return new DecodingError(`expected <methodCall>, found ${name}`);
  const [expected] = children.keys();
  if (tag === 'params' && expected === 'methodName') return new DecodingError('<params> before <methodName>');
  if (tag === 'value' && expected === 'name') return new DecodingError('<value> before <name>');
  if (expected === undefined && FILLED.has(parent)) {
    return new DecodingError(`duplicate ${name} in <${parent}>`);
  }
  return new DecodingError(`unexpected ${name} in <${parent}>`);
}

/** Elements that already have all their children if they allow no more. */
const FILLED = new Set(['methodCall', 'param', 'value', 'array', 'member']);

function methodName(text: string): string {
  const name = text.trim();
  if (!/^[A-Za-z0-9_.:/]+$/.test(name)) throw new DecodingError('invalid method name');
  return name;
}
