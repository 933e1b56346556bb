import type { Value } from '../../xmlrpc/value.js';
import { packetTooLarge } from '../errors/mysql-error.js';
import { SqlText } from '../sql/sql-text.js';
import { type ArgumentsPlace, Binding, QueryFormat } from './parameter-style.js';
import { type SqlTarget, SqlWriter } from './sql-writer.js';

/** The steps of a binding that are done before other work has its turn. */
export const BINDING_STEPS = 256;

/** The characters of them. */
const BINDING_CHARACTERS = 256 * 1024;

/**
 * Writes a statement: at once, or in steps if it takes many.
 *
 * @throws {MysqlError} 1153 if the statement is surely too long
 * @throws {ProgrammingError} if placeholders and arguments do not match
 */
export type StatementWriting = (target: SqlTarget) => SqlText | Generator<undefined, SqlText>;

/**
 * Puts arguments into a query. Without arguments, the query is not changed: `%` is an ordinary character, as in
 * MySQLdb. A query that is too long itself is not read.
 */
export function boundStatement(query: string, args?: Value, place?: ArgumentsPlace): StatementWriting {
  return (target) => {
    if (query.length > target.maxAllowedPacket) throw packetTooLarge();
    if (args === undefined || args === null) return new SqlText(query);
    const out = new SqlWriter(target);
    const binding = new Binding(out, new QueryFormat(query), args, place);
    return bindSome(binding) ? boundInSteps(out, binding) : out.finish();
  };
}

function* boundInSteps(out: SqlWriter, binding: Binding): Generator<undefined, SqlText> {
  do yield;
  while (bindSome(binding));
  return out.finish();
}

/** @returns false at the end */
export function bindSome(binding: Binding): boolean {
  const end = binding.written + BINDING_CHARACTERS;
  for (let steps = 0; steps < BINDING_STEPS && binding.written < end; steps++) if (!binding.step()) return false;
  return true;
}

/** Writes a statement in steps. */
export function* inSteps(writing: StatementWriting, target: SqlTarget): Generator<undefined, SqlText> {
  const written = writing(target);
  return written instanceof SqlText ? written : yield* written;
}
