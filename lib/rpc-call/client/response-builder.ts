import { DecodingError } from '../../xmlrpc/codec-error.js';
import { plainDecimal } from '../../xmlrpc/plain-decimal.js';
import { SCALARS } from '../../xmlrpc/scalars.js';
import { TEXT_MARK } from '../../xmlrpc/text-encoding.js';
import { DateTime, Decimal, Double, type Value } from '../../xmlrpc/value.js';
import { Numeral, type ResponseValue } from '../values/response-value.js';
import { markedText } from '../values/row-form.js';
import { valueText } from '../values/value-text.js';
import { Fault } from './command-errors.js';

type MutableStruct = { [name: string]: ResponseValue };

/** An array or struct that is being built. */
type Collection = { readonly items: ResponseValue[] } | { readonly struct: MutableStruct; name: string };

/** The parents that each element may have; '' is the document. Scalars are in a value. */
const PARENTS: Readonly<Record<string, readonly string[]>> = {
  methodResponse: [''],
  params: ['methodResponse'],
  fault: ['methodResponse'],
  param: ['params'],
  value: ['param', 'fault', 'data', 'member'],
  array: ['value'],
  data: ['array'],
  struct: ['value'],
  member: ['struct'],
  name: ['member'],
};

/** The tags around the items of a result that is an array. */
export const ITEM_PATH = ['methodResponse', 'params', 'param', 'value', 'array', 'data'] as const;

/**
 * Builds the result of a call from the tags and the text of a `<methodResponse>`. The items of an array are taken while
 * they arrive, so that a result of any length needs little memory.
 */
export class ResponseBuilder {
  readonly #path: string[] = [];
  readonly #collections: Collection[] = [];
  #items: ResponseValue[] = [];
  #text = '';
  /** The value of the element that was closed last; undefined inside a value without a type. */
  #value: ResponseValue | undefined;
  #result: ResponseValue | undefined;
  #complete = false;

  open(tag: string): void {
    const parent = this.#path.at(-1) ?? '';
    if (!(PARENTS[tag] ?? (SCALARS.has(tag) ? ['value'] : [])).includes(parent)) {
      throw new DecodingError(`unexpected <${tag.slice(0, 40)}> in the response`);
    }
    this.#path.push(tag);
    this.#text = '';
    if (tag === 'value') this.#value = undefined;
    else if (tag === 'data') this.#collections.push({ items: this.#isResult ? this.#items : [] });
    else if (tag === 'struct') this.#collections.push({ struct: Object.create(null) as MutableStruct, name: '' });
  }

  text(text: string): void {
    this.#text += text;
  }

  close(): void {
    const tag = this.#path.pop() ?? '';
    const text = this.#text;
    this.#text = '';
    switch (tag) {
      case 'value':
        this.#give(this.#value === undefined ? text : this.#value);
        return;
      case 'data':
      case 'struct':
        this.#value = this.#collected();
        return;
      case 'name':
        this.#nameMember(text);
        return;
      case 'fault':
        throw faultOf(this.#result);
      case 'methodResponse':
        this.#complete = true;
        return;
      default: {
        const parse = SCALARS.get(tag);
        if (parse)
          this.#value = tag === 'base64' && text.startsWith(TEXT_MARK) ? markedText(text) : scalarOf(parse(text));
      }
    }
  }

  /** Takes the items of the result's array that are complete. */
  takeItems(): readonly ResponseValue[] {
    if (this.#items.length === 0) return this.#items;
    return this.#items.splice(0);
  }

  /** Returns the result at the end of the document; undefined if it is an array, whose items were taken. */
  finish(): ResponseValue | undefined {
    if (!this.#complete) throw new DecodingError('the response is not complete');
    return this.#result;
  }

  /** Whether the open array is the result. */
  get #isResult(): boolean {
    return this.#path.length === ITEM_PATH.length && this.#path[1] === 'params';
  }

  #collected(): ResponseValue | undefined {
    const collection = this.#collections.pop();
    if (collection === undefined) return undefined;
    return 'struct' in collection ? collection.struct : collection.items;
  }

  #nameMember(name: string): void {
    const collection = this.#collections.at(-1);
    if (collection && 'struct' in collection) collection.name = name;
  }

  #give(value: ResponseValue): void {
    const collection = this.#collections.at(-1);
    if (collection === undefined) this.#result = value === this.#items ? undefined : value;
    else if ('struct' in collection) collection.struct[collection.name] = value;
    else collection.items.push(value);
    this.#value = undefined;
  }
}

/** Returns a number in its digits. Scalars are no collections. */
function scalarOf(value: Value): ResponseValue {
  if (typeof value === 'number' || typeof value === 'bigint') return new Numeral(String(value), false);
  if (value instanceof Decimal) return new Numeral(value.text, false);
  if (value instanceof Double) return new Numeral(plainDecimal(value.value), true);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return value instanceof DateTime ? value : null;
}

function faultOf(value: ResponseValue | undefined): Fault {
  const { faultCode, faultString } = (value ?? {}) as MutableStruct;
  return new Fault(Number(valueText(faultCode)), valueText(faultString) ?? '');
}
