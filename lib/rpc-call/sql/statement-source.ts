import { systemErrorText } from '../../system/system-error.js';
import { YoungGeneration } from '../../system/young-generation.js';
import { Interrupted, UsageError } from '../client/command-errors.js';
import { textStatement, UnsendableBytes } from '../values/byte-literals.js';
import { ScriptCharset } from './script-charset.js';
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
 * @throws {UsageError} if it cannot be read, or contains bytes that are not UTF-8 in other places than strings
 */
export async function* readStatements(name: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Statement> {
  const splitter = new StatementSplitter();
  const charset = new ScriptCharset();
  const text = (statement: Statement) => textOf(name, statement, charset);
  const space = new YoungGeneration();
  // The beginning of a line.
  let tail = '';
  for await (const bytes of read(name, chunks)) {
    const end = bytes.lastIndexOf('\n') + 1;
    if (end > 0) for (const statement of splitter.write(tail + bytes.slice(0, end))) yield text(statement);
    tail = end > 0 ? bytes.slice(end) : tail + bytes;
    space.limit();
  }
  for (const statement of splitter.write(tail)) yield text(statement);
  const last = splitter.end();
  if (last) yield text(last);
}

/** Yields text with a character for each byte: all that splits a script is ASCII. */
async function* read(name: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let isFirst = true;
  try {
    for await (const chunk of chunks) {
      const bytes = chunk.toString('latin1');
      if (isFirst && UTF_16.test(bytes)) throw new UsageError(`${name}: UTF-16: convert it to UTF-8`);
      yield isFirst ? bytes.replace(BYTE_ORDER_MARK, '') : bytes;
      isFirst = false;
    }
  } catch (error) {
    if (error instanceof Interrupted || error instanceof UsageError) throw error;
    throw new UsageError(`${name}: ${systemErrorText(error)}`);
  }
}

const BYTE_ORDER_MARK = /^\u00ef\u00bb\u00bf/;

/** As PowerShell writes what a program prints. */
const UTF_16 = /^(?:\u00ff\u00fe|\u00fe\u00ff)/;

/** Statements in which dumps have strings of bytes. In others, they are text in another character set. */
const STORING = /\b(?:insert|replace|create|alter)\b/i;
const MAX_HEAD = 1000;

function textOf(name: string, statement: Statement, charset: ScriptCharset): Statement {
  try {
    const { sql } = statement;
    charset.read(sql);
    return { ...statement, ...textStatement(sql, charset.isUtf8 && STORING.test(sql.slice(0, MAX_HEAD))) };
  } catch (error) {
    if (!(error instanceof UnsendableBytes)) throw error;
    const line = statement.textLine + (statement.sql.slice(0, error.at).match(/\n/g) ?? []).length;
    const advice = charset.isUtf8
      ? 'convert the file to UTF-8'
      : `but ${charset.name}: write the dump with --default-character-set=utf8mb4`;
    throw new UsageError(`${name}: line ${line}: not UTF-8${charset.isUtf8 ? ': ' : ', '}${advice}`);
  }
}
