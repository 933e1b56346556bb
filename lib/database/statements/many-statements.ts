import type { Value } from '../../xmlrpc/value.js';
import type { SqlText } from '../sql/sql-text.js';
import { statementsFor } from './execute-many.js';
import type { LiteralForm } from './literal-form.js';
import type { SqlTarget } from './sql-writer.js';

/** The statements of a call of `executemany`, which are written one by one. */
export class ManyStatements {
  readonly #query: string;
  readonly #rows: readonly Value[];
  readonly #target: SqlTarget;
  #form: LiteralForm = 'typed';
  #statements: Generator<SqlText | undefined, void>;
  /** The first row of the current statement, and of the next. */
  #first = 0;
  #next = 0;

  constructor(query: string, rows: readonly Value[], target: SqlTarget) {
    this.#query = query;
    this.#rows = rows;
    this.#target = target;
    this.#statements = this.#from(0);
  }

  /** How literals are written. */
  get form(): LiteralForm {
    return this.#form;
  }

  /** Writes the next statement, in steps; undefined at the end. */
  *next(): Generator<undefined, SqlText | undefined> {
    this.#first = this.#next;
    for (;;) {
      const { done, value } = this.#statements.next();
      if (done) return undefined;
      if (value !== undefined) return value;
      yield;
    }
  }

  /** The last statement, and those behind it, are written in another form. */
  repeat(form: LiteralForm): void {
    this.#form = form;
    this.#next = this.#first;
    this.#statements = this.#from(this.#first);
  }

  #from(first: number): Generator<SqlText | undefined, void> {
    const target = { ...this.#target, form: this.#form };
    const noteRows = (count: number) => {
      this.#next += count;
    };
    return statementsFor(this.#query, this.#rows, target, { first, noteRows });
  }
}
