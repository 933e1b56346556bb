import type { IncomingHttpHeaders } from 'node:http';
import Negotiator from 'negotiator';

/**
 * Whether a request asks for a page. Browsers accept text/html by name; clients that accept every type, such as curl,
 * get no page.
 */
export function wantsPage(method: string, headers: IncomingHttpHeaders): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || headers.accept === undefined) return false;
  return new Negotiator({ headers }).mediaType(['text/plain', 'text/html']) === 'text/html';
}
