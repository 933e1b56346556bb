import { systemErrorText } from '../system/system-error.js';
import { Interrupted, UsageError } from './failure.js';
import { type Statement, StatementSplitter } from './statement-splitter.js';

/** Yields the statements of a text. */
export function statementsOf(text: string): Statement[] {
  const splitter = new StatementSplitter();
  const statements = splitter.write(text);
  const last = splitter.end();
  return last ? [...statements, last] : statements;
}

/**
 * Yields the statements of a file, or of standard input, as they arrive.
 *
 * @param name for errors
 * @throws {UsageError} if it cannot be read or is not UTF-8
 */
export async function* readStatements(name: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Statement> {
  const splitter = new StatementSplitter();
  // The beginning of a line.
  let tail = '';
  for await (const text of decoded(name, chunks)) {
    const end = text.lastIndexOf('\n') + 1;
    if (end > 0) yield* splitter.write(tail + text.slice(0, end));
    tail = end > 0 ? text.slice(end) : tail + text;
  }
  yield* splitter.write(tail);
  const last = splitter.end();
  if (last) yield last;
}

async function* decoded(name: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    const reason = error instanceof TypeError ? 'not UTF-8' : systemErrorText(error);
    throw new UsageError(`${name}: ${reason}`);
  }
}
