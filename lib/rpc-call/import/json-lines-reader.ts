import { parseExactJson } from '../values/exact-json.js';
import type { FileRecord } from './file-record.js';
import { LineReader } from './line-reader.js';

/** Reads one JSON value a line: an object with the values of columns by name, or an array of them. */
export class JsonLinesReader extends LineReader {
  protected override recordOf(text: string, line: number): FileRecord | undefined {
    if (text.trim() === '') return undefined;
    let value: unknown;
    try {
      value = parseExactJson(text);
    } catch {
      return { line, values: [], error: 'invalid JSON' };
    }
    if (Array.isArray(value)) return { line, values: value };
    if (typeof value !== 'object' || value === null) {
      return { line, values: [], error: 'neither an object nor an array' };
    }
    return { line, names: Object.keys(value), values: Object.values(value) };
  }
}
