import { createReadStream, openSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Readable } from 'node:stream';
import { orFail } from '../../system/system-error.js';
import { UsageError } from '../client/command-errors.js';
import { readAhead } from '../client/read-ahead.js';
import { type ClientCommand, parseCommand } from '../command/client-command.js';
import { readStatements } from './statement-source.js';
import type { Statement } from './statement-splitter.js';

/** Files that include themselves would never end. */
const MAX_DEPTH = 16;

/** Bytes of a file that are read at once. */
const READ_SIZE = 256 * 1024;

/** A statement, or a command other than `source`, and where it comes from. */
export interface Item {
  readonly statement: Statement;
  readonly command: ClientCommand | undefined;
  /** The file that `source` has named; undefined for the script itself. */
  readonly file: string | undefined;
}

/**
 * Yields statements, and in place of each `source FILE` those of the file.
 *
 * @param signal ends reading
 * @throws {UsageError} if a file cannot be read
 */
export async function* withSources(
  statements: Iterable<Statement> | AsyncIterable<Statement>,
  signal: AbortSignal,
  file?: string,
  depth = 0,
): AsyncGenerator<Item> {
  for await (const statement of statements) {
    const command = statement.command ? parseCommand(statement.sql) : undefined;
    if (depth > 0 && isQuit(command)) return;
    if (command?.name !== 'source') {
      yield { statement, command, file };
      continue;
    }
    if (depth === MAX_DEPTH) throw new UsageError(`source: more than ${MAX_DEPTH} files that contain each other`);
    const path = pathOf(command.argument);
    const input = openScript(path, signal);
    try {
      const read = readAhead(readStatements(path, input), () => input.destroy());
      yield* withSources(read, signal, path, depth + 1);
    } finally {
      input.destroy();
    }
  }
}

/** Whether a command ends a script. In a file that is sourced, it ends the file. */
export function isQuit(command: ClientCommand | undefined): boolean {
  return command?.name === 'quit' || command?.name === 'exit';
}

/** Opens a script at once, before the database is asked for anything. */
export function openScript(path: string, signal: AbortSignal): Readable {
  const open = () => createReadStream(path, { fd: openSync(path, 'r'), highWaterMark: READ_SIZE });
  return abortable(orFail(UsageError, path, open), signal);
}

/** Returns a stream that ends if a signal is aborted. */
export function abortable(input: Readable, signal: AbortSignal): Readable {
  const abort = () => input.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort);
  input.on('close', () => signal.removeEventListener('abort', abort));
  return input;
}

function pathOf(argument: string): string {
  const path = /^(['"])(.*)\1$/s.exec(argument)?.[2] ?? argument;
  if (path === '') throw new UsageError('source: the name of a file is missing');
  return path.replace(/^~(?=\/)/, homedir());
}
