import { STEP } from '../../turns/text-steps.js';
import type { Value } from '../../xmlrpc/value.js';
import { packetTooLarge } from '../errors/mysql-error.js';
import { doubledMarks, type Literal, sqlLiteral } from '../sql/sql-literal.js';
import { type LongLiteral, PLACE, type PlacedLiteral, SqlText } from '../sql/sql-text.js';
import { BEFORE, bytesForm, type LiteralForm } from './literal-form.js';
import { LongBytes, LongText } from './long-literal.js';
import type { StatementMemory } from './statement-memory.js';

/** What a statement is written for. */
export interface SqlTarget {
  /** The maximum length of the statement, in bytes. */
  readonly maxAllowedPacket: number;
  /** How MySQL reads a backslash in a literal. By default, it begins an escape sequence. */
  readonly charset?: { readonly backslashEscapes: boolean };
  readonly literal?: Literal;
  /** By default `typed`. */
  readonly form?: LiteralForm;
  /** Of many rows, the first one with bytes is sent alone: if MySQL refuses them, nothing has run. */
  readonly triesBytes?: boolean;
  /** What a long statement is drawn from. */
  readonly memory?: StatementMemory;
}

/** Characters after which the text is flattened: V8 keeps 32 bytes for each piece of a text until then. */
const FLAT = 64 * 1024;

/** Bytes that are written in hexadecimal, of a value and in all: in quotes, they take half of a packet's bytes. */
const MAX_HEX = 1024;
const MAX_HEX_IN_ALL = 64 * 1024;

/** Writes a statement piece by piece. */
export class SqlWriter {
  readonly #limit: number;
  readonly #literal: Literal;
  readonly #backslashEscapes: boolean;
  readonly #memory: StatementMemory | undefined;
  readonly #form: LiteralForm;
  #flat: string[] | undefined;
  #text = '';
  #length = 0;
  #literals: PlacedLiteral[] | undefined;
  /** The least number of bytes of the long literals. */
  #long = 0;
  /** Bytes in hexadecimal. */
  #hex = 0;
  #hasForms = false;

  constructor({ maxAllowedPacket, charset, literal = sqlLiteral, memory, form = 'typed' }: SqlTarget) {
    this.#form = form;
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
    if (typeof value === 'string') this.#addString(value);
    else if (value instanceof Uint8Array) this.#addBytes(value);
    else this.add(this.#literal(value, this.#backslashEscapes));
  }

  #addString(text: string): void {
    const isDifficult = !this.#backslashEscapes && text.includes('\\');
    const isQuoted = isDifficult && this.#form === 'quoted';
    this.#hasForms ||= isDifficult;
    if (text.length > STEP) this.#addLong(new LongText(text, this.#backslashEscapes, !isQuoted));
    else this.add(isQuoted ? `'${doubledMarks(text, false)}'` : this.#literal(text, this.#backslashEscapes));
  }

  #addBytes(bytes: Uint8Array): void {
    this.#hasForms = true;
    const form = bytesForm(bytes, this.#form, this.#text.slice(-BEFORE));
    const hex = this.#hex + bytes.length;
    if (!form.canBeHex || bytes.length > MAX_HEX || hex > MAX_HEX_IN_ALL) {
      this.#addLong(new LongBytes(bytes, this.#backslashEscapes, form));
      return;
    }
    this.#hex = hex;
    this.add(`${form.introducer} x'${Buffer.from(bytes).toString('hex')}'`);
  }

  #addLong(literal: LongLiteral): void {
    this.#place(this.#length, literal);
    this.add(PLACE);
  }

  append({ text, literals, hasForms }: SqlText): void {
    this.#hasForms ||= hasForms;
    for (const [at, literal] of literals) this.#place(this.#length + at, literal);
    this.add(text);
  }

  /** The statement. Nothing is added afterwards. @param example of `SqlText` */
  finish(example?: string): SqlText {
    const flat = this.#flat;
    flat?.push(this.#text);
    const text = flat?.join('') ?? this.#text;
    return new SqlText(text, this.#literals, this.#hasForms, this.#hasForms ? undefined : example);
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
