import type { IncomingHttpHeaders } from 'node:http';
import { contentEncoding } from '../answers/content-encoding.js';
import { BAD_CONTENT_TYPE, bodyTooLarge, LENGTH_REQUIRED } from '../answers/refusals.js';
import type { RequestHead, WholeReply } from '../answers/servlet.js';
import { isXmlType } from './content-type.js';

/**
 * Refuses the body of a request by its head: its type, its length and its encoding. A body without a length is measured
 * while it arrives (`RpcExchange`).
 *
 * @param maxRequest the maximum length in bytes
 */
export function refusedBody({ headers }: RequestHead, maxRequest: number): WholeReply | undefined {
  const { 'content-type': type, 'content-length': length, 'content-encoding': encoding } = headers;
  if (!(type === undefined ? mayOmitType(headers) : isXmlType(type))) return BAD_CONTENT_TYPE;
  if (length === undefined && headers['transfer-encoding'] === undefined) return LENGTH_REQUIRED;
  if (Number(length) > maxRequest) return bodyTooLarge(maxRequest);
  return encoding === undefined ? undefined : contentEncoding(encoding).refused;
}

/**
 * davexmlrpc sends no Content-Type. From a browser, such a request can come from any page, while a request with an XML
 * type needs a CORS preflight.
 */
function mayOmitType({ origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  return origin === undefined && site === undefined;
}
