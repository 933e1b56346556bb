import { DecodingError } from './codec-error.js';
import { DOCUMENT, type State, type Step, VALUES } from './grammar.js';
import { flat, isBlank, LONG_TEXT, LongText } from './long-text.js';
import { stripBlanks } from './scalars.js';
import type { Value } from './value.js';
import {
  ARRAY_COST,
  FIRST_ITEM_COST,
  ITEM_COST,
  type Members,
  memberCost,
  STRUCT_COST,
  scalarCost,
  stringCost,
  VIEW_COST,
  VIEW_LENGTH,
} from './value-cost.js';

/** A decoded `<methodCall>`. */
export interface MethodCall {
  readonly methodName: string;
  readonly params: readonly Value[];
}

/** The maximum nesting depth of arrays and structs. Values are processed recursively. */
const MAX_DEPTH = 200;

/** The maximum number of open tags. So many arrays and structs take at most 600, if no value is in another. */
const MAX_OPEN = 1000;

/** The maximum number of members of a struct. JavaScript's objects with more take long to grow. */
const MAX_MEMBERS = 100_000;

type MutableStruct = { [name: string]: Value };

/** An array or struct that is being built. */
interface Collection extends Members {
  /** The items of an array, or the params of the call. */
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
  #collection: Collection = newCollection([]);
  /** The text of the current element since the last tag. */
  #text = '';
  /** The beginning of a long one. */
  #longText: LongText | undefined;
  /** What the params take, in bytes, without the current text. */
  #cost = ARRAY_COST + FIRST_ITEM_COST;
  /** Bytes of a character of the current piece, and its characters. */
  #width: 1 | 2 = 1;
  #length = 0;
  /** The current text is no view of the current piece: it has been joined, or began in an earlier one. */
  #isJoined = false;
  /** A string is a view of the current piece. */
  #isViewed = false;
  #methodName = '';

  /** The current tag; '' outside the document element. */
  get tag(): string {
    return this.#state.tag;
  }

  /** That of the current element. */
  get state(): State {
    return this.#state;
  }

  /** The open tags, the outermost first. */
  get path(): string[] {
    return this.#states.length === 0 ? [] : [...this.#states.slice(1), this.#state].map(({ tag }) => tag);
  }

  /** What the call takes so far, in bytes. */
  get cost(): number {
    return this.#cost + (this.#longText?.cost ?? 0) + this.#text.length * this.#width;
  }

  /** A piece of text follows. @param width bytes of each of its characters in memory */
  beginPiece(length: number, width: 1 | 2): void {
    this.#width = width;
    this.#length = length;
    this.#isJoined = this.#text !== '';
    this.#isViewed = false;
  }

  /** It has been read. */
  endPiece(): void {
    if (this.#isViewed) this.#cost += this.#length * this.#width;
  }

  /** Returns the error of a tag that cannot be opened here. */
  misplaced(tag: string): DecodingError {
    return misplaced(tag, this.#state);
  }

  /** Opens a tag if it is allowed here; returns false if not. */
  tryOpen(tag: string): boolean {
    const step = this.#state.children.get(tag);
    if (step === undefined) return false;
    this.open(step);
    return true;
  }

  /** Opens a tag that is allowed here. */
  open({ child, next }: Step): void {
    if (this.#text !== '') this.#skipLayout();
    this.#states.push(next);
    this.#state = child;
    if (child.begins !== undefined) this.#begin(child.begins);
  }

  /** Ends the text in front of a tag that is allowed here. */
  endText(): void {
    if (this.#text !== '') this.#skipLayout();
  }

  /** Adds an element that has text only, behind `endText`. @param isJoined the text is no view of the current piece */
  addElement({ child, next }: Step, text: string, isJoined: boolean): void {
    this.#state = next;
    this.#isJoined = isJoined;
    if (child.tag === 'value') this.#give(this.#string(text));
    else this.#finish(child, text);
    this.#isJoined = false;
  }

  /** @param isJoined the text is no view of the current piece */
  addText(text: string, isJoined = false): void {
    if (this.#text === '') {
      this.#text = text;
      this.#isJoined = isJoined;
      return;
    }
    this.#text += text;
    this.#isJoined = true;
    if (this.#text.length > LONG_TEXT) this.#addLongText();
  }

  closeTag(): void {
    const state = this.#state;
    const { tag, textual, missing } = state;
    if (missing !== undefined) throw new DecodingError(missing);
    let text = this.#text;
    if (text !== '') {
      if (!textual) {
        this.#skipLayout();
        text = '';
      } else if (this.#longText !== undefined) {
        this.#closeLong(this.#longText, text);
        return;
      }
      this.#text = '';
    }
    this.#state = this.#states.pop() ?? DOCUMENT;
    // A value without a type is a string, including white space.
    if (tag !== 'value') this.#finish(state, text);
    else if (textual) this.#give(this.#string(text));
    this.#isJoined = false;
  }

  /** Its last character stays, so that the rest of a long text is never empty. */
  #addLongText(): void {
    this.#longText ??= new LongText(this.#state);
    this.#longText.add(this.#text.slice(0, -1), this.#width);
    this.#text = this.#text.slice(-1);
  }

  #closeLong(long: LongText, rest: string): void {
    long.add(rest, this.#width);
    const state = this.#state;
    const bytes = long.bytes();
    const text = bytes === undefined ? long.text() : '';
    this.#text = '';
    this.#longText = undefined;
    this.#isJoined = false;
    this.#state = this.#states.pop() ?? DOCUMENT;
    if (bytes !== undefined) {
      this.#cost += scalarCost(bytes);
      this.#give(bytes);
    } else if (state.tag === 'value' || state.tag === 'string') {
      this.#cost += stringCost(text, long.width);
      this.#give(text);
    } else {
      this.#finish(state, text);
    }
  }

  /** Returns the call, after the end of the document element. */
  finish(): MethodCall {
    if (this.#methodName === '') throw new DecodingError('missing <methodCall>');
    return { methodName: this.#methodName, params: this.#collection.items ?? [] };
  }

  /** Only white space is allowed between structural tags. */
  #skipLayout(): void {
    const isLayout = this.#text === '\n' || isBlank(this.#text);
    if (!isLayout || this.#longText?.isBlank === false) throw new DecodingError(`text in <${this.#state.tag}>`);
    this.#text = '';
    this.#longText = undefined;
  }

  #begin(what: 'array' | 'struct' | 'value'): void {
    if (what === 'value') {
      if (this.#states.length > MAX_OPEN) throw new DecodingError(`more than ${MAX_OPEN} tags are open`);
      return;
    }
    this.#collections.push(this.#collection);
    if (this.#collections.length > MAX_DEPTH) {
      throw new DecodingError(`arrays and structs nest deeper than ${MAX_DEPTH}`);
    }
    this.#collection = newCollection(what === 'array' ? [] : undefined);
    this.#cost += what === 'array' ? ARRAY_COST : 0;
  }

  #end(): Collection {
    const ended = this.#collection;
    if (ended.items && ended.items.length > 0 && !isRow(ended.items)) this.#cost += FIRST_ITEM_COST;
    this.#collection = this.#collections.pop() ?? ended;
    return ended;
  }

  /** Adds a value to the current array or struct, or to the params. */
  #give(value: Value): void {
    const collection = this.#collection;
    const { items } = collection;
    if (items !== undefined) {
      items.push(value);
      this.#cost += ITEM_COST;
      return;
    }
    if (collection.struct === undefined) {
      collection.struct = emptyStruct();
      this.#cost += STRUCT_COST;
    }
    collection.struct[collection.name] = value;
    this.#cost += memberCost(collection, collection.name, this.#width);
    if (collection.members > MAX_MEMBERS) throw new DecodingError(`a struct has more than ${MAX_MEMBERS} members`);
  }

  /** Counts a string. */
  #string(text: string): string {
    if (text.length < VIEW_LENGTH || text.length > this.#length || this.#isJoined) {
      this.#cost += stringCost(text, this.#width);
      if (this.#isJoined) flat(text);
    } else {
      this.#cost += VIEW_COST;
      this.#isViewed = true;
    }
    return text;
  }

  /** Takes what an element contains. Tags that only enclose others contain nothing of their own. */
  #finish({ tag, parse }: State, text: string): void {
    switch (tag) {
      case 'string':
        this.#give(this.#string(text));
        return;
      case 'array':
        this.#give(withoutSpace(this.#end().items ?? []));
        return;
      case 'struct':
        this.#give(this.#end().struct ?? EMPTY_STRUCT);
        return;
      case 'name':
        this.#collection.name = text;
        return;
      case 'methodName':
        this.#methodName = methodName(text);
        return;
      default: {
        if (parse === undefined) return;
        const value = parse(text);
        this.#cost += scalarCost(value, this.#width);
        this.#give(value);
      }
    }
  }
}

/** An array grows to 17 places with its first item. Requests with many rows have many arrays of few. */
function withoutSpace(items: Value[]): Value[] {
  return isRow(items) ? items.slice() : items;
}

function isRow({ length }: readonly Value[]): boolean {
  return length > 1 && length < 17;
}

function newCollection(items: Value[] | undefined): Collection {
  return { items, struct: undefined, name: '', members: 0, places: 0 };
}

/** Without a prototype, `__proto__` is an ordinary member. */
function emptyStruct(): MutableStruct {
  return Object.create(null) as MutableStruct;
}

/** Shared, because a body can contain millions of empty structs. */
const EMPTY_STRUCT: Value = Object.freeze(emptyStruct());

function misplaced(tag: string, { tag: parent, children, isFull }: State): DecodingError {
  const name = `<${tag.slice(0, 40)}>`;
  if (parent === '') return new DecodingError(`expected <methodCall>, found ${name}`);
  if (isFull && CONTAINERS.has(parent)) return new DecodingError(`duplicate ${name} in <${parent}>, which has a value`);
  if (isFull) return new DecodingError(`duplicate ${name} in <${parent}>`);
  if (children.has('methodName')) return new DecodingError(`${name} before <methodName>`);
  if (children.has('name') && VALUES.has(tag)) return new DecodingError(`${name} before <name>`);
  return new DecodingError(`unexpected ${name} in <${parent}>`);
}

/** Elements that enclose one value. */
const CONTAINERS = new Set(['param', 'value', 'member']);

function methodName(text: string): string {
  const name = stripBlanks(text);
  if (name === '') throw new DecodingError('invalid method name: it is empty');
  return name;
}
