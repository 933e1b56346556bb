import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import Negotiator from 'negotiator';
import { ServiceRegistry } from '../netsvc/service-registry.js';
import { ServiceRequest } from '../netsvc/service-request.js';
import { ANONYMOUS, type Credentials, parseCredentials } from './authentication.js';
import { contentCoding } from './content-coding.js';
import { charsetOf } from './content-type.js';
import { documentationPage } from './documentation-page.js';
import {
  BAD_CONTENT_ENCODING,
  BAD_CONTENT_TYPE,
  bodyTooLarge,
  FOREIGN_ORIGIN,
  LENGTH_REQUIRED,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  UNAUTHORISED,
} from './refusals.js';
import { RpcExchange } from './rpc-exchange.js';
import type { Reception, RequestHead, Servlet, WholeReply } from './servlet.js';

export interface RpcGatewayOptions {
  readonly registry?: ServiceRegistry;
  /** The most bytes that a request's body may have; 64 MiB by default. */
  readonly maxRequest?: number;
}

/** Who may come in; a reply says why not, in place of 401. */
export type Authorisation = boolean | WholeReply;

/** The XML-RPC servlet over one group of services. Override `authorise` to say who may come in. */
export class RpcGateway implements Servlet {
  readonly #group: string;
  readonly #registry: ServiceRegistry;
  readonly #maxRequest: number;
  /** By the headers that they came with: a connection's ordinary requests have the same, the very object. */
  readonly #credentials = new WeakMap<IncomingHttpHeaders, Credentials>();

  /** @param group whose members are served; the empty group is everybody */
  constructor(group = '', options: RpcGatewayOptions = {}) {
    this.#group = group;
    this.#registry = options.registry ?? ServiceRegistry.default;
    this.#maxRequest = options.maxRequest ?? 64 * 1024 * 1024;
  }

  /** Whether `login` may use the services behind this gateway, asked for each request. Both are '' when the client sends no credentials. */
  authorise(_login: string, _password: string, _head: RequestHead): Authorisation | Promise<Authorisation> {
    return true;
  }

  receive(head: RequestHead): Reception | Promise<Reception> {
    return isForeign(head.headers.origin) ? this.#receiveForeign(head) : this.#receiveFrom(head);
  }

  /** What a page can do that has a name, anybody could; so it may do nothing where nobody has to log in. */
  async #receiveForeign(head: RequestHead): Promise<Reception> {
    const everybody = await this.authorise('', '', head);
    return everybody === true ? FOREIGN_ORIGIN : this.#receiveFrom(head);
  }

  #receiveFrom(head: RequestHead): Reception | Promise<Reception> {
    const credentials = this.#credentialsIn(head.headers);
    if (credentials === undefined) return UNAUTHORISED;
    const { login, password } = credentials;
    const authorised = this.authorise(login, password, head);
    if (authorised instanceof Promise) return authorised.then((authorised) => this.#admit(authorised, head, login));
    return this.#admit(authorised, head, login);
  }

  #credentialsIn(headers: IncomingHttpHeaders): Credentials | undefined {
    if (headers.authorization === undefined) return ANONYMOUS;
    const known = this.#credentials.get(headers);
    if (known !== undefined) return known;
    const credentials = parseCredentials(headers.authorization);
    if (credentials !== undefined) this.#credentials.set(headers, credentials);
    return credentials;
  }

  #admit(authorised: Authorisation, head: RequestHead, user: string): Reception {
    if (authorised === true) return this.#receive(head, user);
    return authorised === false ? UNAUTHORISED : authorised;
  }

  /** The order of these checks is the original's: who is not authorised must not learn which endpoints there are. */
  #receive(head: RequestHead, user: string): Reception {
    const service = this.#registry.lookupServiceName(head.path, this.#group);
    if (service === undefined || !service.admits(user)) return NOT_FOUND;
    if (head.method !== 'POST') return wantsPage(head) ? documentationPage(service) : METHOD_NOT_ALLOWED;
    const refused = this.#refuseBody(head);
    if (refused) return refused;
    const request = new ServiceRequest(head.remoteAddress, user);
    const charset = charsetOf(head.headers['content-type'] ?? '');
    return new RpcExchange(service, request, this.#maxRequest, charset);
  }

  #refuseBody({ headers }: RequestHead): WholeReply | undefined {
    const { 'content-type': type, 'content-length': length, 'content-encoding': encoding } = headers;
    if (type !== 'text/xml' && !(type === undefined ? mayOmitType(headers) : XML_TYPE.test(type)))
      return BAD_CONTENT_TYPE;
    if (length === undefined && headers['transfer-encoding'] === undefined) return LENGTH_REQUIRED;
    if (Number(length) > this.#maxRequest) return bodyTooLarge(this.#maxRequest);
    return encoding !== undefined && contentCoding(encoding) === undefined ? BAD_CONTENT_ENCODING : undefined;
  }
}

const XML_TYPE = /^(text|application)\/xml *(;|$)/i;

/**
 * Dave Winer's client sends no Content-Type. From a browser, though, such a request may be any page's doing: one with a type of XML the
 * browser would not send to another site without asking first.
 */
function mayOmitType({ origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  return origin === undefined && site === undefined;
}

/**
 * Whether a browser sends the request for a page of a site with a name. Who owns a name can have it lead here (DNS rebinding), so that the browser takes
 * the server for that page's own.
 */
function isForeign(origin: string | undefined): boolean {
  if (origin === undefined) return false;
  const { hostname = '' } = URL.canParse(origin) ? new URL(origin) : {};
  return hostname !== 'localhost' && isIP(hostname.replace(/^\[(.*)\]$/, '$1')) === 0;
}

/** Browsers name text/html; what takes anything, as curl does, gets no page. */
function wantsPage({ method, headers }: RequestHead): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || headers.accept === undefined) return false;
  return new Negotiator({ headers }).mediaType(['text/plain', 'text/html']) === 'text/html';
}
