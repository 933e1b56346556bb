import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { HostRules } from '../../access/host-rules.js';
import { consoleLog } from '../../netsvc/log.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import { InFlightRequests } from '../answers/in-flight-requests.js';
import { INTERNAL_ERROR } from '../answers/refusals.js';
import type { Reception, Servlet } from '../answers/servlet.js';
import { type ClientConnection, ClientConnections } from '../connections/client-connections.js';
import { Traffic } from '../connections/traffic.js';
import { type ConnectionHost, FastConnection } from '../fast/fast-connection.js';
import { NodeConnection } from '../node/node-connection.js';
import { NodeRequest } from '../node/node-request.js';
import { takeConnections, takeRequests } from '../node/node-server.js';
import { ResponseChannel } from '../node/response-channel.js';
import { Admission } from './admission.js';
import { DaemonClients } from './daemon-clients.js';
import type { HttpDaemonOptions } from './http-daemon-options.js';
import { listen, listeningAddress } from './listen.js';
import { secureContext, type TlsOptions } from './tls.js';

/**
 * Milliseconds that an idle connection is kept. It is long because Python's and Java's clients repeat a call if the
 * connection is closed, and cannot tell whether the server received it.
 */
const KEEP_ALIVE = 75_000;

/** Milliseconds for aborted requests to send their responses at the end of the grace period. */
const ABORTED_ANSWER = 2000;

/**
 * Listens for HTTP, and passes requests to the servlets that are attached to its paths. It accepts connections from all
 * addresses unless it is given `hosts`; override `authorise` for access control of your own.
 *
 * @example
 * const daemon = new HttpDaemon({ port: 8000 });
 * daemon.attach('/', new RpcGateway('web-services'));
 * await daemon.start();
 */
export class HttpDaemon {
  readonly traffic = new Traffic();
  readonly #options: DaemonOptions;
  readonly #fd: number | undefined;
  readonly #connectionHost: ConnectionHost;
  readonly #server: Server | TlsServer;
  #hosts: HostRules | undefined;
  readonly #admission: Admission;
  readonly #connections: ClientConnections;
  readonly #clients = new DaemonClients();
  readonly #inFlight = new InFlightRequests();
  /** The connections on the fast path. */
  readonly #fastConnections = new Set<FastConnection>();
  #closesAfterResponses = false;
  #stopping: Promise<void> | undefined;

  constructor({
    port = 8000,
    host = '127.0.0.1',
    fd,
    headersTimeout = 60,
    requestTimeout = 300,
    stallTimeout = 3600,
    maxClients = 20_000,
    connections = new ClientConnections(maxClients),
    tls,
    hosts,
    isProxy = () => false,
    log = consoleLog,
  }: HttpDaemonOptions = {}) {
    this.#options = { port, host, headersTimeout, stallTimeout, log };
    this.#fd = fd;
    this.#hosts = hosts;
    this.#admission = new Admission({
      isProxy,
      authorise: (host) => this.authorise(host),
      onUntrusted: (client_address) =>
        log.warn({ client_address }, 'X-Forwarded-For is ignored: this address is no trusted proxy'),
    });
    this.#connections = connections;
    const options = {
      // HTTP/1.0 clients, such as Tcl's, send no Host.
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
    const passToNode = takeConnections(this.#server, (socket) => this.#take(socket));
    this.#server.prependListener('connection', (socket: Socket) => this.#clients.add(this.#connections.add(socket)));
    this.#connectionHost = this.#hostConnections(passToNode);
  }

  /**
   * Whether a client address is allowed. Called once for each connection, or for each request that a trusted proxy
   * forwards.
   *
   * @param host numeric
   */
  authorise(host: string): boolean | Promise<boolean> {
    return this.#hosts === undefined || this.#hosts.admits(host);
  }

  /** Attaches a servlet to `path` and all paths below it. The longest matching path wins. */
  attach(path: string, servlet: Servlet): void {
    this.#admission.servlets.attach(path, servlet);
  }

  detach(path: string): void {
    this.#admission.servlets.detach(path);
  }

  /**
   * Starts listening.
   *
   * @throws Node's error with its code if it cannot (EADDRINUSE, EACCES)
   */
  async start(): Promise<AddressInfo> {
    const failed = (err: Error) => this.#options.log.error({ err }, 'listener failed');
    await listen(this.#server, { ...this.#options, fd: this.#fd }, failed);
    return this.address;
  }

  /**
   * Replaces the certificate for new connections.
   *
   * @throws Node's error if the certificate and the key do not match; the previous certificate is kept
   */
  replaceCertificate(tls: TlsOptions): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext(secureContext(tls));
  }

  /** Replaces the addresses that may connect and those of proxies, also for the connections that are open. */
  replaceHosts(hosts: HostRules | undefined, isProxy: (address: string) => boolean): void {
    this.#hosts = hosts;
    this.#admission.replaceProxies(isProxy);
  }

  /** Replaces the seconds that a client may leave a response unread. */
  set stallTimeout(seconds: number) {
    this.#options.stallTimeout = seconds;
    this.#server.timeout = seconds * 1000;
  }

  /** The address of the listener. */
  get address(): AddressInfo {
    return listeningAddress(this.#server);
  }

  /** Makes each connection end with its next response, before a `stop`. New connections are still accepted. */
  closeAfterResponses(): void {
    this.#closesAfterResponses = true;
    for (const connection of this.#fastConnections) connection.closeAfterResponse();
  }

  /**
   * Stops accepting connections, lets in-flight requests finish, and aborts those that take longer than `grace` seconds
   * with fault 58.
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
    if (grace > 0) await this.#clients.firstRequests();
    for (const inFlight of [...this.#fastConnections, ...this.#inFlight]) inFlight.closeConnection();
    // Requests that have arrived are read and answered.
    for (let i = 0; i < 3; i++) await setImmediate();
    if (!(await this.#inFlight.drain(grace * 1000))) {
      for (const inFlight of this.#inFlight) inFlight.abort(ServiceFailure.shuttingDown());
      await this.#inFlight.drain(ABORTED_ANSWER);
    }
    this.#clients.destroy();
    await closed;
  }

  #listen(): void {
    const server = this.#server;
    // A client that has closed its writing side gets the responses to its requests.
    Object.assign(server, { httpAllowHalfOpen: true });
    takeRequests(server, this.#options.log, (...request) => this.#serve(...request));
    server.setTimeout(this.#options.stallTimeout * 1000, (socket) => this.#expire(socket));
  }

  #hostConnections(passToNode: (socket: Socket) => void): ConnectionHost {
    const options = this.#options;
    return {
      get idle() {
        return Math.min(KEEP_ALIVE, options.stallTimeout * 1000);
      },
      firstWait: options.headersTimeout * 1000,
      get stall() {
        return options.stallTimeout * 1000;
      },
      receive: (socket, client, { url, headers }) =>
        this.#admission.admit({ socket, url, method: 'POST', headers }, client),
      passToSlowPath: (connection, socket, unread) => {
        this.#fastConnections.delete(connection);
        // Each pipelined request adds a listener to the socket.
        socket.setMaxListeners(0);
        if (unread.length > 0) socket.unshift(unread);
        passToNode(socket);
        socket.resume();
      },
      began: (inFlight) => this.#inFlight.add(inFlight),
      ended: (inFlight) => this.#inFlight.delete(inFlight),
      closed: (connection) => this.#fastConnections.delete(connection),
      failed: (error) => this.#options.log.error({ err: error }, 'request failed'),
    };
  }

  #take(socket: Socket): void {
    const client = this.#clients.of(socket);
    if (client === undefined) {
      socket.destroy();
      return;
    }
    this.traffic.add(socket);
    const connection = new FastConnection(socket, client, this.#connectionHost);
    if (this.#closesAfterResponses) connection.closeAfterResponse();
    this.#fastConnections.add(connection);
  }

  /**
   * A connection of the slow path timed out: between requests, while a method runs, or while the client does not read.
   */
  #expire(socket: Socket): void {
    if (!NodeConnection.of(socket)?.isAnswering || socket.writableLength > 0) socket.destroy();
    else socket.setTimeout(this.#options.stallTimeout * 1000);
  }

  /** @param waits whether the client waits for 100 Continue before it sends the body */
  #serve(request: IncomingMessage, response: ServerResponse, waits: boolean): void {
    const connection = NodeConnection.of(request.socket);
    const client = this.#clients.of(request.socket);
    if (connection === undefined || client === undefined) {
      request.socket.destroy();
      return;
    }
    if (this.#closesAfterResponses || this.#stopping) connection.end();
    const fail = (error: unknown) => {
      this.#options.log.error({ err: error }, 'request failed');
      new ResponseChannel(response).send(INTERNAL_ERROR);
    };
    const proceed = (reception: Reception) =>
      this.#startRequest(request, response, { connection, client, reception, waits });
    try {
      const reception = this.#admission.admit(request, client);
      if (!(reception instanceof Promise)) {
        proceed(reception);
        return;
      }
      client.begin();
      reception
        .finally(() => client.end())
        .then(proceed)
        .catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #startRequest(
    request: IncomingMessage,
    response: ServerResponse,
    { connection, client, reception, waits }: Arrival,
  ): void {
    // Node reads and drops the body of a refused request, so that a client that is still sending receives the refusal.
    if ('status' in reception) {
      client.refuse();
      // The client may or may not send the refused body, so the start of the next request cannot be determined.
      if (waits && !request.complete) connection.end();
      new ResponseChannel(response).send(reception);
      return;
    }
    // During `authorise`, the client may have disconnected, or sent what cannot be read.
    if (response.destroyed || response.headersSent) {
      reception.close();
      return;
    }
    if (waits) connection.continue();
    const ended = (inFlight: NodeRequest) => this.#inFlight.delete(inFlight);
    this.#inFlight.add(new NodeRequest(request, response, { connection, client, receiver: reception, ended }));
  }
}

interface DaemonOptions extends Required<Pick<HttpDaemonOptions, 'port' | 'host' | 'headersTimeout' | 'log'>> {
  stallTimeout: number;
}

/** A request whose head has been read. */
interface Arrival {
  readonly connection: NodeConnection;
  readonly client: ClientConnection;
  readonly reception: Reception;
  /** The client waits for 100 Continue before it sends the body. */
  readonly waits: boolean;
}
