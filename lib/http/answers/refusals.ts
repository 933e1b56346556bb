import type { WholeReply } from './servlet.js';

/** The maximum length of a name of the client's in a text. */
const MAX_NAME = 40;

/** Returns a response with a line of text. */
export function refusal(status: number, text: string, headers: Readonly<Record<string, string>> = {}): WholeReply {
  return { status, type: 'text/plain; charset=utf-8', headers, body: `${text}\n` };
}

/** The same for an endpoint that does not exist, is closed or expired, or belongs to another user. */
export const NOT_FOUND = refusal(404, 'The endpoint does not exist.');
/** For the owner of a session that has ended. Python's client shows the reason phrase, and no body. */
export function sessionEnded(ending: string): WholeReply {
  return { ...refusal(404, `${ending}.`), reason: ending };
}

export const FORBIDDEN = refusal(403, 'The client address is not allowed.');
export const BAD_FORWARDED_FOR = refusal(400, 'Malformed X-Forwarded-For.');
/** Only browsers send an Origin. */
export const FOREIGN_ORIGIN = refusal(403, 'Requests of web pages from other sites are not allowed.');
export const UNAUTHORISED = refusal(401, 'Missing or invalid credentials.', {
  'WWW-Authenticate': 'Basic realm="netsvc", charset="UTF-8"',
});
export const METHOD_NOT_ALLOWED = refusal(405, 'Method not allowed: use POST.', { Allow: 'POST' });
export const BAD_CONTENT_TYPE = refusal(400, 'Content-Type must be text/xml or application/xml.');
export const LENGTH_REQUIRED = refusal(411, 'Content-Length required.');
export const BAD_REQUEST = refusal(400, 'Malformed request.');
export const REQUEST_TIMEOUT = refusal(408, 'Request time-out.');
export const EXPECTATION_FAILED = refusal(417, 'Unsupported expectation: use 100-continue.');
export const HEADERS_TOO_LARGE = refusal(431, 'The request line and headers are too long.');
export const TOO_MANY_CALLS = refusal(503, 'Too many calls of this user are being answered.', { 'Retry-After': '1' });
export const INTERNAL_ERROR = refusal(500, 'Internal server error.');

/** @param name of the header, and `reason`, which the parser gives */
export function malformed(name: string, reason: string): WholeReply {
  return refusal(400, `Malformed header "${name.slice(0, MAX_NAME)}": ${reason}.`);
}

/** @param name of the coding, which the client chooses */
export function badContentEncoding(name: string): WholeReply {
  const text = `Unsupported Content-Encoding "${name.slice(0, MAX_NAME)}": use gzip or deflate once, or none.`;
  return refusal(415, text, { 'Accept-Encoding': 'gzip, deflate' });
}

/** @param limit in bytes */
export function bodyTooLarge(limit: number): WholeReply {
  return refusal(413, `The request body is larger than ${limit} bytes.`);
}
