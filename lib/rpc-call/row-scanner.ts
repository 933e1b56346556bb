import { DateTime } from '../xmlrpc/value.js';
import { Numeral, type ResponseValue } from './response-value.js';

const HEAD = '<?xml version="1.0"?><methodResponse><params><param><value><array><data>';
const TAIL = '</data></array></value></param></params></methodResponse>';
const ROW = '<value><array><data>';
const ROW_END = '</data></array></value>';

/** A cell. Values in other forms, such as an int with a plus sign, are read by the XML parser. */
const CELL = new RegExp(
  `<value><(?:${[
    'string>([^<]*)</string',
    'int>(-?\\d{1,10})</int',
    'i8>(-?\\d{1,19})</i8',
    'double>(-?\\d+\\.\\d+)</double',
    'nil></nil',
    'base64>((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)</base64',
    'dateTime\\.iso8601>(\\d{8}T\\d\\d:\\d\\d:\\d\\d)</dateTime\\.iso8601',
  ].join('|')})></value>`,
  'y',
);

const REFERENCES = [
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&#13;', '\r'],
] as const;

/**
 * The fast path: reads an array of rows, which are arrays of scalars, in the form of netsvc's responses. It stops at
 * anything else.
 */
export class RowScanner {
  /** The text that was not read: the pieces of a row that is not complete. */
  #unread: string[] = [];
  /** The end of the last piece, which may contain the beginning of ROW_END. */
  #seam = '';
  #begun = false;
  #stopped = false;
  #complete = false;

  /** The tags around the rows have been read. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Something was found that is not a row. The scanner reads no more. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** The document has ended. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Returns the text that was not read. */
  rest(): string {
    return this.#unread.splice(0).join('');
  }

  /** Yields the rows that are complete. All of them have to be taken. */
  *scan(piece: string): Generator<ResponseValue[], void, void> {
    this.#unread.push(piece);
    const seam = this.#seam + piece;
    this.#seam = seam.slice(1 - ROW_END.length);
    // The pieces of a long row are joined only once. Otherwise the time would be quadratic in its length.
    if (this.#begun && !seam.includes(ROW_END)) return;
    const text = this.rest();
    // An XML parser converts it to a line feed.
    this.#stopped = text.includes('\r');
    const start = this.#stopped || this.#begun ? 0 : this.#begin(text);
    const end = this.#stopped ? 0 : yield* this.#rows(text, start);
    this.#unread.push(text.slice(end));
    if (this.#begun && !this.#stopped) this.#finish(text, end);
  }

  /** Returns the beginning of the rows; 0 if it has not arrived, or the document begins with something else. */
  #begin(text: string): number {
    if (text.startsWith(HEAD)) {
      this.#begun = true;
      return HEAD.length;
    }
    this.#stopped = !HEAD.startsWith(text);
    return 0;
  }

  /** Yields the rows from `start` on, one by one, so that few objects live at a time. Returns their end. */
  *#rows(text: string, start: number): Generator<ResponseValue[], number, void> {
    let at = start;
    while (text.startsWith(ROW, at)) {
      const row: ResponseValue[] = [];
      const end = this.#cells(text, at + ROW.length, row);
      if (!text.startsWith(ROW_END, end)) {
        // If the end of the row has arrived, there is something unusual before it.
        this.#stopped = text.includes(ROW_END, end);
        return at;
      }
      at = end + ROW_END.length;
      yield row;
    }
    return at;
  }

  /** Adds the cells of a row to `row` and returns their end. */
  #cells(text: string, start: number, row: ResponseValue[]): number {
    let at = start;
    for (;;) {
      CELL.lastIndex = at;
      const cell = CELL.exec(text);
      if (cell === null) return at;
      const value = cellValue(cell);
      if (value === undefined) return at;
      row.push(value);
      at += cell[0].length;
    }
  }

  /** Checks what follows the rows: nothing yet, a part of a row, or the end of the document. */
  #finish(text: string, end: number): void {
    const rest = text.slice(end, end + TAIL.length + 1);
    if (rest === TAIL) this.#complete = true;
    else if (!ROW.startsWith(rest) && !rest.startsWith(ROW) && !TAIL.startsWith(rest)) this.#stopped = true;
  }
}

/** Returns the value of a cell; undefined if its text has to be read by an XML parser. */
function cellValue([, text, int, i8, double, base64, date]: RegExpExecArray): ResponseValue | undefined {
  if (text !== undefined) return text.includes('&') ? resolved(text) : text;
  const integer = int ?? i8;
  if (integer !== undefined) return new Numeral(integer, false);
  if (double !== undefined) return new Numeral(double, true);
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  return date === undefined ? null : new DateTime(date);
}

/** Resolves the references that netsvc writes. Returns undefined if there are others. */
function resolved(text: string): string | undefined {
  let plain = '';
  let from = 0;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', from)) {
    const reference = REFERENCES.find(([name]) => text.startsWith(name, at));
    if (reference === undefined) return undefined;
    plain += text.slice(from, at) + reference[1];
    from = at + reference[0].length;
  }
  return plain + text.slice(from);
}
