import { isPlain } from '../client/call-encoder.js';
import { type CsvForm, CsvRecords, type CsvText } from './csv-records.js';
import { checkLength, type FileRecord, type RecordReader, UnreadableLine } from './file-record.js';

const QUOTE = 0x22;
const CR = 0x0d;
const LF = 0x0a;

/** What the next character belongs to. */
type Place = 'begin' | 'plain' | 'quoted' | 'quote';

/**
 * Reads CSV as RFC 4180 describes it: fields in quotes contain commas, line ends and doubled quotes, and lines end with
 * LF, CR LF or CR. An unquoted field with a certain text is NULL.
 */
export class CsvReader implements RecordReader {
  readonly #form: CsvForm;
  #place: Place = 'begin';
  /** The field that is read, without its end. */
  #field = '';
  #values: (string | null)[] = [];
  #line = 1;
  /** The line on which the record begins. */
  #start = 1;
  #afterCr = false;

  /** @param delimiter one character between fields */
  constructor(nullText = '', delimiter = ',') {
    this.#form = { nullText, delimiter: delimiter.charCodeAt(0) };
  }

  write(text: string): FileRecord[] {
    const records: FileRecord[] = [];
    const piece = { text, plain: isPlain(text) };
    let at = 0;
    while (at < text.length) {
      if (this.#isBetween) at = this.#whole(piece, at, records);
      if (at === text.length) break;
      if (this.#place === 'quoted') at = this.#quoted(text, at);
      else if (this.#place === 'quote') at = this.#quote(text, at, records);
      else at = this.#plain(text, at, records);
    }
    checkLength(this.#field.length, this.#start);
    return records;
  }

  end(): FileRecord[] {
    if (this.#place === 'quoted') throw new UnreadableLine(this.#start, 'the quotes of a field are not closed');
    if (this.#place === 'begin' && this.#values.length === 0) return [];
    const records: FileRecord[] = [];
    this.#endField();
    this.#endRecord(records);
    return records;
  }

  /** The next character begins a record. */
  get #isBetween(): boolean {
    return this.#place === 'begin' && this.#values.length === 0 && !this.#afterCr;
  }

  /** Reads whole records, faster than piece by piece. */
  #whole(piece: CsvText, start: number, records: FileRecord[]): number {
    const whole = new CsvRecords(piece, start, this.#line, this.#form);
    whole.read();
    for (const record of whole.records) records.push(record);
    this.#line = whole.line;
    this.#start = whole.line;
    return whole.end;
  }

  /** Reads what is not in quotes, up to the end of the field. */
  #plain(text: string, start: number, records: FileRecord[]): number {
    const first = text.charCodeAt(start);
    if (this.#afterCr) {
      this.#afterCr = false;
      if (first === LF) return start + 1;
    }
    if (first === QUOTE && this.#place === 'begin') {
      this.#place = 'quoted';
      return start + 1;
    }
    const { delimiter } = this.#form;
    let at = start;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === delimiter || code === LF || code === CR) break;
    }
    this.#place = 'plain';
    this.#field = this.#field === '' ? text.slice(start, at) : this.#field + text.slice(start, at);
    return at === text.length ? at : this.#endAt(text, at, records);
  }

  #quoted(text: string, start: number): number {
    const found = text.indexOf('"', start);
    const end = found < 0 ? text.length : found;
    this.#field += text.slice(start, end);
    for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) this.#line++;
    if (found < 0) return end;
    this.#place = 'quote';
    return end + 1;
  }

  /** Reads what follows a quote in a quoted field. */
  #quote(text: string, at: number, records: FileRecord[]): number {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      this.#field += '"';
      this.#place = 'quoted';
      return at + 1;
    }
    if (code === this.#form.delimiter || code === LF || code === CR) return this.#endAt(text, at, records);
    throw new UnreadableLine(this.#line, 'text behind the quotes of a field: quotes inside of it must be doubled');
  }

  /** @param at the character that ends the field */
  #endAt(text: string, at: number, records: FileRecord[]): number {
    const code = text.charCodeAt(at);
    this.#endField();
    if (code === this.#form.delimiter) return at + 1;
    this.#afterCr = code === CR;
    this.#line++;
    this.#endRecord(records);
    return at + 1;
  }

  #endField(): void {
    const isNull = this.#place !== 'quote' && this.#field === this.#form.nullText;
    this.#values.push(isNull ? null : this.#field);
    this.#blank = this.#place !== 'quote' && this.#field === '' && this.#values.length === 1;
    this.#field = '';
    this.#place = 'begin';
  }

  #blank = false;

  #endRecord(records: FileRecord[]): void {
    records.push({ line: this.#start, values: this.#values, blank: this.#blank });
    this.#values = [];
    this.#start = this.#line;
  }
}
