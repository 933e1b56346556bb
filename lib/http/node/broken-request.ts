import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { BAD_REQUEST, HEADERS_TOO_LARGE, malformed, REQUEST_TIMEOUT } from '../answers/refusals.js';
import type { WholeReply } from '../answers/servlet.js';
import { lingeringClose } from '../connections/lingering-close.js';
import { countRefusal } from '../connections/traffic.js';
import type { MalformedHeader } from './malformed-header.js';

/** Returns the response to a request that cannot be parsed, by Node's error code. */
export function brokenRequest(code: string, header: MalformedHeader | undefined): WholeReply {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return REQUEST_TIMEOUT;
  if (code === 'HPE_HEADER_OVERFLOW') return HEADERS_TOO_LARGE;
  return header === undefined ? BAD_REQUEST : malformed(header.name, header.reason);
}

/** Sends a refusal on a connection without a request. */
export function refuseSocket(socket: Socket, { status, type, headers = {}, body }: WholeReply): void {
  if (!socket.writable || typeof body !== 'string') {
    socket.destroy();
    return;
  }
  countRefusal(socket, status);
  const lines = Object.entries({
    ...headers,
    'Content-Type': type,
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`);
  lingeringClose(socket);
}
