import type { ResponseValue } from '../values/response-value.js';
import { encodeCall } from './call-encoder.js';
import { BrokenOff } from './command-errors.js';
import type { HttpClient } from './http-client.js';
import { decodeResponse } from './response-decoder.js';
import type { Argument } from './typed-arguments.js';

/** A service of a server. */
export class RpcEndpoint {
  constructor(
    readonly http: HttpClient,
    readonly path: string,
  ) {}

  get url(): string {
    return `${this.http.origin}${this.path}`;
  }

  /** @throws {Fault} {@link HttpError}, {@link BrokenOff}, errors of the network, and the reason of the signal */
  call(method: string, params: readonly (Argument | string)[], signal: AbortSignal): Promise<ResponseValue> {
    return decodeResponse(this.stream(method, params, signal));
  }

  /** Yields a response while it arrives. */
  stream(method: string, params: readonly (Argument | string)[], signal: AbortSignal): AsyncGenerator<Buffer> {
    return this.send(encodeCall(method, params), signal);
  }

  /**
   * Yields the response to a call while it arrives.
   *
   * @param document the call in XML
   */
  async *send(document: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    try {
      yield* await this.http.post(this.path, document, signal);
    } catch (error) {
      signal.throwIfAborted();
      // Node's name for a response that has no end.
      if (!(error instanceof Error) || error.message !== 'aborted') throw error;
      throw new BrokenOff('the connection was closed before the end of the response', { cause: error });
    }
  }
}
