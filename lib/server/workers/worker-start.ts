import type { ConnectionOptions } from 'mysql2';

/** What a worker is told when it is started. */
export interface WorkerStart {
  /** From 1. A worker that takes the place of one that has ended has the same number. */
  readonly worker: number;
  readonly workers: number;
  /** The folder of the sockets on which workers receive the calls of others. */
  readonly folder: string;
  /** Of the private server, if no databases are configured. */
  readonly privateServer?: ConnectionOptions | undefined;
}

/** The variable of the environment with which a worker is started. */
export const WORKER_START = 'NETSVC_WORKER';

/** Returns what this process was started with if it is a worker. Processes that it starts are none. */
export function takeWorkerStart(env: NodeJS.ProcessEnv): WorkerStart | undefined {
  const start = env[WORKER_START];
  delete env[WORKER_START];
  return start === undefined ? undefined : (JSON.parse(start) as WorkerStart);
}

/** A worker could not start, and has said why on standard error. */
export class WorkerStartFailure extends Error {
  constructor(readonly status: number) {
    super(`a worker could not start and exited with status ${status}`);
  }
}
