import type { StatementOutcome } from '../errors/statement-outcome.js';
import type { Classification, Refusals } from './classification.js';
import { RESOLVED_FIRST } from './statement-words.js';

/** Errors of the parser, which reads the whole statement first. */
const SYNTAX: ReadonlySet<number> = new Set([1064, 1065, 1149]);

/**
 * Errors that MySQL raises before a statement runs, unless it runs others:
 * https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
 */
const REFUSALS: ReadonlySet<number> = new Set([
  ...SYNTAX,
  // Privileges.
  ...[1044, 1142, 1143, 1227, 1370, 1820],
  // Unknown schemas, tables, columns, aliases, indexes, routines, sequences, statements, roles and threads.
  ...[1046, 1049, 1051, 1052, 1054, 1066, 1091, 1094, 1095, 1109, 1146, 1176, 1243, 1305, 1356, 1360, 4089, 4091],
  ...[1959, 3523, 3530],
  // What exists already.
  ...[1007, 1008, 1050, 1060, 1061, 1304, 1359],
  // Unknown functions, and wrong numbers or kinds of their arguments.
  ...[1128, 1318, 1582, 1583, 1584, 1630],
  // Columns, groups and clauses that do not fit.
  ...[1055, 1056, 1058, 1110, 1111, 1136, 1140, 1221, 1222, 1235, 1241, 1248, 1250, 1295, 1327],
  // Names that are no names.
  ...[1059, 1102, 1103, 1166],
  // Variables, and values that they do not have.
  ...[1115, 1193, 1228, 1229, 1231, 1232, 1238, 1253, 1273, 1298],
  // Statements that the server does not allow.
  ...[1148, 1289, 3948],
]);

/** Whether MySQL has refused a statement with an error that shows that nothing of it has run. */
export function hasRunNothing({ refusals, runsStoredCode }: Classification, { errno }: StatementOutcome): boolean {
  if (errno === 0 || refusals === 'none' || runsStoredCode) return false;
  return (refusals === 'all' ? REFUSALS : SYNTAX).has(errno);
}

/**
 * Returns which errors show that nothing of a statement has run.
 *
 * @param isPlain it is one statement, which has been read to its end and assigns nothing
 */
export function refusalsOf(
  [first = '', second]: readonly string[],
  words: ReadonlySet<string>,
  isPlain: boolean,
): Refusals {
  const has = (...some: readonly string[]) => some.some((word) => words.has(word));
  if (has('immediate', 'signal', 'resignal')) return 'none';
  if (RESOLVED_FIRST.has(first) && isPlain && second !== 'statement') return 'all';
  return has('execute', 'prepare', 'call') ? 'none' : 'syntax';
}
