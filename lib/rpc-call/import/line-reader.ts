import { checkLength, type FileRecord, type RecordReader } from './file-record.js';

/** Reads files with one record a line. */
export abstract class LineReader implements RecordReader {
  /** A line without its end. */
  #rest = '';
  #line = 0;
  /** Whether lines end with CR LF, as the first one does. A CR in other files is a part of the line. */
  #crLf: boolean | undefined;

  write(text: string): FileRecord[] {
    const records: FileRecord[] = [];
    let start = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', start)) {
      this.#read(this.#rest + text.slice(start, at), records);
      this.#rest = '';
      start = at + 1;
    }
    this.#rest += text.slice(start);
    checkLength(this.#rest.length, this.#line + 1);
    return records;
  }

  end(): FileRecord[] {
    const records: FileRecord[] = [];
    if (this.#rest !== '') this.#read(this.#rest, records);
    return records;
  }

  /** Returns the record of a line; undefined if it is none. */
  protected abstract recordOf(text: string, line: number): FileRecord | undefined;

  #read(text: string, records: FileRecord[]): void {
    this.#line++;
    this.#crLf ??= text.endsWith('\r');
    const record = this.recordOf(this.#crLf && text.endsWith('\r') ? text.slice(0, -1) : text, this.#line);
    if (record) records.push(record);
  }
}
