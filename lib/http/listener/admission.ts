import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { BAD_FORWARDED_FOR, FORBIDDEN, NOT_FOUND } from '../answers/refusals.js';
import { requestPath } from '../answers/request-path.js';
import type { Reception } from '../answers/servlet.js';
import type { ClientConnection } from '../connections/client-connections.js';
import { Peers, type PeersOptions } from './peers.js';
import { ServletPaths } from './servlet-paths.js';

/** What is needed of a request to admit it. */
export type HttpHead = Pick<IncomingMessage, 'socket' | 'url' | 'method' | 'headers'>;

/** Passes requests from hosts that are allowed to the servlets that are attached to their paths. */
export class Admission {
  readonly servlets = new ServletPaths();
  readonly #peers: Peers;

  constructor(options: PeersOptions) {
    this.#peers = new Peers(options);
  }

  /** The hosts that are allowed, or those of proxies, have changed: also for the connections that are open. */
  replaceProxies(isProxy: PeersOptions['isProxy']): void {
    this.#peers.replace(isProxy);
  }

  /** Finds the receiver of a request, if its host is allowed. */
  admit(head: HttpHead, client: ClientConnection): Reception | Promise<Reception> {
    const origin = this.#peers.originOf(head.socket, head.headers);
    if (origin === undefined) return BAD_FORWARDED_FOR;
    const { host, allowed } = origin;
    client.host = host;
    if (typeof allowed === 'boolean') return allowed ? this.#receive(head, host, client) : FORBIDDEN;
    return allowed.then((allowed) => (allowed ? this.#receive(head, host, client) : FORBIDDEN));
  }

  #receive(
    { url = '/', method = '', headers, socket }: HttpHead,
    host: string,
    client: ClientConnection,
  ): Reception | Promise<Reception> {
    const path = requestPath(url);
    const found = path === undefined ? undefined : this.servlets.find(path);
    if (found === undefined) return NOT_FOUND;
    return found.servlet.receive({
      method,
      path: found.below,
      headers,
      remoteAddress: host,
      target: url,
      secure: socket instanceof TLSSocket,
      client,
    });
  }
}
