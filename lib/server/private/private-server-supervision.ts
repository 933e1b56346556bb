import { setTimeout } from 'node:timers/promises';
import type { Log } from '../../netsvc/log.js';
import { StartFailure } from '../configuration/problems.js';
import { ServerUnavailable } from './mysqld-program.js';
import { PrivateServer } from './private-server.js';

/** The server is given up after so many ends within so many milliseconds, and after so many failed restarts. */
const MAX_ENDS = 3;
const PERIOD = 60_000;

const PAUSE = 1000;

/** Starts the private server of a data folder. @param abandoned makes it stop by itself @throws {StartFailure} */
export async function startPrivateServer(folder: string, abandoned: AbortSignal): Promise<PrivateServer> {
  try {
    return await PrivateServer.start(folder, [], abandoned);
  } catch (error) {
    throw error instanceof ServerUnavailable ? new StartFailure(error.message, { cause: error }) : error;
  }
}

/**
 * Starts a private server again whenever it ends, until `signal` is aborted.
 *
 * @param options `clock`: monotonic milliseconds; `pause`: milliseconds after a restart that failed
 * @returns why the server was given up; undefined if `signal` was aborted
 */
export async function supervise(
  server: Pick<PrivateServer, 'name' | 'ended' | 'restart'>,
  log: Log,
  signal: AbortSignal,
  { clock = () => performance.now(), pause = PAUSE } = {},
): Promise<string | undefined> {
  const { name } = server;
  const aborted = new Promise<string>((resolve) => {
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
  let ends: number[] = [];
  let failures = 0;
  let reason = await Promise.race([server.ended, aborted]);
  while (!signal.aborted) {
    const now = clock();
    ends = [...ends.filter((time) => time > now - PERIOD), now];
    if (ends.length >= MAX_ENDS || failures >= MAX_ENDS) {
      return failures > 0 ? reason : `the private ${name} ended ${MAX_ENDS} times within a minute: ${reason}`;
    }
    log.warn({ server: name, reason }, 'the private server has ended; starting it again');
    try {
      await server.restart();
      failures = 0;
      log.info({ server: name }, 'the private server runs again');
      reason = await Promise.race([server.ended, aborted]);
    } catch (error) {
      failures++;
      reason = error instanceof Error ? error.message : String(error);
      await setTimeout(pause, undefined, { signal }).catch(() => {});
    }
  }
  return undefined;
}
