import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { SupervisedServer } from '../server-supervision.js';
import { type ConnectionHandle, type Handover, isHandover } from './connection-handover.js';
import { connectTo, type PrimaryMethods, type WorkerCalls, type WorkerMethods } from './worker-channel.js';
import { WORKER_START, type WorkerStart, WorkerStartFailure } from './worker-start.js';

/** What the workers report to the primary process. */
export interface WorkerEvents extends Omit<PrimaryMethods, 'ready'> {
  /** A connection belongs to another worker. */
  passed(message: Handover, handle: ConnectionHandle): void;
  ended(): void;
}

/** A worker: one process after the other with the same number. */
export class WorkerProcess implements SupervisedServer {
  readonly kind = 'a worker';
  readonly title: string;
  readonly name: string;
  /** The methods of the process that is running now. */
  calls: WorkerCalls | undefined;
  ended: Promise<string> = Promise.resolve('not started');
  readonly #start: WorkerStart;
  readonly #events: WorkerEvents;
  #process: Worker | undefined;

  constructor(start: WorkerStart, events: WorkerEvents) {
    this.name = String(start.worker);
    this.title = `worker ${start.worker}`;
    this.#start = start;
    this.#events = events;
  }

  get number(): number {
    return this.#start.worker;
  }

  /**
   * Starts the process. Resolves when it is ready.
   *
   * @throws {WorkerStartFailure}
   */
  restart(): Promise<Parameters<PrimaryMethods['ready']>[0]> {
    const worker = cluster.fork({ [WORKER_START]: JSON.stringify(this.#start) });
    this.#process = worker;
    this.ended = this.#endOf(worker);
    return new Promise((resolve, reject) => {
      const { passed, ended, ...events } = this.#events;
      this.calls = connectTo<WorkerMethods, PrimaryMethods>(
        { ...events, ready: resolve },
        {
          send: (message) => void worker.send(message as object),
          receive: (listener) => void worker.on('message', (message) => isHandover(message) || listener(message)),
        },
      );
      worker.on('message', (message: unknown, handle: unknown) => {
        if (isHandover(message)) passed(message, handle as ConnectionHandle);
      });
      worker.once('exit', (status: number | null) => {
        ended();
        reject(new WorkerStartFailure(status ?? 1));
      });
    });
  }

  /** Passes a connection to the process. @returns whether it is running */
  send(message: Handover, handle: ConnectionHandle): boolean {
    if (!this.#process?.isConnected()) return false;
    const send = this.#process.process.send as (...parameters: unknown[]) => boolean;
    send.call(this.#process.process, message, handle, {}, () => handle.close());
    return true;
  }

  kill(): void {
    this.#process?.process.kill('SIGKILL');
  }

  async #endOf(worker: Worker): Promise<string> {
    const [status, signal] = (await once(worker, 'exit')) as [number | null, string | null];
    this.calls?.$close();
    this.calls = undefined;
    return signal === null ? `exited with status ${status}` : `killed by ${signal}`;
  }
}
