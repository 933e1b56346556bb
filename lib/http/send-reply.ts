import type { ServerResponse } from 'node:http';
import { INTERNAL_ERROR } from './refusals.js';
import type { Reply, StreamedBody } from './servlet.js';

/** Up to so many bytes, one write of all pieces is cheaper than one of each. */
const WORTH_JOINING = 64 * 1024;

export function isStreamed(body: Reply['body']): body is StreamedBody {
  return typeof body === 'object' && 'pieces' in body;
}

/** In bytes, or in characters where that is all there is to know yet. */
export function lengthOf(body: string | readonly Buffer[]): number {
  return typeof body === 'string' ? body.length : body.reduce((sum, piece) => sum + piece.length, 0);
}

/** Sends a reply whole, with its length; one for a client that has gone is dropped. */
export function sendReply(response: ServerResponse, { status, type, headers, body }: Reply): void {
  if (response.destroyed) return;
  // Only a conversation can send what is made while it is sent.
  if (isStreamed(body)) {
    sendReply(response, INTERNAL_ERROR);
    return;
  }
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
  const pieces = typeof body === 'string' ? [Buffer.from(body)] : body;
  const length = lengthOf(pieces);
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': length });
  if (pieces.length <= 1 || length <= WORTH_JOINING) {
    response.end(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
    return;
  }
  for (const piece of pieces) response.write(piece);
  response.end();
}
