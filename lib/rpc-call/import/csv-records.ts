import { isPlain } from '../client/call-encoder.js';
import type { FileRecord } from './file-record.js';

const QUOTE = 0x22;
const CR = 0x0d;
const LF = 0x0a;

/** How a CSV file is written. */
export interface CsvForm {
  /** The unquoted text of NULL. */
  readonly nullText: string;
  /** The code of the character between fields. */
  readonly delimiter: number;
}

/** A piece of a file. */
export interface CsvText {
  readonly text: string;
  /** XML takes it as it is. */
  readonly plain: boolean;
}

/** Reads the records of a text that begin and end in it, up to one that does not, or that is malformed. */
export class CsvRecords {
  readonly #text: string;
  readonly #plain: boolean;
  readonly #form: CsvForm;
  readonly records: FileRecord[] = [];
  /** Where the record that has not been read begins, and its line. */
  end: number;
  line: number;
  /** The end of the last field. */
  #fieldEnd = 0;
  /** The ends of lines in the fields of a record. */
  #lineEnds = 0;

  /** @param line that of the first record, which begins at `start` */
  constructor({ text, plain }: CsvText, start: number, line: number, form: CsvForm) {
    this.#text = text;
    this.#plain = plain;
    this.end = start;
    this.line = line;
    this.#form = form;
  }

  read(): void {
    while (this.#record());
  }

  /** @returns false if there is none */
  #record(): boolean {
    const text = this.#text;
    const { delimiter, nullText } = this.#form;
    const values: (string | null)[] = [];
    let at = this.end;
    this.#lineEnds = 0;
    for (;;) {
      const isQuoted = text.charCodeAt(at) === QUOTE;
      const field = isQuoted ? this.#quoted(at) : this.#unquoted(at);
      if (field === undefined) return false;
      at = this.#fieldEnd;
      values.push(!isQuoted && field === nullText ? null : field);
      const code = text.charCodeAt(at);
      if (code === delimiter) {
        at++;
        continue;
      }
      if (code !== CR && code !== LF) return false;
      const isBlank = values.length === 1 && !isQuoted && field === '';
      return this.#add(values, isBlank, code);
    }
  }

  /** @param code that of the end of the line. @returns false if it may go on */
  #add(values: readonly (string | null)[], blank: boolean, code: number): boolean {
    const text = this.#text;
    const at = this.#fieldEnd;
    if (code === CR && at + 1 === text.length) return false;
    const plain = this.#plain || isPlain(text.slice(this.end, at));
    this.records.push({ line: this.line, values, blank, plain });
    this.line += this.#lineEnds + 1;
    this.end = code === CR && text.charCodeAt(at + 1) === LF ? at + 2 : at + 1;
    return true;
  }

  /** Reads a field without quotes; undefined if it does not end. */
  #unquoted(start: number): string | undefined {
    const text = this.#text;
    const { delimiter } = this.#form;
    for (let at = start; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code !== delimiter && code !== LF && code !== CR) continue;
      this.#fieldEnd = at;
      return text.slice(start, at);
    }
    return undefined;
  }

  /** Reads a field in quotes; undefined if it does not end. */
  #quoted(start: number): string | undefined {
    const text = this.#text;
    let isDoubled = false;
    let close = text.indexOf('"', start + 1);
    for (; close >= 0 && text.charCodeAt(close + 1) === QUOTE; close = text.indexOf('"', close + 2)) isDoubled = true;
    if (close < 0) return undefined;
    this.#fieldEnd = close + 1;
    const field = text.slice(start + 1, close);
    for (let at = field.indexOf('\n'); at >= 0; at = field.indexOf('\n', at + 1)) this.#lineEnds++;
    return isDoubled ? field.replaceAll('""', '"') : field;
  }
}
