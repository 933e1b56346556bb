import { isUtf8 } from 'node:buffer';
import { encodeMemberOpen, encodeValue, type ValueEncoding } from '../xmlrpc/encoder.js';
import { BINARY, type CellDecoder, cellDecoder, isUtf8Name, TEXT_OR_BYTES, TYPE } from './cell-decoder.js';
import type { Column } from './column.js';
import { cellLength, lengthSize, NULL_CELL } from './row-packet.js';
import type { ValueOptions } from './value-options.js';

/** What the bytes of a cell may need before they can stand in a document. */
const ESCAPED = 1;
const HIGH = 2;
const NOT_XML = 4;

const ESCAPES: ReadonlyMap<number, Uint8Array> = new Map(
  Object.entries({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' }).map(([character, reference]) => [
    character.charCodeAt(0),
    bytesOf(reference),
  ]),
);

const CLASSES = new Uint8Array(256);
for (let byte = 0; byte < 0x20; byte++) CLASSES[byte] = NOT_XML;
CLASSES[0x09] = 0;
CLASSES[0x0a] = 0;
for (const byte of ESCAPES.keys()) CLASSES[byte] = ESCAPED;
for (let byte = 0x80; byte < 0x100; byte++) CLASSES[byte] = HIGH;

/** The size of the buffers that are filled. */
const LINE = 64 * 1024;
const NONE: Buffer[] = [];
/** The longest that one byte becomes: `&amp;`, or `&#13;`. */
const LONGEST_ESCAPE = 5;

/** Says of the bytes of a cell whether they can be copied: they are spelled as XML-RPC has them. */
type PlainTest = (bytes: Buffer, start: number, length: number) => boolean;

/** How the cells of a column become XML. */
interface ColumnPlan {
  readonly isPlain: PlainTest;
  /** What stands before a cell that is copied and behind it, the member of a struct included. */
  readonly open: Uint8Array;
  readonly close: Uint8Array;
  readonly nil: Uint8Array;
  /** What stands around a value that is encoded otherwise. */
  readonly memberOpen: Uint8Array;
  readonly memberClose: Uint8Array;
  readonly decode: CellDecoder;
}

/**
 * Makes XML of rows as MySQL sends them: what can be copied is copied byte by byte, and no strings or values are made of it. Whatever is
 * not plain (an integer beyond 32 bits, bytes, a character that XML cannot carry) is decoded and encoded as it is everywhere else, and
 * a spec holds the two to the same result.
 */
export class RowEncoder {
  readonly #plans: readonly ColumnPlan[];
  readonly #open: Uint8Array;
  readonly #close: Uint8Array;
  readonly #encoding: ValueEncoding;
  #out = Buffer.allocUnsafeSlow(LINE);
  #at = 0;
  readonly #full: Buffer[] = [];

  /** @param names of the members, where rows are structs */
  constructor(columns: readonly Column[], values: ValueOptions, encoding: ValueEncoding, names?: readonly string[]) {
    this.#encoding = encoding;
    this.#open = bytesOf(names ? '<value><struct>' : '<value><array><data>');
    this.#close = bytesOf(names ? '</struct></value>' : '</data></array></value>');
    this.#plans = columns.map((column, i) => planOf(column, values, encoding, names?.[i]));
  }

  /** Encodes the row that begins at `start`. */
  row(bytes: Buffer, start: number): void {
    this.#put(this.#open);
    let at = start;
    for (const plan of this.#plans) {
      const first = bytes[at] ?? 0;
      if (first === NULL_CELL) {
        this.#put(plan.nil);
        at++;
        continue;
      }
      const length = first < NULL_CELL ? first : cellLength(bytes, at);
      at += first < NULL_CELL ? 1 : lengthSize(bytes, at);
      this.#cell(plan, bytes, at, length);
      at += length;
    }
    this.#put(this.#close);
  }

  /** Appends XML that has been made elsewhere. */
  append(xml: string): void {
    this.#put(bytesOf(xml));
  }

  /** Buffers that are full. */
  take(): Buffer[] {
    return this.#full.length === 0 ? NONE : this.#full.splice(0);
  }

  /** What is left when nothing more is encoded. */
  finish(): Buffer[] {
    const last = this.#out.subarray(0, this.#at);
    this.#out = Buffer.alloc(0);
    this.#at = 0;
    return [...this.#full.splice(0), last];
  }

  #cell(plan: ColumnPlan, bytes: Buffer, start: number, length: number): void {
    const { open, close } = plan;
    if (!plan.isPlain(bytes, start, length) || !this.#room(open.length + length + close.length)) {
      this.#other(plan, bytes, start, length);
      return;
    }
    const before = this.#at;
    this.#put(open);
    const classes = this.#copy(bytes, start, length);
    if (classes === 0 || (classes === HIGH && isXmlText(bytes, start, length))) {
      this.#put(close);
      return;
    }
    this.#at = before;
    if ((classes & NOT_XML) !== 0 || ((classes & HIGH) !== 0 && !isXmlText(bytes, start, length))) {
      this.#other(plan, bytes, start, length);
      return;
    }
    this.#put(open);
    this.#escape(bytes, start, start + length);
    this.#put(close);
  }

  /** Copies bytes that there is room for, and says of what classes they are. */
  #copy(bytes: Buffer, start: number, length: number): number {
    const out = this.#out;
    let at = this.#at;
    let classes = 0;
    const end = start + length;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      classes |= CLASSES[byte] as number;
      out[at++] = byte;
    }
    this.#at = at;
    return classes;
  }

  #escape(bytes: Buffer, start: number, end: number): void {
    for (let i = start; i < end; i++) {
      if (this.#out.length - this.#at < LONGEST_ESCAPE) this.#flush();
      const byte = bytes[i] as number;
      const reference = ESCAPES.get(byte);
      if (reference) this.#put(reference);
      else this.#out[this.#at++] = byte;
    }
  }

  /** By way of the value. */
  #other({ decode, memberOpen, memberClose }: ColumnPlan, bytes: Buffer, start: number, length: number): void {
    const { pieces } = encodeValue(decode(bytes.subarray(start, start + length)), this.#encoding);
    this.#put(memberOpen);
    for (const piece of typeof pieces === 'string' ? [Buffer.from(pieces)] : pieces) this.#put(piece);
    this.#put(memberClose);
  }

  /** Whether there is room for so many bytes, if need be in a new buffer. */
  #room(length: number): boolean {
    if (this.#out.length - this.#at < length) this.#flush();
    return this.#out.length >= length;
  }

  #put(bytes: Uint8Array): void {
    const { length } = bytes;
    if (this.#out.length - this.#at < length) {
      this.#flush();
      if (length > LINE) {
        this.#full.push(Buffer.from(bytes));
        return;
      }
    }
    const out = this.#out;
    let at = this.#at;
    for (let i = 0; i < length; i++) out[at++] = bytes[i] as number;
    this.#at = at;
  }

  #flush(): void {
    if (this.#at > 0) this.#full.push(this.#out.subarray(0, this.#at));
    this.#out = Buffer.allocUnsafeSlow(LINE);
    this.#at = 0;
  }
}

function planOf(column: Column, values: ValueOptions, { nulls }: ValueEncoding, name: string | undefined): ColumnPlan {
  const [tag, isPlain] = formOf(column, values);
  const memberOpen = name === undefined ? '' : encodeMemberOpen(name);
  const memberClose = name === undefined ? '' : '</member>';
  const nil = nulls === 'nil' ? '<value><nil></nil></value>' : '<value><string></string></value>';
  return {
    isPlain,
    open: bytesOf(`${memberOpen}<value><${tag}>`),
    close: bytesOf(`</${tag}></value>${memberClose}`),
    nil: bytesOf(memberOpen + nil + memberClose),
    memberOpen: bytesOf(memberOpen),
    memberClose: bytesOf(memberClose),
    decode: cellDecoder(column, values),
  };
}

/** The tag of a column's plain cells, and which are plain. It follows `cellDecoder`. */
function formOf({ typeCode, characterSet, encoding }: Column, values: ValueOptions): [tag: string, isPlain: PlainTest] {
  switch (typeCode) {
    case TYPE.TINY:
    case TYPE.SHORT:
    case TYPE.LONG:
    case TYPE.INT24:
    case TYPE.YEAR:
    case TYPE.LONGLONG:
      return ['int', isShortInteger];
    case TYPE.FLOAT:
    case TYPE.DOUBLE:
      return ['double', isDecimalFraction];
    case TYPE.DECIMAL:
    case TYPE.NEWDECIMAL:
      return ['string', values.decimals === 'string' ? always : never];
    case TYPE.DATE:
    case TYPE.DATETIME:
    case TYPE.TIMESTAMP:
      return ['string', values.dates === 'string' ? always : never];
    case TYPE.BIT:
    case TYPE.GEOMETRY:
      return ['base64', never];
  }
  if (!TEXT_OR_BYTES.has(typeCode)) return ['string', always];
  return ['string', characterSet !== BINARY && isUtf8Name(encoding) ? always : never];
}

const always: PlainTest = () => true;
const never: PlainTest = () => false;

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;

/** Certainly within 32 bits, and without the zeros of ZEROFILL. */
function isShortInteger(bytes: Buffer, start: number, length: number): boolean {
  return length < 10 && (length === 1 || bytes[start] !== ZERO);
}

/** With a point and without an exponent, a zero at its end or a minus before one. */
function isDecimalFraction(bytes: Buffer, start: number, length: number): boolean {
  const end = start + length - 1;
  if (bytes[end] === ZERO || (bytes[start] === MINUS && bytes[start + 1] === ZERO)) return false;
  let points = 0;
  for (let i = start; i <= end; i++) {
    const byte = bytes[i] as number;
    if (byte === POINT) points++;
    else if (byte > 0x39) return false;
  }
  return points === 1;
}

/** Whether bytes with some beyond ASCII are UTF-8, without the two characters of it that XML leaves out: U+FFFE and U+FFFF. */
function isXmlText(bytes: Buffer, start: number, length: number): boolean {
  const text = bytes.subarray(start, start + length);
  if (!isUtf8(text)) return false;
  for (let at = text.indexOf(0xef); at >= 0; at = text.indexOf(0xef, at + 1)) {
    if (text[at + 1] === 0xbf && (text[at + 2] ?? 0) >= 0xbe) return false;
  }
  return true;
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text);
}
