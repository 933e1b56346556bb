import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { isLoopback, unmapped } from '../../access/address.js';
import type { Users } from '../../access/users.js';
import {
  bodyTooLarge,
  FOREIGN_ORIGIN,
  INTERNAL_ERROR,
  LENGTH_REQUIRED,
  NOT_FOUND,
  refusal,
  UNAUTHORISED,
} from '../../http/answers/refusals.js';
import { requestPath } from '../../http/answers/request-path.js';
import { isStreamed, type Reply, type Servlet, type WholeReply } from '../../http/answers/servlet.js';
import { type ClientConnection, ClientConnections } from '../../http/connections/client-connections.js';
import { DaemonClients } from '../../http/listener/daemon-clients.js';
import { listen, listeningAddress } from '../../http/listener/listen.js';
import { takeConnections, takeRequests } from '../../http/node/node-server.js';
import { parseCredentials } from '../../http/rpc/authentication.js';
import { UserCheck } from '../../http/rpc/user-check.js';
import type { Log } from '../../netsvc/log.js';
import type { Observer } from '../../netsvc/observer.js';
import type { AdminSettings } from '../configuration/settings.js';
import type { Operator } from '../observation/operator-act.js';

/** Answers the requests for one path. */
export interface AdminPage {
  /** Whether everybody may request it, so that an orchestrator needs no password. */
  readonly open: boolean;
  answer(request: AdminRequest): WholeReply | Promise<WholeReply>;
  /** Receives the forms of the page, from users who have logged in. */
  submit?(form: SubmittedForm): Promise<WholeReply>;
}

export interface SubmittedForm {
  readonly form: URLSearchParams;
  /** That of the URL. */
  readonly query: URLSearchParams;
  readonly operator: Operator;
}

export interface AdminRequest {
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** Whether the client may read details: always, or after a login if the listener has users. */
  readonly trusted: boolean;
}

export interface AdminListenerOptions {
  readonly users: Users | undefined;
  /** Answers XML-RPC calls, which change something: undefined if the listener has no users. */
  readonly calls: Servlet | undefined;
  readonly log: Log;
  readonly observer: Observer;
  readonly maxConnections: number;
}

/** The paths of the calls, and of the list of endpoints. */
const CALLS = ['admin', ''];

/** The maximum number of connections, which a scraper and some probes do not reach. */
export const MAX_CONNECTIONS = 100;

/** The maximum length of a form, in bytes. */
const MAX_FORM = 4096;

const NOT_A_FORM = refusal(415, 'Content-Type must be application/x-www-form-urlencoded.');

const METHOD_NOT_ALLOWED = refusal(405, 'Method not allowed: use GET.', { Allow: 'GET, HEAD' });

/** The listener for operators. Its requests are few, so it is plain node:http. */
export class AdminListener {
  readonly #settings: AdminSettings;
  readonly #pages: ReadonlyMap<string, AdminPage>;
  readonly #log: Log;
  readonly #userCheck: UserCheck | undefined;
  readonly #calls: Servlet | undefined;
  readonly #server: Server;
  /** A new connection is always accepted, so that health checks are answered. */
  readonly #connections: ClientConnections;
  readonly #clients = new DaemonClients();

  constructor(
    settings: AdminSettings,
    pages: Readonly<Record<string, AdminPage>>,
    { users, calls, log, observer, maxConnections }: AdminListenerOptions,
  ) {
    this.#settings = settings;
    this.#pages = new Map(Object.entries(pages));
    this.#log = log;
    this.#calls = calls;
    this.#userCheck = users && new UserCheck(users, log, observer);
    this.#server = createServer();
    takeRequests(this.#server, log, (...request) => void this.#serve(...request));
    this.#connections = new ClientConnections(maxConnections);
    const serve = takeConnections(this.#server, (socket) => serve(socket));
    this.#server.prependListener('connection', (socket) => this.#clients.add(this.#connections.add(socket)));
  }

  /** @throws Node's error with its code if it cannot listen */
  async start(): Promise<AddressInfo> {
    await listen(this.#server, this.#settings, (err) => this.#log.error({ err }, 'admin listener failed'));
    return this.address;
  }

  get address(): AddressInfo {
    return listeningAddress(this.#server);
  }

  /** Closes the listener and all its connections. Has no effect if it is not listening. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /** Never rejects. */
  async #serve(request: IncomingMessage, response: ServerResponse, waits: boolean): Promise<void> {
    if (waits) response.writeContinue();
    const client = this.#clients.of(request.socket);
    client?.begin();
    response.on('close', () => client?.end());
    let reply: WholeReply;
    try {
      reply = await this.#answer(request, client);
    } catch (error) {
      this.#log.error({ err: error }, 'admin request failed');
      reply = INTERNAL_ERROR;
    }
    const { status, type, headers, body } = reply;
    const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.concat(body);
    response
      .writeHead(status, {
        ...headers,
        'Content-Type': type,
        'Content-Length': bytes.length,
        'Cache-Control': 'no-store',
      })
      .end(bytes);
  }

  async #answer(request: IncomingMessage, client?: ClientConnection): Promise<WholeReply> {
    const { method, url = '/' } = request;
    if (this.#isRebound(request)) return FOREIGN_ORIGIN;
    const path = requestPath(url);
    if (path !== undefined && CALLS.includes(path) && this.#calls) {
      // A browser sends the password with it.
      if (method === 'POST' && isFromOtherPage(request.headers)) return FOREIGN_ORIGIN;
      return answerCall(this.#calls, path, request, client);
    }
    const page = path === undefined ? undefined : this.#pages.get(path);
    const submits = method === 'POST' && page?.submit !== undefined && this.#userCheck !== undefined;
    if (method !== 'GET' && method !== 'HEAD' && !submits) return METHOD_NOT_ALLOWED;
    const authorised = await this.#authorise(request, client);
    if (authorised !== true && !page?.open) return authorised === false ? UNAUTHORISED : authorised;
    if (page === undefined) return NOT_FOUND;
    const query = new URLSearchParams(url.slice(url.indexOf('?') + 1 || url.length));
    if (submits) return submit(page, request, query);
    return page.answer({ headers: request.headers, query, trusted: authorised === true });
  }

  async #authorise(
    { headers, socket, method = '', url = '' }: IncomingMessage,
    client?: ClientConnection,
  ): Promise<boolean | WholeReply> {
    if (this.#userCheck === undefined) return true;
    if (headers.authorization === undefined) return false;
    const remoteAddress = unmapped(socket.remoteAddress ?? '');
    const credentials = parseCredentials(headers.authorization);
    if (credentials === undefined) {
      this.#userCheck.malformed(headers.authorization, remoteAddress);
      return false;
    }
    const head = {
      method,
      path: url,
      headers,
      remoteAddress,
      ...(client && { client }),
    };
    return this.#userCheck.authorise(credentials.login, credentials.password, head);
  }

  /**
   * Whether a browser may send the request for a page of a named site. The owner of a domain can resolve it to this
   * machine (DNS rebinding), and its pages could then read every response.
   */
  #isRebound({ headers: { host } }: IncomingMessage): boolean {
    if (this.#userCheck !== undefined || !isLoopback(this.address.address) || host === undefined) return false;
    const { hostname = '' } = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : {};
    return hostname !== 'localhost' && isIP(hostname.replace(/^\[(.*)\]$/, '$1')) === 0;
  }
}

/** @param request of a user who is authorised */
async function submit(page: AdminPage, request: IncomingMessage, query: URLSearchParams): Promise<WholeReply> {
  const { headers, socket } = request;
  if (!isFromOwnPage(headers)) return FOREIGN_ORIGIN;
  const form = await readForm(request);
  if (!(form instanceof URLSearchParams)) return form;
  const { login: operator = '' } = parseCredentials(headers.authorization ?? '') ?? {};
  const host = unmapped(socket.remoteAddress ?? '');
  return page.submit?.({ form, query, operator: { operator, host } }) ?? METHOD_NOT_ALLOWED;
}

/**
 * Whether a page of this listener sent a request. Browsers send the password with the forms of every site (CSRF), but
 * no site can change these headers. Other clients, which send neither, use the admin service.
 */
function isFromOwnPage({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site === 'same-origin';
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

/** Whether a page of another site sent a request. Clients that are not browsers send neither header. */
function isFromOtherPage(headers: IncomingHttpHeaders): boolean {
  return (headers.origin ?? headers['sec-fetch-site']) !== undefined && !isFromOwnPage(headers);
}

/** Reads the fields of a form. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams | WholeReply> {
  const { 'content-type': type = '', 'content-length': length } = request.headers;
  if (!/^application\/x-www-form-urlencoded(?:;|$)/i.test(type)) return NOT_A_FORM;
  if (length === undefined) return LENGTH_REQUIRED;
  if (Number(length) > MAX_FORM) return bodyTooLarge(MAX_FORM);
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return new URLSearchParams(text);
}

/**
 * Answers a call of the admin service. Its responses are small, so they are sent whole.
 *
 * @param servlet checks the login and makes the call
 */
async function answerCall(
  servlet: Servlet,
  path: string,
  request: IncomingMessage,
  client?: ClientConnection,
): Promise<WholeReply> {
  const { method = '', headers, socket } = request;
  const head = {
    method,
    path,
    headers,
    remoteAddress: unmapped(socket.remoteAddress ?? ''),
    ...(client && { client }),
  };
  const reception = await servlet.receive(head);
  if ('status' in reception) return reception;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      const refused = reception.write(chunk);
      if (refused) return refused;
    }
    return await whole(await reception.end());
  } finally {
    reception.close();
  }
}

async function whole(reply: Reply): Promise<WholeReply> {
  if (!isStreamed(reply)) return reply;
  const body: Buffer[] = [];
  try {
    for await (const piece of reply.body.pieces) body.push(piece);
    return { status: reply.status, type: reply.type, body };
  } catch (error) {
    return reply.body.fail(error);
  }
}
