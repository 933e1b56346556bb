import type { WholeReply } from './servlet.js';

/** A refusal in a line of text, for people. */
export function refusal(status: number, text: string, headers: Readonly<Record<string, string>> = {}): WholeReply {
  return { status, type: 'text/plain', headers, body: `${text}\n` };
}

/** One text for endpoints that never were, are closed or expired, or are somebody else's. */
export const NOT_FOUND = refusal(404, 'There is no such endpoint.');
export const FORBIDDEN = refusal(403, 'This host may not use the server.');
export const BAD_FORWARDED_FOR = refusal(400, 'X-Forwarded-For is malformed.');
/** Browsers say where a request comes from; nobody else does. */
export const FOREIGN_ORIGIN = refusal(403, 'Pages of other sites may not use the server.');
export const UNAUTHORISED = refusal(401, 'Credentials are missing or wrong.', {
  'WWW-Authenticate': 'Basic realm="netsvc", charset="UTF-8"',
});
export const METHOD_NOT_ALLOWED = refusal(405, 'XML-RPC calls are sent by POST.', { Allow: 'POST' });
export const BAD_CONTENT_TYPE = refusal(400, 'The Content-Type must be text/xml or application/xml.');
export const LENGTH_REQUIRED = refusal(411, 'A Content-Length is required.');
export const BAD_CONTENT_ENCODING = refusal(415, 'The Content-Encoding is not supported.', {
  'Accept-Encoding': 'gzip, deflate',
});
export const BAD_REQUEST = refusal(400, 'The request is malformed.');
export const REQUEST_TIMEOUT = refusal(408, 'The request took too long to arrive.');
export const EXPECTATION_FAILED = refusal(417, 'The only expectation that can be met is 100-continue.');
export const HEADERS_TOO_LARGE = refusal(431, 'The request line and the headers are too long.');
export const INTERNAL_ERROR = refusal(500, 'The server failed to answer.');

/** @param limit in bytes */
export function bodyTooLarge(limit: number): WholeReply {
  return refusal(413, `A request may have at most ${limit} bytes.`);
}
