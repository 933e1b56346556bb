import { readFile } from 'node:fs/promises';

/** Microseconds of processor time that a process has used. The kernel counts them in hundredths of a second. */
export async function processorTime(pid: number | undefined): Promise<number> {
  const [, text = ''] = /.*\) (.*)/s.exec(await readFile(`/proc/${pid}/stat`, 'utf8')) ?? [];
  const fields = text.split(' ').map(Number);
  return ((fields[11] ?? 0) + (fields[12] ?? 0)) * 10_000;
}

/** Runs `work`, and measures the microseconds that each process uses meanwhile. */
export async function processorTimes<T>(
  pids: readonly (number | undefined)[],
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly used: readonly number[] }> {
  const before = await Promise.all(pids.map(processorTime));
  const result = await work();
  const after = await Promise.all(pids.map(processorTime));
  return { result, used: after.map((time, i) => time - (before[i] ?? 0)) };
}
