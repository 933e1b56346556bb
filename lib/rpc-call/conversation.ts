import { outcomeOf, STATUS } from './failure.js';
import { HistoryFile } from './history-file.js';
import type { Interrupts } from './interrupts.js';
import { Prompt } from './prompt.js';
import type { Report } from './report.js';
import type { SqlSession } from './sql-session.js';

/**
 * Runs the statements that are typed, whatever happens to them.
 *
 * @param name stands in the prompt
 * @returns the exit status
 */
export async function converse(
  session: SqlSession,
  interrupts: Interrupts,
  report: Report,
  name: string,
): Promise<number> {
  const { stdin, stdout, stderr, env } = process;
  await session.open();
  const output = stdout.isTTY ? stdout : stderr;
  const prompt = new Prompt({ name, input: stdin, output, history: new HistoryFile(env), interrupts });
  await prompt.run(async (statement) => {
    try {
      await session.run(statement, []);
    } catch (error) {
      report.error(outcomeOf(error).message ?? 'interrupted');
    }
  });
  interrupts.signal.throwIfAborted();
  return STATUS.OK;
}
