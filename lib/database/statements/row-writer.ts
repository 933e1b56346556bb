import type { Value } from '../../xmlrpc/value.js';
import type { SqlText } from '../sql/sql-text.js';
import { BINDING_STEPS } from './bound-statement.js';
import { Binding, QueryFormat } from './parameter-style.js';
import { hasSeparatePlaces, SimpleRows } from './simple-rows.js';
import { type SqlTarget, SqlWriter } from './sql-writer.js';

/** Writes the rows of an INSERT, each in place of the placeholders of a group of values. */
export class RowWriter {
  /** One row tells what all do. */
  readonly isExemplary: boolean;
  readonly #group: string;
  readonly #format: QueryFormat;
  readonly #simple: SimpleRows | undefined;
  readonly #target: SqlTarget;
  /** Since other work had its turn. */
  #steps = 0;

  constructor(group: string, target: SqlTarget) {
    this.#group = group;
    this.#format = new QueryFormat(group);
    this.#target = target;
    this.isExemplary = hasSeparatePlaces(group);
    this.#simple = this.isExemplary ? SimpleRows.of(group, target) : undefined;
  }

  /** Writes a row at once; undefined if it has to be written in steps. */
  atOnce(args: Value | undefined): SqlText | undefined {
    const simple = this.#simple;
    if (simple === undefined || this.#steps + simple.width > BINDING_STEPS) return undefined;
    this.#steps += simple.width;
    return simple.write(args);
  }

  /** @param row its number, for faults */
  *inSteps(args: Value, row: number): Generator<undefined, SqlText> {
    const { maxAllowedPacket } = this.#target;
    const out = new SqlWriter(this.#target);
    const format = this.#format.isLong ? new QueryFormat(this.#group) : this.#format;
    const binding = new Binding(out, format, args, { row });
    do {
      if (++this.#steps < BINDING_STEPS) continue;
      this.#steps = 0;
      yield;
    } while (binding.step());
    const text = out.finish();
    if (text.isLong) yield* text.measure(maxAllowedPacket);
    return text;
  }
}
