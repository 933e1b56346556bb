import type { Value } from '../../xmlrpc/value.js';
import { packetTooLarge } from '../connections/mysql-error.js';

/** The maximum length of the names of a call's variables, in characters: the default of max_allowed_packet. */
const MAX_VARIABLE_NAMES = 16 * 1024 ** 2;

/**
 * Returns the statements that call a procedure as MySQLdb does: `set`, if there are arguments, passes them in user
 * variables that are named after the procedure and their position.
 */
export function procedureCall(procname: string, args: readonly Value[]): { set: string | undefined; call: string } {
  if (procname.length * args.length > MAX_VARIABLE_NAMES) throw packetTooLarge();
  const name = procname.replaceAll('`', '``');
  const variables = args.map((_, i) => `@\`_${name}_${i}\``);
  const set = variables.map((variable) => `${variable.replaceAll('%', '%%')} = %s`).join(', ');
  return { set: set === '' ? undefined : `SET ${set}`, call: `CALL ${procname}(${variables.join(', ')})` };
}
