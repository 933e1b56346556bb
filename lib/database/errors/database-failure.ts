import { ServiceFailure } from '../../netsvc/service-failure.js';
import { MysqlError, ProgrammingError } from './mysql-error.js';

/** The errnos that MySQLdb raises as ProgrammingError (its `_mysql.c`, `_mysql_Exception`). */
const PROGRAMMING_ERRNOS = new Set([1007, 1064, 1102, 1103, 1110, 1111, 1112, 1113, 1146, 1149, 1179, 2014]);

/**
 * Converts an error to the fault of OSE's database service. The errors that MySQLdb raises as ProgrammingError have
 * code 1, origin `db` and the text of the Python exception; all others have MySQL's number and message, and origin
 * `mysql`.
 *
 * @returns undefined if it is not an error of the database
 */
export function databaseFailure(error: unknown): ServiceFailure | undefined {
  if (error instanceof ProgrammingError) return programmingError(error.message, error);
  if (!(error instanceof MysqlError)) return undefined;
  if (PROGRAMMING_ERRNOS.has(error.errno)) {
    return programmingError(`(${error.errno}, ${pythonRepr(error.message)})`, error);
  }
  return new ServiceFailure(error.errno, error.message, 'mysql', '', { cause: error });
}

function programmingError(details: string, cause: Error): ServiceFailure {
  return new ServiceFailure(1, 'Programming Error', 'db', details, { cause });
}

/** Returns Python 2's `repr` of a str with `text` in UTF-8, which `str` of an exception contains. */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let repr = '';
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    if (character === quote || character === '\\') repr += `\\${character}`;
    else if (byte >= 0x20 && byte < 0x7f) repr += character;
    else repr += ESCAPES[character] ?? `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return quote + repr + quote;
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Runs a method, async or not, and converts the errors of the database that it throws to faults. */
export function withDatabaseFailures(run: () => unknown): unknown {
  const rethrow = (error: unknown): never => {
    throw databaseFailure(error) ?? error;
  };
  try {
    const result = run();
    return result instanceof Promise ? result.catch(rethrow) : result;
  } catch (error) {
    return rethrow(error);
  }
}
