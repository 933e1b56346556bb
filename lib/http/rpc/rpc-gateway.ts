import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { Users } from '../../access/users.js';
import type { Endpoint } from '../../netsvc/endpoint.js';
import type { Log } from '../../netsvc/log.js';
import { ServiceRegistry } from '../../netsvc/service-registry.js';
import { ServiceRequest } from '../../netsvc/service-request.js';
import type { ResponseForm } from '../../xmlrpc/value-encoding.js';
import { answerForm, type HttpForm } from '../answers/answer-form.js';
import { contentEncoding } from '../answers/content-encoding.js';
import { FOREIGN_ORIGIN, METHOD_NOT_ALLOWED, NOT_FOUND, sessionEnded, UNAUTHORISED } from '../answers/refusals.js';
import type { Reception, RequestHead, Servlet, WholeReply } from '../answers/servlet.js';
import { documentationPage } from '../pages/documentation-page.js';
import { endpointList } from '../pages/endpoint-list.js';
import { wantsPage } from '../pages/page.js';
import { pageLocation } from '../pages/page-location.js';
import { ANONYMOUS, type Credentials, parseCredentials } from './authentication.js';
import { charsetOf } from './content-type.js';
import { refusedBody } from './request-body.js';
import { RpcExchange } from './rpc-exchange.js';
import { type Authorisation, UserCheck } from './user-check.js';

export interface RpcGatewayOptions {
  /** The registry whose services are served; `ServiceRegistry.default` by default. */
  readonly registry?: ServiceRegistry;
  /** The maximum size of a request's body, in bytes; 64 MiB by default. */
  readonly maxRequest?: number;
  /** Requires clients to log in as one of these users; by default every client is anonymous. */
  readonly users?: Users | undefined;
  /** The form of all responses, for clients that need another than that of their endpoint (see `ResponseForm`). */
  readonly form?: Partial<Pick<ResponseForm, 'answers' | 'compression'>>;
  /** Receives refused logins; the registry's log by default. */
  readonly log?: Log;
}

/**
 * The XML-RPC servlet for the services of a group. It requires clients to log in if it is given `users`; override
 * `authorise` for access control of your own.
 *
 * @example
 * const users = new Users(parsePasswords(await readFile('users', 'utf8')));
 * daemon.attach('/', new RpcGateway('web-services', { users }));
 */
export class RpcGateway implements Servlet {
  readonly #group: string;
  readonly #registry: ServiceRegistry;
  #maxRequest: number;
  readonly #form: Partial<HttpForm> | undefined;
  readonly #userCheck: UserCheck | undefined;
  /** By the headers of a request: on the fast path, requests with equal headers share one object. */
  readonly #credentials = new WeakMap<IncomingHttpHeaders, Credentials>();

  /** @param group serves its members; the empty group has all services */
  constructor(group = '', options: RpcGatewayOptions = {}) {
    this.#group = group;
    this.#registry = options.registry ?? ServiceRegistry.default;
    this.#maxRequest = options.maxRequest ?? 64 * 1024 * 1024;
    this.#form = options.form;
    const { log, observer } = this.#registry;
    this.#userCheck = options.users && new UserCheck(options.users, options.log ?? log, observer);
  }

  /** Replaces the maximum size of a request's body, in bytes. */
  set maxRequest(bytes: number) {
    this.#maxRequest = bytes;
  }

  /** Whether a request is authorised. Called for each; both strings are '' if the client sends no credentials. */
  authorise(login: string, password: string, head: RequestHead): Authorisation | Promise<Authorisation> {
    return this.#userCheck === undefined || this.#userCheck.authorise(login, password, head);
  }

  receive(head: RequestHead): Reception | Promise<Reception> {
    return isForeign(head.headers.origin) ? this.#receiveForeign(head) : this.#receiveFrom(head);
  }

  /** Without access control, the pages of every web site could send requests: they are refused. */
  async #receiveForeign(head: RequestHead): Promise<Reception> {
    const anonymous = await this.authorise('', '', head);
    return anonymous === true ? FOREIGN_ORIGIN : this.#receiveFrom(head);
  }

  #receiveFrom(head: RequestHead): Reception | Promise<Reception> {
    const credentials = this.#credentialsIn(head.headers);
    if (credentials === undefined) {
      this.#userCheck?.malformed(head.headers.authorization ?? '', head.remoteAddress);
      return UNAUTHORISED;
    }
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

  /** In OSE's order: an unauthorised client must not learn which endpoints exist. */
  #receive(head: RequestHead, user: string): Reception {
    const service = this.#registry.lookupServiceName(head.path, this.#group);
    if (service === undefined || !service.admits(user)) return this.#notFound(service, head, user);
    if (head.method !== 'POST') {
      const page = wantsPage(head.method, head.headers);
      return page ? documentationPage(service, pageLocation(head), user) : METHOD_NOT_ALLOWED;
    }
    const refused = refusedBody(head, this.#maxRequest);
    if (refused) return refused;
    const request = new ServiceRequest(head.remoteAddress, user, service);
    const { 'content-type': type = '', 'content-encoding': encoding } = head.headers;
    const charset = charsetOf(type) ?? (encoding === undefined ? undefined : contentEncoding(encoding).charset);
    const form = answerForm(this.#form ? { ...service.form, ...this.#form } : service.form, head.headers);
    return new RpcExchange(service, request, { maxBytes: this.#maxRequest, charset, form });
  }

  /** @param service undefined if there is none of this name */
  #notFound(service: Endpoint | undefined, head: RequestHead, user: string): WholeReply {
    const { path, method, headers } = head;
    if (path === '' && wantsPage(method, headers)) {
      return endpointList(this.#endpointsOf(user), pageLocation(head), user);
    }
    const ending = service === undefined ? this.#registry.endingOf(path, user) : service.ending(user);
    return ending === undefined ? NOT_FOUND : sessionEnded(ending);
  }

  /** The endpoints that `user` can reach, without sessions, by name. */
  #endpointsOf(user: string): Endpoint[] {
    const registry = this.#registry;
    const members = [...registry.roots].filter((service) => this.#group === '' || service.isMember(this.#group));
    return [...new Set(members.map(({ serviceName }) => serviceName))]
      .sort()
      .flatMap((name) => registry.lookupServiceName(name, this.#group) ?? [])
      .filter((service) => service.admits(user));
  }
}

/**
 * Whether a browser sends the request for a page of a named site. The owner of a domain can resolve it to this server
 * (DNS rebinding), and the browser then treats requests as same-origin.
 */
function isForeign(origin: string | undefined): boolean {
  if (origin === undefined) return false;
  const { hostname = '' } = URL.canParse(origin) ? new URL(origin) : {};
  return hostname !== 'localhost' && isIP(hostname.replace(/^\[(.*)\]$/, '$1')) === 0;
}
