import { rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'mysql2';
import type { Users } from '../../access/users.js';
import type { ConnectionOwners } from '../../http/connection-owners.js';
import { HttpDaemon } from '../../http/http-daemon.js';
import type { Servlet } from '../../http/servlet.js';
import type { Log } from '../../netsvc/log.js';
import {
  type ConnectionHandle,
  type Handover,
  isHandover,
  receiveConnection,
  sendConnection,
} from './connection-handover.js';
import { ForwardingServlet, forwardingSocket } from './forwarding-servlet.js';
import { SharedSessionLimits } from './shared-session-limits.js';
import { connectTo, type PrimaryCalls, type WorkerMethods } from './worker-channel.js';
import { otherWorkerOf } from './worker-instance.js';
import type { WorkerLoads } from './worker-loads.js';
import type { WorkerStart } from './worker-start.js';

interface SharedParts {
  readonly primary: PrimaryCalls;
  readonly loads: WorkerLoads;
  readonly maxSessions: number;
}

/** Milliseconds between two reports of the load. */
const LOAD_INTERVAL = 100;

/** What a worker shares with the others: limits, failed logins, and requests for sessions of another one. */
export class Siblings {
  readonly sessionLimits: SharedSessionLimits;
  /** Of the private server of all workers. */
  readonly privateServer: ConnectionOptions | undefined;
  readonly #start: WorkerStart;
  readonly #primary: PrimaryCalls;
  readonly #loads: WorkerLoads;
  #loadTimer: NodeJS.Timeout | undefined;
  #daemon: HttpDaemon | undefined;
  #servlet: ForwardingServlet | undefined;

  constructor(start: WorkerStart, { primary, loads, maxSessions }: SharedParts) {
    this.#start = start;
    this.#primary = primary;
    this.#loads = loads;
    this.privateServer = start.privateServer;
    this.sessionLimits = new SharedSessionLimits(primary, maxSessions);
  }

  /** Returns the servlet for the listeners, which forwards the requests for sessions of other workers. */
  serve(own: Servlet, log: Log): Servlet {
    const { folder, worker } = this.#start;
    // Only this user can connect to the socket, so that the addresses that it gives are those of clients.
    const isProxy = (address: string) => address === '';
    this.#daemon = new HttpDaemon({ path: forwardingSocket(folder, worker), isProxy, log });
    this.#daemon.attach('/', own);
    this.#servlet = new ForwardingServlet(own, this.#start);
    return this.#servlet;
  }

  /** Passes connections of a listener to the workers whose sessions their first requests are for. */
  ownersOf(listener: number): ConnectionOwners {
    const pass = (worker: number, socket: Socket, unread: Buffer) =>
      sendConnection(socket, { handover: { worker, listener, unread } }, sendToPrimary);
    return {
      balance: (socket) => {
        const worker = this.#loads.takeLighter();
        if (worker !== undefined) pass(worker, socket, Buffer.alloc(0));
        return worker !== undefined;
      },
      isElsewhere: (url) => otherWorkerOf(url, this.#start) !== undefined,
      pass: (socket, unread, url) => pass(otherWorkerOf(url, this.#start) ?? this.#start.worker, socket, unread),
    };
  }

  /** Counts the failed logins of the other workers. */
  share(users: Users): void {
    users.loginFailed = (host) => void this.#primary.loginFailed.asEvent(host).catch(() => {});
  }

  /** Begins to receive the requests and connections of other workers. */
  async start(adopt: (listener: number, socket: Socket, unread: Buffer) => void): Promise<void> {
    // A worker that was killed has left its socket.
    rmSync(forwardingSocket(this.#start.folder, this.#start.worker), { force: true });
    await this.#daemon?.start();
    this.#reportLoad();
    process.on('message', (message: unknown, handle: unknown) => {
      if (!isHandover(message)) return;
      const { listener, unread } = message.handover;
      adopt(listener, receiveConnection(handle as ConnectionHandle), Buffer.from(unread));
    });
  }

  /** Reports the load when it has changed. */
  #reportLoad(): void {
    let reported = -1;
    const report = () => {
      const { own } = this.#loads;
      if (own !== reported) this.#primary.loadChanged.asEvent(own).catch(() => {});
      reported = own;
    };
    report();
    this.#loadTimer = setInterval(report, LOAD_INTERVAL).unref();
  }

  /** Gets no more connections from the others, because this worker is about to stop. */
  leave(): void {
    clearInterval(this.#loadTimer);
    this.#primary.loadChanged.asEvent(Number.POSITIVE_INFINITY).catch(() => {});
  }

  /** Forwarded requests are still answered. */
  async stop(grace: number): Promise<void> {
    await this.#daemon?.stop(grace);
  }

  /** Closes the connections to other workers. */
  end(): void {
    this.#servlet?.end();
  }
}

/** Returns the methods of the primary process. @param methods of this worker */
export function connectToPrimary(methods: WorkerMethods): PrimaryCalls {
  return connectTo(methods, {
    send: (message) => void process.send?.(message, undefined, undefined, () => {}),
    receive: (listener) => void process.on('message', (message) => isHandover(message) || listener(message)),
  });
}

function sendToPrimary(message: Handover, handle: ConnectionHandle, sent: () => void): void {
  // The type of the parameter does not have all handles that Node.js sends.
  const send = process.send as
    | ((message: Handover, handle: unknown, options: object, sent: () => void) => void)
    | undefined;
  send?.call(process, message, handle, {}, sent);
}
