import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { type AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { HostRules } from '../access/host-rules.js';
import { consoleLog, type Log } from '../netsvc/log.js';
import { ServiceFailure } from '../netsvc/service-failure.js';
import { ClientConnections } from './client-connections.js';
import { type ConnectionHost, FastConnection } from './fast/fast-connection.js';
import { InFlightRequests } from './in-flight-requests.js';
import { brokenRequest, refuseSocket } from './node/broken-request.js';
import { NodeRequest } from './node/node-request.js';
import { ResponseChannel } from './node/response-channel.js';
import { Peers } from './peers.js';
import {
  BAD_FORWARDED_FOR,
  EXPECTATION_FAILED,
  FORBIDDEN,
  INTERNAL_ERROR,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
} from './refusals.js';
import { requestPath } from './request-path.js';
import type { Reception, Servlet } from './servlet.js';
import { ServletPaths } from './servlet-paths.js';
import { secureContext, type TlsOptions } from './tls.js';

export interface HttpDaemonOptions {
  /** 8000 by default; 0 takes a free one. */
  readonly port?: number;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** Seconds that the head of a request may take to arrive; 60 by default. */
  readonly headersTimeout?: number;
  /** Seconds that a whole request may take to arrive; 300 by default. */
  readonly requestTimeout?: number;
  /** Seconds that a client may read nothing of an answer before it is cut off; 3600 by default. */
  readonly stallTimeout?: number;
  /**
   * How many connections there may be; 20,000 by default. Of more, the oldest on which nothing has been granted is cut.
   */
  readonly maxClients?: number;
  /** Speaks TLS, if given. */
  readonly tls?: TlsOptions | undefined;
  /** The addresses that may connect; all by default. */
  readonly hosts?: HostRules | undefined;
  /** Whether an address is that of a trusted proxy, whose X-Forwarded-For is used; none by default. */
  readonly isProxy?: (address: string) => boolean;
  /** Gets what servlets and `authorise` throw, and what goes wrong with the listener. */
  readonly log?: Log;
}

/**
 * How long an idle connection is kept, in milliseconds. Long, because Python's and Java's clients send a call again
 * when they find their connection closed, and a connection that closes as the call comes cannot tell them that it was
 * not seen.
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
  readonly #options: Required<Omit<HttpDaemonOptions, 'tls' | 'maxClients' | 'isProxy' | 'hosts'>>;
  readonly #server: Server | TlsServer;
  readonly #servlets = new ServletPaths();
  readonly #hosts: HostRules | undefined;
  readonly #peers: Peers;
  readonly #connections: ClientConnections;
  readonly #conversations = new InFlightRequests();
  /** The connections that node:http has no part in. */
  readonly #ordinary = new Set<FastConnection>();
  #stopping: Promise<void> | undefined;

  constructor({
    port = 8000,
    host = '127.0.0.1',
    headersTimeout = 60,
    requestTimeout = 300,
    stallTimeout = 3600,
    maxClients = 20_000,
    tls,
    hosts,
    isProxy = () => false,
    log = consoleLog,
  }: HttpDaemonOptions = {}) {
    this.#options = { port, host, headersTimeout, requestTimeout, stallTimeout, log };
    this.#hosts = hosts;
    this.#peers = new Peers(isProxy, (host) => this.authorise(host));
    this.#connections = new ClientConnections(maxClients);
    const options = {
      // Tcl's client, among others, sends no Host.
      requireHostHeader: false,
      keepAliveTimeout: KEEP_ALIVE,
      headersTimeout: headersTimeout * 1000,
      requestTimeout: requestTimeout * 1000,
      connectionsCheckingInterval: Math.min(headersTimeout, requestTimeout, 10) * 500,
    };
    this.#server = tls
      ? createTlsServer({ ...options, ...secureContext(tls), handshakeTimeout: headersTimeout * 1000 })
      : createServer(options);
    this.#listen();
  }

  /**
   * Whether a host may use the server at all, by its numeric address; asked once for each connection, or for each
   * request that a proxy brings of another host.
   */
  authorise(host: string): boolean | Promise<boolean> {
    return this.#hosts === undefined || this.#hosts.admits(host);
  }

  /** Gives the requests for `path` and all below it to `servlet`; where paths nest, the longest one wins. */
  attach(path: string, servlet: Servlet): void {
    this.#servlets.attach(path, servlet);
  }

  detach(path: string): void {
    this.#servlets.detach(path);
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

  /**
   * Takes another certificate for the connections that come from now on.
   *
   * @throws Node's error if the certificate and the key do not belong together; then all stays as it was
   */
  replaceCertificate(tls: TlsOptions): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext(secureContext(tls));
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(grace: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const conversation of [...this.#ordinary, ...this.#conversations]) conversation.closeConnection();
    // A request that has arrived shall be read, and answered.
    for (let turns = 0; turns < 3; turns++) await setImmediate();
    if (!(await this.#conversations.drain(grace * 1000))) {
      for (const conversation of this.#conversations) conversation.abort(ServiceFailure.shuttingDown());
      await this.#conversations.drain(ABORTED_ANSWER);
    }
    this.#connections.cut();
    await closed;
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
    server.setTimeout(this.#options.stallTimeout * 1000, (socket) => this.#expire(socket));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#break(error, socket));
    this.#takeConnections();
  }

  /**
   * Connections are ours until they are given to what node:http listens with; those of TLS, once the handshake is done.
   */
  #takeConnections(): void {
    const server = this.#server;
    const event = 'setSecureContext' in server ? 'secureConnection' : 'connection';
    const listeners = server.listeners(event);
    server.removeAllListeners(event);
    server.prependListener('connection', (socket: Socket) => this.#connections.add(socket));
    const host: ConnectionHost = {
      idle: Math.min(KEEP_ALIVE, this.#options.stallTimeout * 1000),
      firstWait: this.#options.headersTimeout * 1000,
      stall: this.#options.stallTimeout * 1000,
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
      ended: (conversation) => this.#conversations.delete(conversation),
      closed: (connection) => this.#ordinary.delete(connection),
      failed: (error) => this.#options.log.error({ err: error }, 'request failed'),
    };
    server.on(event, (socket: Socket) => this.#ordinary.add(new FastConnection(socket, host)));
  }

  /**
   * Nothing has moved on one of node:http's connections: between requests, while a method runs, or while a client does
   * not read.
   */
  #expire(socket: Socket): void {
    const answering = [...this.#conversations].some(
      (conversation) => conversation instanceof NodeRequest && conversation.isOn(socket),
    );
    if (!answering || socket.writableLength > 0) socket.destroy();
    else socket.setTimeout(this.#options.stallTimeout * 1000);
  }

  /**
   * A connection cannot be read any further. What has arrived on it is answered all the same, and nothing is sent
   * between.
   */
  #break({ code = '' }: NodeJS.ErrnoException, socket: Duplex): void {
    const reply = brokenRequest(code);
    let answering = false;
    for (const conversation of this.#conversations) {
      if (!(conversation instanceof NodeRequest && conversation.isOn(socket))) continue;
      answering = true;
      conversation.closeConnection();
      conversation.break(reply);
    }
    if (answering) return;
    // To who does not speak TLS nothing can be said.
    if (/^ERR_(?:SSL|TLS)_/.test(code)) socket.destroy();
    // A client that connected ahead of time and has said nothing is not waiting for an answer.
    else if (socket instanceof Socket && socket.bytesRead === 0) socket.destroy();
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
    const origin = this.#peers.originOf(head.socket, head.headers);
    if (origin === undefined) return BAD_FORWARDED_FOR;
    const { host, allowed } = origin;
    if (typeof allowed === 'boolean') return allowed ? this.#receive(head, host) : FORBIDDEN;
    return allowed.then((allowed) => (allowed ? this.#receive(head, host) : FORBIDDEN));
  }

  #receive({ url = '/', method = '', headers, socket }: HttpHead, host: string): Reception | Promise<Reception> {
    const path = requestPath(url);
    const found = path === undefined ? undefined : this.#servlets.find(path);
    if (found === undefined) return NOT_FOUND;
    const reception = found.servlet.receive({ method, path: found.below, headers, remoteAddress: host });
    if (!(reception instanceof Promise)) return this.#grant(socket, reception);
    return reception.then((reception) => this.#grant(socket, reception));
  }

  #grant(socket: Socket, reception: Reception): Reception {
    if (!('status' in reception)) this.#connections.grant(socket);
    return reception;
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
      new NodeRequest(request, response, reception, (conversation) => this.#conversations.delete(conversation)),
    );
  }
}

type HttpHead = Pick<IncomingMessage, 'socket' | 'url' | 'method' | 'headers'>;
