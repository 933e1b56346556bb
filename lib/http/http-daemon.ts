import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { consoleLog, type Log } from '../netsvc/log.js';
import { ServiceFailure } from '../netsvc/service-failure.js';
import { brokenRequest, refuseSocket } from './broken-request.js';
import type { Conversation } from './conversation.js';
import { HttpConversation } from './http-conversation.js';
import { type ConnectionHost, OrdinaryConnection } from './ordinary-connection.js';
import { EXPECTATION_FAILED, FORBIDDEN, INTERNAL_ERROR, METHOD_NOT_ALLOWED, NOT_FOUND } from './refusals.js';
import { pathBelow, requestPath } from './request-path.js';
import { ResponseChannel } from './response-channel.js';
import type { Reception, Servlet } from './servlet.js';

export interface HttpDaemonOptions {
  /** 8000 by default; 0 takes a free one. */
  readonly port?: number;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** Seconds that the head of a request may take to arrive; 60 by default. */
  readonly headersTimeout?: number;
  /** Seconds that a whole request may take to arrive; 300 by default. */
  readonly requestTimeout?: number;
  /** Gets what servlets and `authorise` throw, and what goes wrong with the listener. */
  readonly log?: Log;
}

/**
 * How long an idle connection is kept, in milliseconds. Long, because Python's and Java's clients send a call again when
 * they find their connection closed, and a connection that closes as the call comes cannot tell them that it was not seen.
 */
const KEEP_ALIVE = 75_000;

/** What requests cut short at the end of the grace have to say so to their clients, in milliseconds. */
const ABORTED_ANSWER = 2000;

/**
 * Listens for HTTP and hands requests to the servlets attached below its paths. Override `authorise` to say which hosts
 * may come in.
 *
 * @example
 * const daemon = new HttpDaemon({ port: 8000 });
 * daemon.attach('/', new RpcGateway('web-services'));
 * await daemon.start();
 */
export class HttpDaemon {
  readonly #options: Required<HttpDaemonOptions>;
  readonly #server: Server;
  /** Longest path first. */
  #servlets: { readonly path: string; readonly servlet: Servlet }[] = [];
  readonly #allowed = new WeakMap<Socket, boolean | Promise<boolean>>();
  readonly #conversations = new Set<Conversation>();
  /** The connections that node:http has no part in. */
  readonly #ordinary = new Set<OrdinaryConnection>();
  #stopping: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor({
    port = 8000,
    host = '127.0.0.1',
    headersTimeout = 60,
    requestTimeout = 300,
    log = consoleLog,
  }: HttpDaemonOptions = {}) {
    this.#options = { port, host, headersTimeout, requestTimeout, log };
    this.#server = createServer({
      // Tcl's client, among others, sends no Host.
      requireHostHeader: false,
      keepAliveTimeout: KEEP_ALIVE,
      headersTimeout: headersTimeout * 1000,
      requestTimeout: requestTimeout * 1000,
      connectionsCheckingInterval: Math.min(headersTimeout, requestTimeout, 10) * 500,
    });
    this.#listen();
  }

  /** Whether a host may use the server at all; asked once for each connection, with the peer's numeric address. */
  authorise(_host: string): boolean | Promise<boolean> {
    return true;
  }

  /** Gives the requests for `path` and all below it to `servlet`; where paths nest, the longest one wins. */
  attach(path: string, servlet: Servlet): void {
    const attached = { path: attachPath(path), servlet };
    this.detach(path);
    this.#servlets = [...this.#servlets, attached].sort((a, b) => b.path.length - a.path.length);
  }

  detach(path: string): void {
    const detached = attachPath(path);
    this.#servlets = this.#servlets.filter(({ path }) => path !== detached);
  }

  /** Starts listening. @throws Node's error, with its code, when it cannot (EADDRINUSE, EACCES) */
  async start(): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port, this.#options.host, () => {
        this.#server.off('error', reject);
        // A connection that cannot be accepted is no reason to stop.
        this.#server.on('error', (error) => this.#options.log.error({ err: error }, 'listening failed'));
        resolve();
      });
    });
    return this.address;
  }

  /** Where it listens. */
  get address(): AddressInfo {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The daemon is not listening.');
    return address;
  }

  /**
   * Takes no more connections, lets running requests finish, and after `grace` seconds aborts those that have not: they
   * answer fault 58.
   */
  stop(grace = 0): Promise<void> {
    this.#stopping ??= this.#stop(grace);
    return this.#stopping;
  }

  async #stop(grace: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const conversation of [...this.#ordinary, ...this.#conversations]) conversation.closeConnection();
    // A request that has arrived shall be read, and answered.
    for (let turns = 0; turns < 3; turns++) await setImmediate();
    if (!(await this.#drain(grace * 1000))) {
      for (const conversation of this.#conversations) conversation.abort(ServiceFailure.shuttingDown());
      await this.#drain(ABORTED_ANSWER);
    }
    this.#server.closeAllConnections();
    for (const connection of this.#ordinary) connection.cut();
    await closed;
  }

  /** Waits until no request is running; false if that took longer than `milliseconds`. */
  async #drain(milliseconds: number): Promise<boolean> {
    if (this.#conversations.size === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
      this.#drained = resolve;
    });
    clearTimeout(timer);
    this.#drained = undefined;
    return this.#conversations.size === 0;
  }

  #listen(): void {
    const server = this.#server;
    server.on('request', (request, response) => this.#serve(request, response, false));
    server.on('checkContinue', (request, response) => this.#serve(request, response, true));
    server.on('checkExpectation', (_request, response) => {
      response.shouldKeepAlive = false;
      new ResponseChannel(response).send(EXPECTATION_FAILED);
    });
    server.on('connect', (_request, socket) => refuseSocket(socket, METHOD_NOT_ALLOWED));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#break(error, socket));
    this.#takeConnections();
  }

  /** Connections are ours until they are given to what node:http listens with. */
  #takeConnections(): void {
    const server = this.#server;
    const listeners = server.listeners('connection');
    server.removeAllListeners('connection');
    const host: ConnectionHost = {
      idle: KEEP_ALIVE,
      firstWait: this.#options.headersTimeout * 1000,
      receive: (socket, { url, headers }) => this.#admit({ socket, url, method: 'POST', headers }),
      handOver: (connection, socket, unread) => {
        this.#ordinary.delete(connection);
        // Each request of a pipeline listens for the end of its connection.
        socket.setMaxListeners(0);
        if (unread.length > 0) socket.unshift(unread);
        for (const listener of listeners) Reflect.apply(listener, server, [socket]);
        socket.resume();
      },
      began: (conversation) => this.#conversations.add(conversation),
      ended: (conversation) => this.#ended(conversation),
      closed: (connection) => this.#ordinary.delete(connection),
      failed: (error) => this.#options.log.error({ err: error }, 'request failed'),
    };
    server.on('connection', (socket) => this.#ordinary.add(new OrdinaryConnection(socket, host)));
  }

  #ended(conversation: Conversation): void {
    this.#conversations.delete(conversation);
    if (this.#conversations.size === 0) this.#drained?.();
  }

  /** A connection cannot be read any further. What has arrived on it is answered all the same, and nothing is sent between. */
  #break({ code = '' }: NodeJS.ErrnoException, socket: Duplex): void {
    const reply = brokenRequest(code);
    let answering = false;
    for (const conversation of this.#conversations) {
      if (!(conversation instanceof HttpConversation && conversation.isOn(socket))) continue;
      answering = true;
      conversation.closeConnection();
      conversation.break(reply);
    }
    if (answering) return;
    // A client that connected ahead of time and has said nothing is not waiting for an answer.
    if (socket instanceof Socket && socket.bytesRead === 0) socket.destroy();
    else refuseSocket(socket, reply);
  }

  /** @param waits whether the client waits with the body until it is told to go on */
  #serve(request: IncomingMessage, response: ServerResponse, waits: boolean): void {
    if (this.#stopping) response.shouldKeepAlive = false;
    const fail = (error: unknown) => {
      this.#options.log.error({ err: error }, 'request failed');
      new ResponseChannel(response).send(INTERNAL_ERROR);
    };
    const converse = (reception: Reception) => this.#converse(request, response, reception, waits);
    try {
      const reception = this.#admit(request);
      if (!(reception instanceof Promise)) converse(reception);
      else reception.then(converse).catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  /** Finds who answers a request, if its host may come in. */
  #admit(head: HttpHead): Reception | Promise<Reception> {
    const allowed = this.#allows(head.socket);
    if (typeof allowed === 'boolean') return allowed ? this.#receive(head) : FORBIDDEN;
    return allowed.then((allowed) => (allowed ? this.#receive(head) : FORBIDDEN));
  }

  #allows(socket: Socket): boolean | Promise<boolean> {
    let allowed = this.#allowed.get(socket);
    if (allowed === undefined) {
      allowed = this.authorise(remoteAddress(socket));
      this.#allowed.set(socket, allowed);
    }
    return allowed;
  }

  #receive({ url = '/', method = '', headers, socket }: HttpHead): Reception | Promise<Reception> {
    const path = requestPath(url);
    if (path === undefined) return NOT_FOUND;
    for (const attached of this.#servlets) {
      const below = pathBelow(attached.path, path);
      if (below === undefined) continue;
      return attached.servlet.receive({ method, path: below, headers, remoteAddress: remoteAddress(socket) });
    }
    return NOT_FOUND;
  }

  #converse(request: IncomingMessage, response: ServerResponse, reception: Reception, waits: boolean): void {
    // Node reads and drops the body of a request that was refused, so that the refusal reaches a client still sending.
    if ('status' in reception) {
      // Nor can it be told where the next request begins, if the client sends the body that it was refused or does not.
      if (waits) response.shouldKeepAlive = false;
      new ResponseChannel(response).send(reception);
      return;
    }
    // The client may have gone while `authorise` was thinking.
    if (response.destroyed) {
      reception.close();
      return;
    }
    if (waits) response.writeContinue();
    this.#conversations.add(
      new HttpConversation(request, response, reception, (conversation) => this.#ended(conversation)),
    );
  }
}

type HttpHead = Pick<IncomingMessage, 'socket' | 'url' | 'method' | 'headers'>;

function attachPath(path: string): string {
  return path.split('/').filter(Boolean).join('/');
}

/** IPv4 clients of a dual-stack socket show as ::ffff:a.b.c.d. */
function remoteAddress(socket: Socket): string {
  return socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
}
