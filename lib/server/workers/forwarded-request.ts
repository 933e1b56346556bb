import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { NOT_FOUND, refusal } from '../../http/refusals.js';
import type { Receiver, Reply, RequestHead, WholeReply } from '../../http/servlet.js';

/** Headers of one connection, and those that this process answers by itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'date',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The worker has ended while it had the request, which may have been executed or not. */
const WORKER_ENDED = refusal(502, 'The process of the session has ended.');

/** A request for a session of another worker. Its body and its response pass through this process in pieces. */
export class ForwardedRequest implements Receiver {
  readonly #request: ClientRequest;
  readonly #response: Promise<IncomingMessage | WholeReply>;

  /** @param socketPath of the other worker */
  constructor({ method, target = '/', headers, remoteAddress, secure }: RequestHead, socketPath: string, agent: Agent) {
    const { 'content-length': length, 'content-encoding': coding } = headers;
    this.#request = request({
      socketPath,
      agent,
      method,
      path: target,
      headers: {
        ...Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name))),
        // A compressed body arrives decoded.
        ...(length !== undefined && coding === undefined && { 'content-length': length }),
        'x-forwarded-for': remoteAddress,
        ...(secure && { 'x-forwarded-proto': 'https' }),
      },
    });
    this.#response = new Promise((resolve) => {
      this.#request.on('response', resolve);
      this.#request.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
        // The sessions of a worker end with it.
        resolve(code === 'ENOENT' || code === 'ECONNREFUSED' ? NOT_FOUND : WORKER_ENDED);
      });
    });
  }

  write(chunk: Buffer): undefined {
    this.#request.write(chunk);
  }

  async end(): Promise<Reply> {
    this.#request.end();
    const response = await this.#response;
    return 'body' in response ? response : replyOf(response);
  }

  fail(reason: string): WholeReply {
    this.#request.destroy();
    return refusal(400, reason);
  }

  abort(reason: Error): void {
    this.#request.destroy(reason);
  }

  close(): void {
    // Has no effect after a complete response.
    this.#request.destroy();
  }
}

function replyOf(response: IncomingMessage): Reply {
  const { statusCode: status = 502, statusMessage: reason = '', headers } = response;
  const { 'content-type': type = 'text/plain', 'content-length': length, ...others } = headers;
  const passed = Object.entries(others).filter(([name]) => !OWN_HEADERS.has(name));
  return {
    status,
    reason,
    type,
    headers: Object.fromEntries(passed.map(([name, value]) => [name, String(value)])),
    // The other worker sends a length if the client needs one.
    whole: length !== undefined,
    body: { pieces: response, fail: () => WORKER_ENDED },
  };
}
