import { createReadStream, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { orFail } from '../system/system-error.js';
import type { Source } from './command-line.js';
import { Fault, Interrupted, outcomeOf, STATUS, UsageError } from './failure.js';
import { readAhead } from './read-ahead.js';
import type { Report } from './report.js';
import type { SqlSession } from './sql-session.js';
import { readStatements, statementsOf } from './statement-source.js';
import type { Statement } from './statement-splitter.js';
import type { Argument } from './typed-arguments.js';

/** The statements of a command, and whether errors tell their lines. */
export interface Script {
  readonly statements: Iterable<Statement> | AsyncIterable<Statement>;
  readonly lines: boolean;
}

/**
 * @param signal ends reading
 * @throws {UsageError} if there are arguments, and not one statement for them
 */
export function scriptOf(source: Source, args: readonly unknown[], stdin: Readable, signal: AbortSignal): Script {
  if (typeof source === 'object' && 'sql' in source) {
    const statements = statementsOf(source.sql);
    if (args.length > 0 && statements.length !== 1) {
      throw new UsageError(`arguments need one statement, found ${statements.length}`);
    }
    return { statements, lines: false };
  }
  const file = typeof source === 'object' ? source.file : undefined;
  const input = file === undefined ? stdin : openFile(file);
  signal.addEventListener('abort', () => input.destroy(signal.reason as Error));
  const statements = readAhead(readStatements(file ?? 'standard input', input), () => input.destroy());
  return { statements, lines: true };
}

/** Bytes of a file that are read at once. */
const READ_SIZE = 256 * 1024;

/** Opens it at once, before the database is asked for anything. */
function openFile(file: string): Readable {
  return orFail(UsageError, file, () => createReadStream(file, { fd: openSync(file, 'r'), highWaterMark: READ_SIZE }));
}

/**
 * Runs statements one after another.
 *
 * @param force continue after a fault, or a statement that the user has stopped
 * @returns the exit status
 */
export async function runScript(
  { statements, lines }: Script,
  args: readonly Argument[],
  session: SqlSession,
  report: Report,
  { force, signal }: { readonly force: boolean; readonly signal: AbortSignal },
): Promise<number> {
  let status: number = STATUS.OK;
  for await (const statement of statements) {
    try {
      await session.run(statement, statement.literals ?? args);
    } catch (error) {
      const failure = lines && error instanceof Fault ? new Fault(error.code, error.text, statement.line) : error;
      const recoverable = failure instanceof Fault || failure instanceof Interrupted;
      if (!force || !recoverable || signal.aborted) throw failure;
      report.error(outcomeOf(failure).message ?? failure.message);
      status = STATUS.FAULT;
    }
  }
  return status;
}
