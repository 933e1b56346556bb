import { isUtf8 } from 'node:buffer';
import { TEXT_MARK } from '../../xmlrpc/text-encoding.js';
import { DateTime } from '../../xmlrpc/value.js';
import { Numeral, type ResponseValue } from './response-value.js';

/** The content of a cell by its kind, with one group. Values in other forms are left to the XML parser. */
const KINDS = {
  text: '<string>([^<]*)</string>',
  integer: '<(?:int|i8)>(-?\\d{1,19})</(?:int|i8)>',
  double: '<double>(-?\\d+\\.\\d+)</double>',
  // A group with a repetition would overflow the stack at a hundred megabytes.
  bytes: '<base64>([A-Za-z0-9+/]*={0,2})</base64>',
  marked: `<base64>${TEXT_MARK}([A-Za-z0-9+/]*={0,2})</base64>`,
  date: '<dateTime\\.iso8601>(\\d{8}T\\d\\d:\\d\\d:\\d\\d)</dateTime\\.iso8601>',
} as const;

type Kind = keyof typeof KINDS;

const NAMES = Object.keys(KINDS) as Kind[];

export const ROW_BEGIN = '<value><array><data>';
export const ROW_END = '</data></array></value>';

const NIL = '<nil></nil>';
/** A group that matches nothing, for a column of which only nil is known. */
const NOTHING = '((?!))';

const CELL = new RegExp(`<value>(?:${Object.values(KINDS).join('|')}|${NIL})</value>`, 'y');

/** A row and its end in the text. */
interface FoundRow {
  readonly row: ResponseValue[];
  readonly end: number;
}

/**
 * The form of the rows of a result. The kinds of the columns are learned from the first rows, so that one expression
 * matches a whole row. That takes half of the time of an expression for each cell.
 */
export class RowForm {
  /** By column; undefined if only nil is known. */
  #kinds: (Kind | undefined)[] = [];
  #row: RegExp | undefined;

  /** Reads the row at `start`. Returns undefined if it is not complete, or has another form. */
  read(text: string, start: number): FoundRow | undefined {
    return this.#readRow(text, start) ?? this.#readCells(text, start);
  }

  #readRow(text: string, start: number): FoundRow | undefined {
    if (this.#row === undefined) return undefined;
    this.#row.lastIndex = start;
    const found = this.#row.exec(text);
    if (found === null) return undefined;
    const kinds = this.#kinds;
    const row: ResponseValue[] = [];
    for (let i = 0; i < kinds.length; i++) {
      const value = cellValue(kinds[i], found[i + 1]);
      if (value === undefined) return undefined;
      row.push(value);
    }
    return { row, end: start + found[0].length };
  }

  /** Reads a row whose columns are of other kinds, or not known yet. */
  #readCells(text: string, start: number): FoundRow | undefined {
    const row: ResponseValue[] = [];
    const kinds: (Kind | undefined)[] = [];
    let at = start + ROW_BEGIN.length;
    CELL.lastIndex = at;
    for (let cell = CELL.exec(text); cell !== null; cell = CELL.exec(text)) {
      const kind = NAMES.find((_, i) => cell[i + 1] !== undefined);
      const value = cellValue(kind, kind && cell[NAMES.indexOf(kind) + 1]);
      if (value === undefined) return undefined;
      row.push(value);
      kinds.push(kind === 'marked' ? 'text' : kind);
      at += cell[0].length;
      CELL.lastIndex = at;
    }
    if (!text.startsWith(ROW_END, at)) return undefined;
    this.#learn(kinds);
    return { row, end: at + ROW_END.length };
  }

  /** Takes the kinds of columns of which only nil was known. */
  #learn(kinds: readonly (Kind | undefined)[]): void {
    const known = kinds.map((kind, i) => this.#kinds[i] ?? kind);
    if (this.#row && known.every((kind, i) => kind === this.#kinds[i])) return;
    this.#kinds = known;
    const cells = known.map((kind) => `<value>(?:${kind === undefined ? NOTHING : KINDS[kind]}|${NIL})</value>`);
    this.#row = new RegExp(`${ROW_BEGIN}${cells.join('')}${ROW_END}`, 'y');
  }
}

/** Returns the value of a cell; undefined if it has to be read by an XML parser. */
function cellValue(kind: Kind | undefined, content: string | undefined): ResponseValue | undefined {
  if (content === undefined) return null;
  switch (kind) {
    case 'text':
      return content.includes('&') ? resolved(content) : content;
    case 'integer':
      return new Numeral(content, false);
    case 'double':
      return new Numeral(content, true);
    case 'bytes':
      return content.length % 4 === 0 ? Buffer.from(content, 'base64') : undefined;
    case 'marked':
      return content.length % 4 === 0 ? markedText(content) : undefined;
    case 'date':
      return new DateTime(content);
    default:
      return undefined;
  }
}

/** Returns text that XML cannot represent, which netsvc sends as base64. */
export function markedText(base64: string): ResponseValue {
  const bytes = Buffer.from(base64, 'base64');
  return isUtf8(bytes) ? bytes.toString() : bytes;
}

const REFERENCES = [
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&#13;', '\r'],
] as const;

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
