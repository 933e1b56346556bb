import type { Value } from '../../xmlrpc/value.js';
import { packetTooLarge } from '../connections/mysql-error.js';
import { SqlText } from '../connections/sql-text.js';
import { Binding, QueryFormat } from './parameter-style.js';
import { type SqlTarget, SqlWriter } from './sql-writer.js';

/** The steps of a binding that are done before other work has its turn. */
export const BINDING_STEPS = 256;

/**
 * Writes a statement, in steps.
 *
 * @throws {MysqlError} 1153 if the statement is surely too long
 * @throws {ProgrammingError} if placeholders and arguments do not match
 */
export type StatementWriting = (target: SqlTarget) => Generator<undefined, SqlText>;

/**
 * Puts arguments into a query. Without arguments, the query is not changed: `%` is an ordinary character, as in
 * MySQLdb. A query that is too long itself is not read.
 */
export function boundStatement(query: string, args?: Value): StatementWriting {
  return function* (target) {
    if (query.length > target.maxAllowedPacket) throw packetTooLarge();
    if (args === undefined || args === null) return new SqlText(query);
    const out = new SqlWriter(target);
    yield* binding(out, new QueryFormat(query), args);
    return out.finish();
  };
}

/** Adds a query with its arguments, in steps. */
export function* binding(out: SqlWriter, format: QueryFormat, args: Value): Generator<undefined, void> {
  const binding = new Binding(out, format, args);
  for (let steps = 1; binding.step(); steps++) if (steps % BINDING_STEPS === 0) yield;
}
