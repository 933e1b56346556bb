import { createRequire } from 'node:module';
import xmlrpc from 'xmlrpc';

/** The XML parser of the `xmlrpc` package. */
interface Sax {
  createStream(strict?: boolean, options?: { readonly position: boolean }): unknown;
}

// It counts lines and columns, which takes half of the time, and much of that of specs with large results.
const { resolve } = createRequire(import.meta.url);
const sax = createRequire(resolve('xmlrpc'))('sax') as Sax;
const { createStream } = sax;
sax.createStream = (strict) => createStream(strict, { position: false });

/** A fault, as the `xmlrpc` package reports it. */
export interface Fault extends Error {
  readonly faultCode: number;
  readonly faultString: string;
}

/** A response that is not XML-RPC, as the package reports it. */
export interface HttpError extends Error {
  readonly res?: { readonly statusCode: number };
}

/** Calls a method with the `xmlrpc` package. */
export function call(url: string, method: string, ...params: unknown[]): Promise<unknown> {
  const { hostname, port, pathname, username, password } = new URL(url);
  const headers: Record<string, string> = {};
  if (username) headers.Authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const client = xmlrpc.createClient({ host: hostname, port: Number(port), path: pathname, headers });
  return new Promise((resolve, reject) =>
    client.methodCall(method, params, (error: object | null, value: unknown) =>
      error ? reject(error) : resolve(value),
    ),
  );
}

/** Returns the fault of a call; fails if the call succeeds, or fails in another way. */
export async function faultOf(answer: Promise<unknown>): Promise<{ code: number; string: string }> {
  const error = await failureOf<Fault>(answer);
  if (error.faultCode === undefined) throw error;
  return { code: error.faultCode, string: error.faultString };
}

/** Returns the HTTP status of a call without an XML-RPC response. */
export async function statusOf(answer: Promise<unknown>): Promise<number> {
  const error = await failureOf<HttpError>(answer);
  if (error.res === undefined) throw error;
  return error.res.statusCode;
}

/** Returns the error of what fails; fails if it succeeds. */
export async function failureOf<E extends Error = Error>(answer: Promise<unknown>): Promise<E> {
  const value = await answer.catch((error: E) => ({ error }));
  if (typeof value === 'object' && value !== null && 'error' in value) return value.error as E;
  throw new Error(`it was answered: ${JSON.stringify(value)}`);
}

/** Returns the document of a call without arguments or with one string. */
export function callDocument(method: string, text?: string): string {
  const params = text === undefined ? '' : `<param><value><string>${text}</string></value></param>`;
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${params}</params></methodCall>`;
}
