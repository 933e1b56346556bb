import type { Value } from '../../xmlrpc/value.js';
import { packetTooLarge } from '../connections/mysql-error.js';
import { type LongLiteral, PLACE, type PlacedLiteral, SqlText } from '../connections/sql-text.js';
import { longLiteral } from './long-literal.js';
import { sqlLiteral } from './sql-literal.js';

/** Writes a value as an SQL literal. */
export type Literal = (value: Value) => string;

/** Characters after which the text is flattened: V8 keeps 32 bytes for each piece of a text until then. */
const FLAT = 64 * 1024;

/** Writes a statement piece by piece. */
export class SqlWriter {
  readonly #limit: number;
  readonly #literal: Literal;
  readonly #flat: string[] = [];
  #text = '';
  #length = 0;
  #literals: PlacedLiteral[] | undefined;
  /** The least number of bytes of the long literals. */
  #long = 0;

  /** @param limit the maximum length in bytes */
  constructor(limit = Number.POSITIVE_INFINITY, literal: Literal = sqlLiteral) {
    this.#limit = limit;
    this.#literal = literal;
  }

  /** The number of characters. A long literal counts as `''`. */
  get length(): number {
    return this.#length;
  }

  /** @throws {MysqlError} 1153 if the statement is surely too long */
  add(text: string): void {
    this.#text += text;
    this.#length += text.length;
    if (this.#length + this.#long > this.#limit) throw packetTooLarge();
    if (this.#text.length > FLAT) this.#flatten();
  }

  /** Adds any value but a list. @throws {MysqlError} 1153. @throws {ServiceFailure} 56 if SQL has no literal for it */
  addLiteral(value: Value): void {
    const long = longLiteral(value);
    if (long === undefined) {
      this.add(this.#literal(value));
      return;
    }
    this.#place(this.#length, long);
    this.add(PLACE);
  }

  append({ text, literals }: SqlText): void {
    for (const [at, literal] of literals) this.#place(this.#length + at, literal);
    this.add(text);
  }

  /** The statement. Nothing is added afterwards. */
  finish(): SqlText {
    const flat = this.#flat;
    if (flat.length === 0) return new SqlText(this.#text, this.#literals);
    flat.push(this.#text);
    return new SqlText(flat.join(''), this.#literals);
  }

  #place(at: number, literal: LongLiteral): void {
    this.#literals ??= [];
    this.#literals.push([at, literal]);
    this.#long += literal.least;
  }

  /** Reading flattens. */
  #flatten(): void {
    /^/.test(this.#text);
    this.#flat.push(this.#text);
    this.#text = '';
  }
}
