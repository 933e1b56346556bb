import { createReadStream, fstatSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { StandardStreams } from '../../system/standard-streams.js';
import { orFail } from '../../system/system-error.js';
import { UsageError } from '../client/command-errors.js';
import { CursorClient } from '../client/cursor-client.js';
import type { RpcEndpoint } from '../client/rpc-endpoint.js';
import type { ImportTask } from '../command/import-options.js';
import { quotedName } from '../command/table-name.js';
import { Interrupts } from '../sql/interrupts.js';
import { ImportReport } from './import-report.js';
import { type ImportFile, ImportRun } from './import-run.js';
import { tableColumns } from './table-columns.js';

/** Milliseconds to close the session at the end. */
const CLOSE_TIMEOUT = 5000;

/**
 * Imports the rows of a file.
 *
 * @param service the database service
 * @returns the exit status
 */
export async function runImport(
  task: ImportTask,
  service: RpcEndpoint,
  { stdin, stderr }: StandardStreams,
): Promise<number> {
  if (task.encoding !== undefined) (await import('./encoded-text.js')).checkEncoding(task.encoding);
  const file = openFile(task.file, stdin);
  const report = new ImportReport((text) => void stderr.write(text), stderr.isTTY === true, file.size);
  const interrupts = new Interrupts();
  interrupts.listen();
  try {
    return await runIn(service, task, file, report, interrupts);
  } finally {
    file.input.destroy();
    service.http.close();
    interrupts.end();
  }
}

async function runIn(
  service: RpcEndpoint,
  task: ImportTask,
  file: ImportFile,
  report: ImportReport,
  interrupts: Interrupts,
): Promise<number> {
  const { signal } = interrupts;
  const table = await tableColumns(service, task.table, signal);
  // Tells why there are none.
  if (table.columns.length === 0) {
    await service.call('execute', [`select 1 from ${task.table.map(quotedName).join('.')} limit 0`, []], signal);
  }
  const cursor = await CursorClient.open(service, signal);
  try {
    return await new ImportRun(task, file, table, report).run(cursor, interrupts);
  } finally {
    await cursor.close(AbortSignal.timeout(CLOSE_TIMEOUT)).catch(() => {});
  }
}

/** Opens the file at once, before the database is asked for anything. */
function openFile(path: string, stdin: Readable): ImportFile & { readonly size?: number } {
  if (path === '-') return { name: 'standard input', input: stdin };
  return orFail(UsageError, path, () => {
    const fd = openSync(path, 'r');
    return { name: path, input: createReadStream(path, { fd, highWaterMark: 256 * 1024 }), size: fstatSync(fd).size };
  });
}
