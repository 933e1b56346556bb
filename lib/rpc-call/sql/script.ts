import type { Readable } from 'node:stream';
import { Fault, Interrupted, lineOf, outcomeOf, STATUS, UsageError } from '../client/command-errors.js';
import { readAhead } from '../client/read-ahead.js';
import type { Argument } from '../client/typed-arguments.js';
import { RefusedCommand } from '../command/client-command.js';
import type { Source } from '../command/command-line.js';
import type { Report } from './report.js';
import { runCommand } from './run-command.js';
import { abortable, type Item, isQuit, openScript, withSources } from './sourced-files.js';
import type { SqlSession } from './sql-session.js';
import { readStatements, statementsOf } from './statement-source.js';
import type { Statement } from './statement-splitter.js';

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
  const input = file === undefined ? abortable(stdin, signal) : openScript(file, signal);
  const statements = readAhead(readStatements(file ?? 'standard input', input), () => input.destroy());
  return { statements, lines: true };
}

/**
 * Runs statements one after another.
 *
 * @param force continue after a fault, a statement that the user has stopped, or a command that does not exist
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
  for await (const item of withSources(statements, signal)) {
    const { statement, command } = item;
    if (isQuit(command)) break;
    try {
      if (command) await runCommand(command, session);
      else await session.run(statement, statement.literals ?? args);
    } catch (error) {
      const failure = lines || item.file !== undefined ? located(error, item) : error;
      const recoverable = failure instanceof Fault || failure instanceof Interrupted || error instanceof RefusedCommand;
      if (!force || !recoverable || signal.aborted) throw failure;
      report.error(outcomeOf(failure).message ?? 'interrupted');
      status = STATUS.FAULT;
    }
  }
  return status;
}

/** Returns an error with the place of its statement. */
export function located(error: unknown, { statement, file }: Item): unknown {
  if (error instanceof Fault) return new Fault(error.code, error.text, statement.line, file);
  return error instanceof RefusedCommand ? new UsageError(`${lineOf(statement.line, file)}: ${error.message}`) : error;
}
