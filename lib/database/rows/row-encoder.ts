import { isUtf8 } from 'node:buffer';
import { encodeValue } from '../../xmlrpc/encoder.js';
import type { ValueEncoding } from '../../xmlrpc/value-encoding.js';
import type { Column } from './column.js';
import { type ColumnPlan, Kind, planOf, type Tags, tagsOf } from './column-plan.js';
import { isLargeRow, type LargeRow } from './large-row.js';
import { LONG_CELL, type LongCell, longCell } from './long-cell.js';
import { integerWidth, pointsOf } from './numerals.js';
import { ROW_HEADER, type RowBatch, rowEnd } from './row-batch.js';
import { cellLength, lengthSize, MAX_LENGTH_SIZE, NULL_CELL } from './row-packet.js';
import type { ValueOptions } from './value-options.js';
import { Tag, XmlWriter } from './xml-writer.js';

/** Classes of bytes in text: copied, replaced by a reference, part of a non-ASCII character, not allowed in XML. */
const PLAIN = 0;
const ESCAPED = 1;
const HIGH = 2;
const NOT_XML = 4;

const REFERENCES: readonly (Tag | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const reference = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' }[String.fromCharCode(byte)];
  return reference === undefined ? undefined : new Tag(reference);
});

const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x80) return HIGH;
  if (REFERENCES[byte]) return ESCAPED;
  return byte < 0x20 && byte !== 0x09 && byte !== 0x0a ? NOT_XML : PLAIN;
});

/** The length of the longest reference: `&amp;` or `&#13;`. */
const MAX_REFERENCE = 5;

/** A long cell of a row. */
interface FoundCell {
  readonly plan: ColumnPlan;
  readonly start: number;
  readonly end: number;
  /** The column of the next cell. */
  readonly next: number;
}

/**
 * Encodes rows to XML from MySQL's text protocol. Cells are copied byte by byte without strings or values in between.
 * Other cells (bytes, integers beyond 64 bits, characters that XML cannot carry) are decoded to values and encoded by
 * `encodeValue`. A property-based spec checks that both ways have the same result.
 */
export class RowEncoder {
  readonly #plans: readonly ColumnPlan[];
  readonly #row: Tags;
  readonly #encoding: ValueEncoding;
  readonly #writer = new XmlWriter();
  /** The batch that is being encoded. */
  #source: Buffer = NO_SOURCE;
  #words: DataView = new DataView(NO_SOURCE.buffer);

  /** @param names of the members, if rows are structs */
  constructor(columns: readonly Column[], values: ValueOptions, encoding: ValueEncoding, names?: readonly string[]) {
    this.#encoding = encoding;
    this.#row = names
      ? tagsOf('<value><struct>', '</struct></value>')
      : tagsOf('<value><array><data>', '</data></array></value>');
    this.#plans = columns.map((column, i) => planOf(column, values, encoding, names?.[i]));
  }

  /** Encodes rows: in steps, if they have long cells. */
  *rows(batch: RowBatch | LargeRow): Generator<undefined, void> {
    if (isLargeRow(batch)) {
      yield* this.#large(batch);
      return;
    }
    const { bytes, from, to } = batch;
    this.#read(bytes);
    for (let at = from; at < to; at = rowEnd(batch, at)) {
      this.#tag(this.#row.open);
      for (let long = this.#cells(at + ROW_HEADER, 0); long !== undefined; ) {
        const { plan, start, end, next } = long;
        const cell = { length: end - start, read: partsOf(bytes, start) };
        yield* this.#longCell(plan, cell);
        long = this.#cells(end, next);
      }
      this.#tag(this.#row.close);
    }
  }

  /** Encodes the cells of a row from `start`, which is in column `first`. @returns the next one that is long */
  #cells(start: number, first: number): FoundCell | undefined {
    const bytes = this.#source;
    const plans = this.#plans;
    let at = start;
    for (let i = first; i < plans.length; i++) {
      const plan = plans[i] as ColumnPlan;
      const head = bytes[at] as number;
      if (head === NULL_CELL) {
        this.#tag(plan.nil);
        at++;
        continue;
      }
      const length = head < NULL_CELL ? head : cellLength(bytes, at);
      at += head < NULL_CELL ? 1 : lengthSize(bytes, at);
      if (isLong(plan, length)) {
        return { plan, start: at, end: at + length, next: i + 1 };
      }
      this.#cell(plan, at, length);
      at += length;
    }
    return undefined;
  }

  #read(bytes: Buffer): void {
    this.#source = bytes;
    this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Encodes a row cell by cell, of which only short ones are in memory. */
  *#large(row: LargeRow): Generator<undefined, void> {
    this.#tag(this.#row.open);
    let at = 0;
    for (const plan of this.#plans) {
      const head = row.read(at, Math.min(MAX_LENGTH_SIZE, row.size - at));
      if (head[0] === NULL_CELL) {
        this.#tag(plan.nil);
        at++;
        continue;
      }
      const start = at + lengthSize(head, 0);
      const length = cellLength(head, 0);
      at = start + length;
      if (isLong(plan, length)) {
        yield* this.#longCell(plan, { length, read: (from, size) => row.read(start + from, size) });
      } else {
        this.#read(row.read(start, length));
        this.#cell(plan, 0, length);
      }
    }
    this.#tag(this.#row.close);
  }

  *#longCell({ kind, member }: ColumnPlan, cell: LongCell): Generator<undefined, void> {
    this.#tag(member.open);
    for (const xml of longCell(cell, kind === Kind.Text)) {
      if (xml !== '') this.append(xml);
      yield;
    }
    this.#tag(member.close);
  }

  /** Appends XML. */
  append(xml: string): void {
    this.#writer.write(Buffer.from(xml));
  }

  /** Returns the full buffers. Ownership passes to the caller. */
  take(): Buffer[] {
    return this.#writer.take();
  }

  /** The same after a step: an empty buffer if none is full, so that the reader can yield. */
  takeSome(): Buffer[] {
    const full = this.take();
    return full.length > 0 ? full : [Buffer.alloc(0)];
  }

  /** Returns the last buffers. Ownership passes to the caller. */
  finish(): Buffer[] {
    return this.#writer.finish();
  }

  #cell(plan: ColumnPlan, start: number, length: number): void {
    const bytes = this.#source;
    switch (plan.kind) {
      case Kind.Text:
        this.#text(plan, start, length);
        return;
      case Kind.Copy:
        this.#copy(plan.tags, start, length);
        return;
      case Kind.Integer: {
        const width = integerWidth(bytes, start, length);
        if (width === 0) this.#value(plan, start, length);
        else this.#copy(width === 32 ? plan.tags : plan.long, start, length);
        return;
      }
      case Kind.Double: {
        const points = length > plan.maxLength ? -1 : pointsOf(bytes, start, length);
        if (points < 0) this.#value(plan, start, length);
        else this.#copy(points === 1 ? plan.tags : plan.whole, start, length);
        return;
      }
      default:
        this.#value(plan, start, length);
    }
  }

  #tag(tag: Tag): void {
    this.#writer.reserve(tag.length);
    this.#writer.tag(tag);
  }

  /** Copies a cell. */
  #copy({ open, close }: Tags, start: number, length: number): void {
    const writer = this.#writer;
    writer.reserve(open.length + length + close.length);
    writer.tag(open);
    const source = this.#source;
    const out = writer.bytes;
    const at = writer.at;
    for (let i = 0; i < length; i++) out[at + i] = source[start + i] as number;
    writer.at = at + length;
    writer.tag(close);
  }

  /** Copies text and escapes it, four bytes at a time if none of them has to be escaped. */
  #text(plan: ColumnPlan, start: number, length: number): void {
    const { open, close } = plan.tags;
    const writer = this.#writer;
    writer.reserve(open.length + length * MAX_REFERENCE + close.length);
    const before = writer.at;
    writer.tag(open);
    const source = this.#source;
    const words = this.#words;
    const { bytes: out, view } = writer;
    let { at } = writer;
    let classes = PLAIN;
    const end = start + length;
    for (let i = start; i < end; ) {
      if (end - i >= 4) {
        const word = words.getInt32(i, true);
        if (isPlainWord(word)) {
          view.setInt32(at, word, true);
          at += 4;
          i += 4;
          continue;
        }
      }
      const stop = Math.min(i + 4, end);
      for (; i < stop; i++) {
        const byte = source[i] as number;
        const reference = CLASSES[byte] === ESCAPED ? REFERENCES[byte] : undefined;
        if (reference === undefined) {
          classes |= CLASSES[byte] as number;
          out[at++] = byte;
        } else {
          writer.at = at;
          writer.tag(reference);
          at = writer.at;
        }
      }
    }
    writer.at = at;
    if (classes >= NOT_XML || (classes === HIGH && !isXmlText(source, start, length))) {
      writer.at = before;
      this.#value(plan, start, length);
    } else {
      writer.tag(close);
    }
  }

  /** Decodes a cell and encodes the value. */
  #value({ decode, member }: ColumnPlan, start: number, length: number): void {
    const { pieces } = encodeValue(decode(this.#source.subarray(start, start + length)), this.#encoding);
    this.#tag(member.open);
    for (const piece of typeof pieces === 'string' ? [Buffer.from(pieces)] : pieces) this.#writer.write(piece);
    this.#tag(member.close);
  }
}

/**
 * Whether four bytes can be copied: all are ASCII from the space up, and none is `&`, `<` or `>`. A subtraction sets
 * the highest bit of a byte exactly if the byte is less than what is subtracted.
 */
function isPlainWord(word: number): boolean {
  const ampersand = word ^ 0x26262626;
  // `<` and `>` differ in one bit.
  const bracket = (word | 0x02020202) ^ 0x3e3e3e3e;
  const low = (word - 0x20202020) & ~word;
  const hit = ((ampersand - 0x01010101) & ~ampersand) | ((bracket - 0x01010101) & ~bracket) | low | word;
  return (hit & 0x80808080) === 0;
}

const NO_SOURCE = Buffer.alloc(0);

function isLong({ kind }: ColumnPlan, length: number): boolean {
  return length > LONG_CELL && (kind === Kind.Text || kind === Kind.Bytes);
}

function partsOf(bytes: Buffer, start: number): LongCell['read'] {
  return (at, length) => bytes.subarray(start + at, start + at + length);
}

/** Whether bytes are UTF-8 without U+FFFE and U+FFFF, which XML does not allow. */
function isXmlText(bytes: Buffer, start: number, length: number): boolean {
  const text = bytes.subarray(start, start + length);
  if (!isUtf8(text)) return false;
  for (let at = text.indexOf(0xef); at >= 0; at = text.indexOf(0xef, at + 1)) {
    if (text[at + 1] === 0xbf && (text[at + 2] ?? 0) >= 0xbe) return false;
  }
  return true;
}
