import type { Writable } from 'node:stream';
import { packageVersion } from '../system/package-file.js';
import type { StandardStreams } from '../system/standard-streams.js';
import { ConfigurationError, oneLine, problemLine, StartFailure, UsageError } from './configuration/problems.js';

/** Runs `bin/netsvc`. Resolves to the exit status when the server has stopped. */
export async function main(args: readonly string[], streams: StandardStreams = process): Promise<number> {
  const { stdout, stderr } = streams;
  try {
    // Each part is loaded only if it is used, because loading takes longer than most of them run.
    if (args[0] === 'passwd') await (await import('./commands/passwd.js')).passwd(args.slice(1), streams);
    else if (args.length === 1 && args[0] === '--version') stdout.write(`${packageVersion()}\n`);
    else return await (await import('./commands/run.js')).run(args, packageVersion(), streams);
    return 0;
  } catch (error) {
    if (error instanceof ConfigurationError) return report(error, stderr);
    if (error instanceof UsageError) return error.shown ? 0 : fail(error.message, 2, stderr);
    if (error instanceof StartFailure) return fail(error.message, 1, stderr);
    throw error;
  }
}

/** Prints each error of the configuration in a line of its own. */
function report({ problems }: ConfigurationError, stderr: Writable): number {
  for (const problem of problems) stderr.write(`${problemLine(problem)}\n`);
  return 2;
}

function fail(message: string, status: number, stderr: Writable): number {
  stderr.write(`netsvc: ${oneLine(message)}\n`);
  return status;
}
