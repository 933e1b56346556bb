import type { Readable } from 'node:stream';
import type { StandardStreams } from '../system/standard-streams.js';
import type { RpcEndpoint } from './client/rpc-endpoint.js';
import type { Argument } from './client/typed-arguments.js';
import type { SqlTask } from './command/command-line.js';
import type { Output } from './command/output.js';
import type { ResultFormat } from './formats/formats.js';
import { Interrupts } from './sql/interrupts.js';
import { Report } from './sql/report.js';
import { runScript, scriptOf } from './sql/script.js';
import { SqlSession } from './sql/sql-session.js';

/**
 * Runs the statements of a command line, or those that are typed.
 *
 * @param service the database service
 * @returns the exit status
 */
export async function runSql(
  task: SqlTask,
  service: RpcEndpoint,
  output: Output,
  { stdin, stdout, stderr }: StandardStreams,
): Promise<number> {
  const { force } = task;
  const interactive = task.source === 'any' && stdin.isTTY === true;
  const format = { ...task.print, ...formatOf(task, interactive, stdout) };
  const report = new Report((text) => void stderr.write(text), {
    counts: interactive || (format.name === 'table' && stdout.isTTY === true),
    progress: stderr.isTTY === true && stdout.isTTY !== true,
  });
  const args = await parsed(task.args);
  const interrupts = new Interrupts();
  interrupts.listen();
  const session = new SqlSession(service, interrupts, output, report, format);
  try {
    const status = interactive
      ? await (await import('./prompt/conversation.js')).converse({ session, service, interrupts, report, force })
      : await execute(task, args, stdin, { session, interrupts, report });
    await output.flush();
    return status;
  } finally {
    await session.close();
    service.http.close();
    interrupts.end();
  }
}

/** Without an option, a prompt prints what fits into its terminal, if that tells its width. */
function formatOf({ format }: SqlTask, interactive: boolean, stdout: StandardStreams['stdout']): ResultFormat {
  if (format !== undefined) return { name: format };
  if (!stdout.isTTY) return { name: 'tsv' };
  return interactive
    ? { name: 'table', width: () => process.stdout.columns || Number.POSITIVE_INFINITY }
    : { name: 'table' };
}

/** What runs the statements of a script. */
interface Execution {
  readonly session: SqlSession;
  readonly interrupts: Interrupts;
  readonly report: Report;
}

async function execute(
  { source, force }: SqlTask,
  args: readonly Argument[],
  stdin: Readable,
  { session, interrupts: { signal }, report }: Execution,
): Promise<number> {
  const script = scriptOf(source, args, stdin, signal);
  // Also without a statement, so that errors of the URL and the login are told.
  await session.open();
  return runScript(script, args, session, report, { force, signal });
}

/** The module that parses arguments is loaded only if there are some. */
async function parsed(args: readonly string[]): Promise<Argument[]> {
  if (args.length === 0) return [];
  const { parseArgument } = await import('./client/typed-arguments.js');
  return args.map(parseArgument);
}
