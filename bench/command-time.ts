import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a command with its input and output as files, and prints the seconds and the peak memory in KB that it took. */
const MEASURE = `
import os, sys, time
begun = time.monotonic()
pid = os.fork()
if pid == 0:
    os.dup2(os.open(sys.argv[1], os.O_RDONLY), 0)
    os.dup2(os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    os.execvp(sys.argv[3], sys.argv[3:])
_, status, usage = os.wait4(pid, 0)
print(time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
`;

export interface CommandTime {
  readonly seconds: number;
  /** Of the processor, by the command alone. */
  readonly processor: number;
  readonly megabytes: number;
}

/** Measures a command. @throws if it fails */
export async function commandTime(
  command: readonly string[],
  { input = '/dev/null', output = '/dev/null' } = {},
): Promise<CommandTime> {
  const { stdout } = await promisify(execFile)('python3', ['-c', MEASURE, input, output, ...command]);
  const [seconds = 0, processor = 0, kilobytes = 0] = stdout.split(' ').map(Number);
  return { seconds, processor, megabytes: (kilobytes * 1024) / 1e6 };
}
