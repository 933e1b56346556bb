import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import xmlrpc from 'xmlrpc';
import { Fault, HttpError } from './failure.js';
import type { Argument } from './typed-arguments.js';

/** Calls a method and returns its result, as the `xmlrpc` package decodes it. */
export type Call = (method: string, params: readonly Argument[]) => Promise<unknown>;

/** An error of the `xmlrpc` package: a fault, an HTTP error or a network error. */
interface CallError extends Error {
  readonly faultCode?: number;
  readonly faultString?: string;
  readonly res?: IncomingMessage;
  /** What had arrived of the body. */
  readonly body?: string;
}

/**
 * Returns a function that calls methods with the `xmlrpc` package.
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
  const client = secure ? xmlrpc.createSecureClient(options) : xmlrpc.createClient(options);
  return (method, params) =>
    new Promise((resolve, reject) => {
      client.methodCall(method, [...params], (error: object | null, value: unknown) => {
        if (error) failureOf(error as CallError).then(reject, reject);
        else resolve(value);
      });
    });
}

async function failureOf(error: CallError): Promise<Error> {
  const { faultCode, faultString, res, body = '' } = error;
  if (faultCode !== undefined) return new Fault(faultCode, faultString ?? '');
  if (res === undefined || res.statusCode === undefined || res.statusCode === 200) return error;
  // The package stops reading at the first thing that is not XML.
  const rest = res.readableEnded ? '' : await text(res);
  return new HttpError(res.statusCode, res.statusMessage ?? '', body + rest);
}
