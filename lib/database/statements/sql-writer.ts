import type { Value } from '../../xmlrpc/value.js';
import { packetTooLarge } from '../connections/mysql-error.js';
import { type LongLiteral, PLACE, type PlacedLiteral, SqlText } from '../connections/sql-text.js';
import { longLiteral } from './long-literal.js';
import { type Literal, sqlLiteral } from './sql-literal.js';
import type { StatementMemory } from './statement-memory.js';

/** What a statement is written for. */
export interface SqlTarget {
  /** The maximum length of the statement, in bytes. */
  readonly maxAllowedPacket: number;
  /** How MySQL reads a backslash in a literal. By default, it begins an escape sequence. */
  readonly charset?: { readonly backslashEscapes: boolean };
  readonly literal?: Literal;
  /** What a long statement is drawn from. */
  readonly memory?: StatementMemory;
}

/** Characters after which the text is flattened: V8 keeps 32 bytes for each piece of a text until then. */
const FLAT = 64 * 1024;

/** Writes a statement piece by piece. */
export class SqlWriter {
  readonly #limit: number;
  readonly #literal: Literal;
  readonly #backslashEscapes: boolean;
  readonly #memory: StatementMemory | undefined;
  #flat: string[] | undefined;
  #text = '';
  #length = 0;
  #literals: PlacedLiteral[] | undefined;
  /** The least number of bytes of the long literals. */
  #long = 0;

  constructor({ maxAllowedPacket, charset, literal = sqlLiteral, memory }: SqlTarget) {
    this.#limit = maxAllowedPacket;
    this.#literal = literal;
    this.#backslashEscapes = charset?.backslashEscapes ?? true;
    this.#memory = memory;
  }

  /** The number of characters. A long literal counts as `''`. */
  get length(): number {
    return this.#length;
  }

  /** @throws {MysqlError} 1153 if the statement is surely too long. @throws {MemoryRefused} */
  add(text: string): void {
    this.#text += text;
    this.#length += text.length;
    if (this.#length + this.#long > this.#limit) throw packetTooLarge();
    if (this.#text.length > FLAT) this.#flatten();
  }

  /** Adds any value but a list. @throws {MysqlError} 1153. @throws {ServiceFailure} 56 if SQL has no literal for it */
  addLiteral(value: Value): void {
    const isLong = typeof value === 'string' || typeof value === 'object';
    const long = isLong ? longLiteral(value, this.#backslashEscapes) : undefined;
    if (long === undefined) {
      this.add(this.#literal(value, this.#backslashEscapes));
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
    if (flat === undefined) return new SqlText(this.#text, this.#literals);
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
    this.#memory?.grow(this.#text.length);
    /^/.test(this.#text);
    this.#flat ??= [];
    this.#flat.push(this.#text);
    this.#text = '';
  }
}
