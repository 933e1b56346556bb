import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import xmlrpc from 'xmlrpc';
import { Fault, HttpError } from '../client/command-errors.js';
import { ExactResult } from '../client/exact-result.js';
import type { Argument } from '../client/typed-arguments.js';
import type { ResponseValue } from '../values/response-value.js';

/** Calls a method and returns its result. */
export type Call = (method: string, params: readonly Argument[]) => Promise<ResponseValue>;

/** An error of the `xmlrpc` package: a fault, an HTTP error or a network error. */
interface CallError extends Error {
  readonly faultCode?: number;
  readonly faultString?: string;
  readonly res?: IncomingMessage;
  /** What had arrived of the body. */
  readonly body?: string;
}

/**
 * Returns a function that calls methods with the `xmlrpc` package. It makes the request and decodes the response, so
 * that each call proves that it can. Its values are not exact, such as dates: the same response is decoded again for
 * those that are printed.
 *
 * @param authorization the header
 */
export function caller(url: URL, authorization: string | undefined): Call {
  const secure = url.protocol === 'https:';
  const options = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    path: url.pathname + url.search,
    headers: authorization === undefined ? {} : { Authorization: authorization },
  };
  return async (method, params) => {
    // What TLS needs takes longer to load than most calls.
    const agent = secure ? new (await import('node:https')).Agent() : new Agent();
    return new Promise((resolve, reject) => {
      const result = new ExactResult();
      listen(agent, (response) => result.read(response));
      const own = { ...options, agent };
      const client = secure ? xmlrpc.createSecureClient(own) : xmlrpc.createClient(own);
      client.methodCall(method, [...params], (error: object | null, value: unknown) => {
        if (error) failureOf(error as CallError).then(reject, reject);
        else resolve(result.valueOr(value));
      });
    });
  };
}

/** What node:http calls of an agent, and its documentation leaves out. */
interface RequestQueue {
  addRequest(request: ClientRequest, ...rest: unknown[]): void;
}

/** Lets a listener see the responses to the requests of an agent, besides the callers. */
function listen(agent: Agent, listener: (response: IncomingMessage) => void): void {
  const queue = agent as unknown as RequestQueue;
  const add = queue.addRequest;
  queue.addRequest = (request, ...rest) => {
    request.once('response', listener);
    add.call(agent, request, ...rest);
  };
}

async function failureOf(error: CallError): Promise<Error> {
  const { faultCode, faultString, res, body = '' } = error;
  if (faultCode !== undefined) return new Fault(faultCode, faultString ?? '');
  if (res === undefined || res.statusCode === undefined || res.statusCode === 200) return error;
  // The package stops reading at the first thing that is not XML.
  const rest = res.readableEnded ? '' : await text(res);
  return new HttpError(res.statusCode, res.statusMessage ?? '', body + rest);
}
