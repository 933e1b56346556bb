import { DateTime, Decimal, Double, type Value } from '../../xmlrpc/value.js';
import { sqlLiteral } from '../sql/sql-literal.js';
import { SqlText } from '../sql/sql-text.js';
import type { SqlTarget } from './sql-writer.js';

/** A placeholder whose literal is a token of its own. */
const SEPARATE = /(?<=[(,\s])%(?:\(\w*\))?s(?=[),\s])/g;

/** Words, numbers and calls: neither quotes nor comments, in which a literal would not be a literal. */
const SIMPLE = /^[\w\s(),]*$/;

/** The maximum length of a group, and of a simple row, in characters. */
const MAX_LENGTH = 8 * 1024;

/** Whether the rows of a group differ in their literals alone, so that one of them is an example of all. */
export function hasSeparatePlaces(group: string): boolean {
  return group.length <= MAX_LENGTH && SIMPLE.test(group.replace(SEPARATE, ''));
}

/** Writes the rows that most are at once: arrays of scalars that are short, in place of `%s`. */
export class SimpleRows {
  readonly #parts: readonly string[];
  readonly #target: SqlTarget;

  private constructor(parts: readonly string[], target: SqlTarget) {
    this.#parts = parts;
    this.#target = target;
  }

  /** The number of values. */
  get width(): number {
    return this.#parts.length - 1;
  }

  /** @param group with separate places. @returns undefined if they have names */
  static of(group: string, target: SqlTarget): SimpleRows | undefined {
    return group.includes('%(') ? undefined : new SimpleRows(group.split('%s'), target);
  }

  /** Returns a row; undefined if it is not simple, or wrong. */
  write(row: Value | undefined): SqlText | undefined {
    const parts = this.#parts;
    if (!Array.isArray(row) || row.length !== parts.length - 1) return undefined;
    const { charset, literal = sqlLiteral, maxAllowedPacket } = this.#target;
    const backslashEscapes = charset?.backslashEscapes ?? true;
    const longest = Math.min(MAX_LENGTH, maxAllowedPacket);
    let text = parts[0] ?? '';
    for (let i = 0; i < row.length; i++) {
      const value = row[i] as Value;
      if (!isSimple(value, backslashEscapes)) return undefined;
      text += literal(value, backslashEscapes) + parts[i + 1];
      if (text.length > longest) return undefined;
    }
    return new SqlText(text);
  }
}

/** Whether a value has a literal, and only one. */
function isSimple(value: Value, backslashEscapes: boolean): boolean {
  if (typeof value === 'string') return value.length <= MAX_LENGTH && (backslashEscapes || !value.includes('\\'));
  if (typeof value !== 'object' || value === null) return true;
  if (value instanceof Double) return Number.isFinite(value.value);
  return value instanceof DateTime || value instanceof Decimal;
}
