import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Address } from '../listener-address.js';
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
  restart(): Promise<readonly Address[]> {
    const worker = cluster.fork({ [WORKER_START]: JSON.stringify(this.#start) });
    this.#process = worker;
    return new Promise((resolve, reject) => {
      const { passed, ended, ...events } = this.#events;
      const ready = (addresses: readonly Address[]) => {
        // Before, messages would be lost while it loads its modules.
        this.calls = calls;
        resolve(addresses);
      };
      const calls = connectTo<WorkerMethods, PrimaryMethods>(
        { ...events, ready },
        {
          // With a callback, because without one an error of a process that has just ended is thrown.
          send: (message) => void worker.process.send?.(message as object, () => {}),
          receive: (listener) => void worker.on('message', (message) => isHandover(message) || listener(message)),
        },
      );
      worker.on('message', (message: unknown, handle: unknown) => {
        if (isHandover(message)) passed(message, handle as ConnectionHandle);
      });
      this.ended = once(worker, 'exit').then(([status, signal]: (number | string | null)[]) => {
        calls.$close();
        this.calls = undefined;
        ended();
        reject(new WorkerStartFailure(Number(status ?? 1)));
        return signal === null ? `exited with status ${status}` : `killed by ${signal}`;
      });
    });
  }

  /** Passes a connection to the process. @returns whether it is running */
  send(message: Handover, handle: ConnectionHandle): boolean {
    if (this.calls === undefined || this.#process === undefined) return false;
    const { process } = this.#process;
    // Its type does not have all handles that Node.js sends.
    const send = process.send as (message: Handover, handle: unknown, options: object, sent: () => void) => boolean;
    send.call(process, message, handle, {}, () => handle.close());
    return true;
  }

  /** Stops the process. Rejects if it ends before it says that it has stopped. */
  async stop(): Promise<void> {
    if (this.calls) await this.calls.stop();
    // It has no clients yet.
    else this.#process?.process.kill('SIGTERM');
  }

  kill(): void {
    this.#process?.process.kill('SIGKILL');
  }
}
