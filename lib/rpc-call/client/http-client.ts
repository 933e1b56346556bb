import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { HttpError } from './command-errors.js';

/** Sends XML-RPC requests to one server, on one connection as long as that is possible. */
export class HttpClient {
  readonly #options: RequestOptions;
  readonly #secure: boolean;
  readonly #agent: Agent;

  /** @param authorization the header */
  constructor(url: URL, authorization: string | undefined) {
    this.#secure = url.protocol === 'https:';
    this.#agent = this.#secure ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    this.#options = {
      agent: this.#agent,
      method: 'POST',
      host,
      port: url.port || (this.#secure ? 443 : 80),
      headers: {
        'User-Agent': 'rpc-call',
        'Content-Type': 'text/xml',
        // On the same machine, compression takes longer than the transfer.
        ...(isLoopback(host) ? {} : { 'Accept-Encoding': 'gzip' }),
        ...(authorization === undefined ? {} : { Authorization: authorization }),
      },
    };
  }

  /**
   * Sends a request and returns the body of its response.
   *
   * @param signal closes the connection, by which netsvc stops the statement
   * @throws {HttpError}
   */
  async post(path: string, body: string, signal: AbortSignal): Promise<Readable> {
    const response = await this.#respond(path, Buffer.from(body), signal);
    const coded = response.headers['content-encoding'] === 'gzip';
    // Errors of the response pass through.
    const decoded = coded ? pipeline(response, createGunzip(), () => {}) : response;
    if (response.statusCode === 200) return decoded;
    throw new HttpError(response.statusCode ?? 0, response.statusMessage ?? '', await text(decoded));
  }

  /** Such as `http://127.0.0.1:8000`. */
  get origin(): string {
    const { host, port } = this.#options;
    return `${this.#secure ? 'https' : 'http'}://${host?.includes(':') ? `[${host}]` : host}:${port}`;
  }

  close(): void {
    this.#agent.destroy();
  }

  #respond(path: string, body: Buffer, signal: AbortSignal): Promise<IncomingMessage> {
    signal.throwIfAborted();
    const headers = { ...this.#options.headers, 'Content-Length': body.length };
    const sent = (this.#secure ? secureRequest : request)({ ...this.#options, path, headers });
    const abort = () => {
      // With a FIN, the server would wait: the client could still read a response.
      if (!this.#secure) sent.socket?.resetAndDestroy();
      sent.destroy(signal.reason as Error);
    };
    signal.addEventListener('abort', abort);
    sent.on('close', () => signal.removeEventListener('abort', abort));
    return new Promise((resolve, reject) => {
      sent.on('response', resolve);
      sent.on('error', (error) => reject(signal.aborted ? signal.reason : error));
      sent.end(body);
    });
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
