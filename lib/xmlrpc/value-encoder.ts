import { STEP } from '../turns/text-steps.js';
import { EncodingError } from './codec-error.js';
import { Misfit } from './misfit.js';
import { plainDecimal } from './plain-decimal.js';
import { refuseInteger, refuseNumber, refuseType } from './refused-values.js';
import { encodeBytes, encodeMemberOpen, encodeString, longBytes, longString } from './text-encoding.js';
import { DateTime, Decimal, Double, isPlain, MAX_I4, MAX_I8, MIN_I4, MIN_I8 } from './value.js';
import { type EncodedResponse, EncodedValue, MAX_DEPTH, type ValueEncoding } from './value-encoding.js';

const NIL = '<value><nil></nil></value>';
const EMPTY = '<value><string></string></value>';
const PIECE = 64 * 1024;
const NO_PIECES: readonly Buffer[] = [];
const NOTHING: Buffer = Buffer.alloc(0);

/** The values that are encoded before other work has its turn. */
const VALUES_STEP = 256;

/** Encodes values as text, in the form that the weakest parsers accept: tags in pairs, no attributes. */
export class ValueEncoder {
  #text = '';
  #pieces: Buffer[] = [];
  #depth = 0;
  /** What is left of the arrays and structs around the current value, and of a long value, after a step. */
  readonly #rests: (() => void)[] = [];
  /** The values that this step may still encode. */
  #room = VALUES_STEP;
  /** The step has only read a long string. */
  #isReading = false;
  readonly #encoding: ValueEncoding;

  constructor(encoding: ValueEncoding) {
    this.#encoding = encoding;
  }

  /** @throws {EncodingError} which says where in the value there is what XML-RPC cannot represent */
  *steps(value: unknown): Generator<void, void> {
    try {
      this.value(value === undefined ? null : value);
      for (let rest = this.#rests.pop(); rest !== undefined; rest = this.#rests.pop()) {
        yield;
        this.#room = VALUES_STEP;
        rest();
      }
    } catch (error) {
      throw yield* new Misfit(this.#encoding, (scalar) => new ValueEncoder(this.#encoding).value(scalar)).located(
        error,
        value,
      );
    }
  }

  append(text: string): void {
    this.#text += text;
    if (this.#text.length > PIECE) this.#flush();
  }

  finish(): EncodedResponse {
    if (this.#pieces.length === 0) return this.#text;
    this.#flush();
    return this.#pieces;
  }

  /** Encodes a value, and yields pieces as soon as they are full, or an empty one after a step without any. */
  *pieces(value: unknown): Generator<Buffer, void> {
    for (const _ of this.steps(value)) {
      if (this.#isReading) yield NOTHING;
      yield* this.#take();
    }
    yield* this.#take();
  }

  /** The last piece. */
  rest(): readonly Buffer[] {
    this.#flush();
    return this.#take();
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        if (value.length <= STEP) this.append(encodeString(value));
        else this.#long(longString(value));
        break;
      case 'number':
        this.append(Number.isInteger(value) ? this.#integer(value) : encodeDouble(value));
        break;
      case 'bigint':
        this.append(this.#integer(value));
        break;
      case 'boolean':
        this.append(`<value><boolean>${value ? 1 : 0}</boolean></value>`);
        break;
      case 'object':
        this.#object(value);
        break;
      default:
        refuseType(value);
    }
  }

  #object(value: object | null): void {
    if (value === null) this.append(this.#encoding.form.nulls === 'nil' ? NIL : EMPTY);
    else if (Array.isArray(value)) this.#array(value);
    else if (value instanceof Double) this.append(encodeDouble(value.value));
    else if (value instanceof Uint8Array) {
      if (value.length <= STEP) this.append(encodeBytes(value));
      else this.#long(longBytes(value));
    } else if (value instanceof Decimal) this.value(value.text);
    else if (value instanceof DateTime)
      this.append(`<value><dateTime.iso8601>${value.text}</dateTime.iso8601></value>`);
    else if (isPlain(value)) this.#struct(value);
    else if (value instanceof EncodedValue) this.#encoded(value);
    else this.#convert(value);
  }

  #integer(value: number | bigint): string {
    if (value >= MIN_I4 && value <= MAX_I4) return `<value><int>${Number(value)}</int></value>`;
    if (value < MIN_I8 || value > MAX_I8) refuseInteger(value);
    const tag = this.#encoding.form.bigints === 'i8' ? 'i8' : 'string';
    return `<value><${tag}>${BigInt(value)}</${tag}></value>`;
  }

  #encoded({ pieces }: EncodedValue): void {
    if (typeof pieces === 'string') {
      this.append(pieces);
      return;
    }
    this.#flush();
    for (const piece of pieces) this.#pieces.push(piece);
  }

  #array(items: readonly unknown[]): void {
    this.#nest();
    this.append('<value><array><data>');
    this.#items(items, 0);
  }

  #items(items: readonly unknown[], from: number): void {
    const rests = this.#rests;
    const open = rests.length;
    for (let i = from; i < items.length; i++) {
      this.value(items[i]);
      if (rests.length > open || --this.#room <= 0) {
        rests.splice(open, 0, () => this.#items(items, i + 1));
        return;
      }
    }
    this.append('</data></array></value>');
    this.#depth--;
  }

  #struct(struct: object): void {
    this.#nest();
    this.append('<value><struct>');
    this.#members(Object.entries(struct), 0);
  }

  #members(members: readonly (readonly [string, unknown])[], from: number): void {
    const rests = this.#rests;
    const open = rests.length;
    for (let i = from; i < members.length; i++) {
      const [name, member] = members[i] as readonly [string, unknown];
      this.append(encodeMemberOpen(name));
      this.value(member);
      if (rests.length > open || --this.#room <= 0) {
        rests.splice(open, 0, () => {
          this.append('</member>');
          this.#members(members, i + 1);
        });
        return;
      }
      this.append('</member>');
    }
    this.append('</struct></value>');
    this.#depth--;
  }

  #convert(object: object): void {
    this.#nest();
    const rests = this.#rests;
    const open = rests.length;
    this.value(this.#encoding.encodeObject(object));
    if (rests.length > open) rests.splice(open, 0, () => this.#depth--);
    else this.#depth--;
  }

  #take(): readonly Buffer[] {
    if (this.#pieces.length === 0) return NO_PIECES;
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  /** A cycle would otherwise end in a stack overflow, far from its cause. */
  #nest(): void {
    if (++this.#depth > MAX_DEPTH) throw new EncodingError(`the value is nested deeper than ${MAX_DEPTH}, or circular`);
  }

  #long(pieces: Iterator<string, void>): void {
    const { done, value } = pieces.next();
    this.#isReading = value === '';
    if (value) this.append(value);
    if (!done) this.#rests.push(() => this.#long(pieces));
  }

  #flush(): void {
    this.#pieces.push(Buffer.from(this.#text));
    this.#text = '';
  }
}

function encodeDouble(value: number): string {
  if (!Number.isFinite(value)) refuseNumber(value);
  return `<value><double>${plainDecimal(value)}</double></value>`;
}
