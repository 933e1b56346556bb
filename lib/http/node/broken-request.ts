import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { BAD_REQUEST, HEADERS_TOO_LARGE, REQUEST_TIMEOUT } from '../refusals.js';
import type { WholeReply } from '../servlet.js';

/** Returns the response to a request that cannot be parsed, by Node's error code. */
export function brokenRequest(code: string): WholeReply {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return REQUEST_TIMEOUT;
  return code === 'HPE_HEADER_OVERFLOW' ? HEADERS_TOO_LARGE : BAD_REQUEST;
}

/** Sends a refusal on a connection without a request. */
export function refuseSocket(socket: Duplex, { status, type, headers = {}, body }: WholeReply): void {
  if (!socket.writable || typeof body !== 'string') {
    socket.destroy();
    return;
  }
  const lines = Object.entries({
    ...headers,
    'Content-Type': type,
    'Content-Length': String(body.length),
    Connection: 'close',
  });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`, () => socket.destroy());
}
