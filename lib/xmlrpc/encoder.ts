import { EncodingError } from './codec-error.js';
import { DateTime, Double, MAX_I4, MAX_I8, MIN_I4, MIN_I8 } from './value.js';

/**
 * An encoded response: one string when it is small, as nearly all are, else pieces of UTF-8. In pieces it can grow past
 * the longest string that JavaScript can hold.
 */
export type EncodedResponse = string | readonly Buffer[];

/** What whoever answers says about the spelling of the values. */
export interface ValueEncoding {
  /** Gives a value in place of an object that XML-RPC has no type for, or throws an EncodingError. */
  encodeObject(object: object): unknown;
  /** Integers beyond 32 bits: `<i8>`, or a string for clients that do not know it. */
  readonly bigints: 'i8' | 'string';
  /** Nil: `<nil>`, or an empty string for clients that do not know it. */
  readonly nulls: 'nil' | 'empty';
}

const DEFAULT_ENCODING: ValueEncoding = { encodeObject: refuseObject, bigints: 'i8', nulls: 'nil' };

/** A value that has been encoded already; it stands where the value would. */
export class EncodedValue {
  constructor(readonly pieces: EncodedResponse) {}
}

const HEAD = '<?xml version="1.0"?><methodResponse>';
const NIL = '<value><nil></nil></value>';
const EMPTY = '<value><string></string></value>';
const PIECE = 64 * 1024;
const MAX_DEPTH = 200;

export function encodeResponse(value: unknown, encoding = DEFAULT_ENCODING): EncodedResponse {
  const encoder = new Encoder(encoding);
  encoder.append(`${HEAD}<params><param>`);
  encoder.value(value === undefined ? null : value);
  encoder.append('</param></params></methodResponse>');
  return encoder.finish();
}

/** A response whose value comes in pieces of XML. */
export async function* responsePieces(value: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from(`${HEAD}<params><param>`);
  yield* value;
  yield Buffer.from('</param></params></methodResponse>');
}

/** Encodes a part of a response on its own, so that what cannot be encoded does not spoil the rest. */
export function encodeValue(value: unknown, encoding = DEFAULT_ENCODING): EncodedValue {
  const encoder = new Encoder(encoding);
  encoder.value(value === undefined ? null : value);
  return new EncodedValue(encoder.finish());
}

/** A fault response. What XML 1.0 cannot carry in `faultString`, which must be a string, becomes U+FFFD. */
export function encodeFault(faultCode: number, faultString: string): EncodedResponse {
  const text = faultString.toWellFormed().replace(new RegExp(NOT_XML, 'g'), '\ufffd');
  return (
    `${HEAD}<fault><value><struct>` +
    `<member><name>faultCode</name><value><int>${faultCode}</int></value></member>` +
    `<member><name>faultString</name><value><string>${escapeText(text)}</string></value></member>` +
    '</struct></value></fault></methodResponse>'
  );
}

/** The beginning of a struct's member, up to its value. @throws {EncodingError} if XML cannot carry the name */
export function encodeMemberOpen(name: string): string {
  if (NOT_XML.test(name) || !name.isWellFormed()) {
    throw new EncodingError('a member name holds a character that XML cannot carry');
  }
  return `<member><name>${escapeText(name)}</name>`;
}

export function refuseObject(object: object): never {
  throw new EncodingError(`a ${object.constructor?.name || 'nameless object'} has no form in XML-RPC`);
}

/**
 * Writes values straight to text. The spelling is the one that the weakest parsers read: every tag in a pair, no
 * attributes.
 */
class Encoder {
  #text = '';
  #pieces: Buffer[] = [];
  #depth = 0;
  readonly #encoding: ValueEncoding;

  constructor(encoding: ValueEncoding) {
    this.#encoding = encoding;
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

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.append(encodeString(value));
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
        throw new EncodingError(`${typeof value} has no form in XML-RPC`);
    }
  }

  #object(value: object | null): void {
    if (value === null) this.append(this.#encoding.nulls === 'nil' ? NIL : EMPTY);
    else if (Array.isArray(value)) this.#array(value);
    else if (value instanceof Double) this.append(encodeDouble(value.value));
    else if (value instanceof Uint8Array) this.append(encodeBytes(value));
    else if (value instanceof DateTime)
      this.append(`<value><dateTime.iso8601>${value.text}</dateTime.iso8601></value>`);
    else if (isPlain(value)) this.#struct(value);
    else if (value instanceof EncodedValue) this.#encoded(value);
    else this.#nested(() => this.value(this.#encoding.encodeObject(value)));
  }

  #integer(value: number | bigint): string {
    if (value >= MIN_I4 && value <= MAX_I4) return `<value><int>${Number(value)}</int></value>`;
    if (value < MIN_I8 || value > MAX_I8) throw new EncodingError(`integer ${value} is out of range`);
    const tag = this.#encoding.bigints === 'i8' ? 'i8' : 'string';
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
    this.append('<value><array><data>');
    this.#nested(() => {
      for (const item of items) this.value(item);
    });
    this.append('</data></array></value>');
  }

  #struct(struct: object): void {
    this.append('<value><struct>');
    this.#nested(() => {
      for (const [name, member] of Object.entries(struct)) {
        this.append(encodeMemberOpen(name));
        this.value(member);
        this.append('</member>');
      }
    });
    this.append('</struct></value>');
  }

  /** A cycle would otherwise end in a stack overflow, far from its cause. */
  #nested(encode: () => void): void {
    if (++this.#depth > MAX_DEPTH)
      throw new EncodingError(`the value is nested deeper than ${MAX_DEPTH}, or in itself`);
    encode();
    this.#depth--;
  }

  #flush(): void {
    this.#pieces.push(Buffer.from(this.#text));
    this.#text = '';
  }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 leaves out
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const NOT_PLAIN = /[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;

function encodeString(text: string): string {
  if (!NOT_PLAIN.test(text)) return `<value><string>${text}</string></value>`;
  if (!text.isWellFormed()) throw new EncodingError('a string holds half a surrogate pair');
  if (NOT_XML.test(text)) return encodeBytes(Buffer.from(text));
  return `<value><string>${escapeText(text)}</string></value>`;
}

/** A parser turns a bare CR into LF, so it goes as a reference; `>` is escaped because `]]>` must be. */
function escapeText(text: string): string {
  if (!/[&<>\r]/.test(text)) return text;
  return text.replace(/[&<>\r]/g, (character) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

function encodeBytes(bytes: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = bytes;
  return `<value><base64>${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}</base64></value>`;
}

function encodeDouble(value: number): string {
  if (!Number.isFinite(value)) throw new EncodingError(`${value} has no form in XML-RPC`);
  return `<value><double>${plainDecimal(value)}</double></value>`;
}

/** The shortest digits that read back as `value`, without the exponent that the standard does not know. */
export function plainDecimal(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!parts) return Number.isInteger(value) ? `${text}.0` : text;
  const [, sign = '', lead = '', fraction = '', exponent = '0'] = parts;
  const digits = lead + fraction;
  const point = Number(exponent) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}.0`;
}
