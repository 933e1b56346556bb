import type { Value } from '../../xmlrpc/value.js';
import { nameTooLong, packetTooLarge } from '../errors/mysql-error.js';
import { BINDING_STEPS, bindSome, type StatementWriting } from './bound-statement.js';
import { Binding, QueryFormat } from './parameter-style.js';
import { SqlWriter } from './sql-writer.js';

/**
 * Passes arguments to a procedure as MySQLdb does, in user variables that are named after the procedure and their
 * position.
 *
 * @param args one or more
 */
export function settingArguments(procname: string, args: readonly Value[]): StatementWriting {
  return function* (target) {
    const out = new SqlWriter(target);
    const name = quotedName(procname, args.length, target.maxAllowedPacket);
    const value = new QueryFormat(' = %s');
    out.add('SET ');
    for (const [i, arg] of args.entries()) {
      if (i % BINDING_STEPS === 0) yield;
      out.add(`${i > 0 ? ', ' : ''}@\`_${name}_${i}\``);
      const binding = new Binding(out, value, [arg], { first: i });
      while (bindSome(binding)) yield;
    }
    return out.finish();
  };
}

/** Calls a procedure with the variables of so many arguments. */
export function callingProcedure(procname: string, count: number): StatementWriting {
  return function* (target) {
    const out = new SqlWriter(target);
    const name = quotedName(procname, count, target.maxAllowedPacket);
    out.add(`CALL ${procname}(`);
    for (let i = 0; i < count; i++) {
      if (i % BINDING_STEPS === 0) yield;
      out.add(`${i > 0 ? ', ' : ''}@\`_${name}_${i}\``);
    }
    out.add(')');
    return out.finish();
  };
}

/** Its name is in the statement once for each argument. */
function quotedName(procname: string, count: number, limit: number): string {
  if (procname.length * Math.max(count, 1) > limit) throw packetTooLarge();
  if (procname.length > MAX_NAME) throw nameTooLong(procname);
  return procname.replaceAll('`', '``');
}

/** Characters of a name with its schema, in quotes, in which a quote takes two. Names have 64. */
const MAX_NAME = 1024;
