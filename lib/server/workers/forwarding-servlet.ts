import { Agent } from 'node:http';
import { join } from 'node:path';
import type { Reception, RequestHead, Servlet } from '../../http/servlet.js';
import { ForwardedRequest } from './forwarded-request.js';
import { otherWorkerOf } from './worker-instance.js';
import type { WorkerStart } from './worker-start.js';

/** The path of the socket on which a worker receives the requests of others. */
export function forwardingSocket(folder: string, worker: number): string {
  return join(folder, `${worker}.sock`);
}

/**
 * Answers the requests for the sessions of this worker, and forwards those for the sessions of others: on connections
 * that cannot be passed to their workers, such as those with TLS or with requests for several sessions.
 */
export class ForwardingServlet implements Servlet {
  readonly #own: Servlet;
  readonly #start: WorkerStart;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(own: Servlet, start: WorkerStart) {
    this.#own = own;
    this.#start = start;
  }

  receive(head: RequestHead): Reception | Promise<Reception> {
    const owner = otherWorkerOf(head.path, this.#start);
    if (owner === undefined) return this.#own.receive(head);
    return new ForwardedRequest(head, forwardingSocket(this.#start.folder, owner), this.#agent);
  }

  end(): void {
    this.#agent.destroy();
  }
}
