import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { bodyTooLarge, LENGTH_REQUIRED, refusal } from '../http/refusals.js';
import type { WholeReply } from '../http/servlet.js';

/** The maximum length of a form, in bytes. */
const MAX_FORM = 4096;

const NOT_A_FORM = refusal(415, 'Content-Type must be application/x-www-form-urlencoded.');

/**
 * Whether a page of this listener sent a request. Browsers send the password with the forms of every site (CSRF), but
 * no site can change these headers. Other clients, which send neither, use the admin service.
 */
export function isFromOwnPage({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site === 'same-origin';
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

/** Whether a page of another site sent a request. Clients that are not browsers send neither header. */
export function isFromOtherPage(headers: IncomingHttpHeaders): boolean {
  return (headers.origin ?? headers['sec-fetch-site']) !== undefined && !isFromOwnPage(headers);
}

/** Reads the fields of a form. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | WholeReply> {
  const { 'content-type': type = '', 'content-length': length } = request.headers;
  if (!/^application\/x-www-form-urlencoded(?:;|$)/i.test(type)) return NOT_A_FORM;
  if (length === undefined) return LENGTH_REQUIRED;
  if (Number(length) > MAX_FORM) return bodyTooLarge(MAX_FORM);
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return new URLSearchParams(text);
}
