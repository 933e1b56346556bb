import { DecodingError } from './codec-error.js';
import { DOCUMENT, misplaced, type State, type Step } from './grammar.js';
import { flat, isBlank, LONG_TEXT, LongText } from './long-text.js';
import { ParamsBuilder } from './params-builder.js';
import { stripBlanks } from './scalars.js';
import type { Value } from './value.js';
import { scalarCost, stringCost, VIEW_COST, VIEW_LENGTH } from './value-cost.js';

/** A decoded `<methodCall>`. */
export interface MethodCall {
  readonly methodName: string;
  readonly params: readonly Value[];
}

/** The maximum number of open tags. So many arrays and structs take at most 600, if no value is in another. */
const MAX_OPEN = 1000;

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
  readonly #params = new ParamsBuilder();
  /** The text of the current element since the last tag. */
  #text = '';
  /** The beginning of a long one. */
  #longText: LongText | undefined;
  /** What their strings and other scalars take, in bytes, without the current text. */
  #cost = 0;
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
    return this.#cost + this.#params.cost + (this.#longText?.cost ?? 0) + this.#text.length * this.#width;
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
    return { methodName: this.#methodName, params: this.#params.items };
  }

  /** Only white space is allowed between structural tags. */
  #skipLayout(): void {
    const isLayout = this.#text === '\n' || isBlank(this.#text);
    if (!isLayout || this.#longText?.isBlank === false) throw new DecodingError(`text in <${this.#state.tag}>`);
    this.#text = '';
    this.#longText = undefined;
  }

  #begin(what: 'array' | 'struct' | 'value'): void {
    if (what !== 'value') this.#params.begin(what);
    else if (this.#states.length > MAX_OPEN) throw new DecodingError(`more than ${MAX_OPEN} tags are open`);
  }

  #give(value: Value): void {
    this.#params.give(value, this.#width);
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
        this.#params.endArray(this.#width);
        return;
      case 'struct':
        this.#params.endStruct(this.#width);
        return;
      case 'name':
        this.#params.name = text;
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

function methodName(text: string): string {
  const name = stripBlanks(text);
  if (name === '') throw new DecodingError('invalid method name: it is empty');
  return name;
}
