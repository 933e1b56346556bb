import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { type AnswerChannel, lengthOf } from '../answers/answer-channel.js';
import type { ReplyHead, WholeReply } from '../answers/servlet.js';
import { countRefusal } from '../connections/traffic.js';
import { ChunkedBody, MeasuredBody } from './socket-body.js';

/** Sends the responses on a connection of the fast path, in the format of node:http. */
export class SocketChannel implements AnswerChannel {
  /** The response announces `Connection: close`. */
  closing = false;
  readonly takesChunks = true;
  #begun = false;
  readonly #socket: Socket;
  readonly #keepAlive: string;
  readonly #sent: () => void;

  /**
   * @param idle seconds that the connection is kept between requests
   * @param sent called when a response has been sent
   */
  constructor(socket: Socket, idle: number, sent: () => void) {
    this.#socket = socket;
    this.#keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${idle}\r\n\r\n`;
    this.#sent = () => {
      this.#begun = false;
      sent();
    };
  }

  get begun(): boolean {
    return this.#begun;
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  send(reply: WholeReply): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    this.#begun = true;
    const { status, body } = reply;
    if (status >= 400) countRefusal(socket, status);
    if (typeof body === 'string') {
      const length = Buffer.byteLength(body);
      // Most responses are ASCII, for which latin1 is the fastest encoding.
      socket.write(this.#head(reply, length) + body, length === body.length ? 'latin1' : 'utf8', this.#sent);
      return;
    }
    socket.cork();
    socket.write(this.#head(reply, lengthOf(body)), 'latin1');
    for (const piece of body) socket.write(piece);
    socket.write('', this.#sent);
    socket.uncork();
  }

  begin(head: ReplyHead, length?: number): Writable {
    this.#begun = true;
    this.#socket.write(this.#head(head, length), 'latin1');
    const Body = length === undefined ? ChunkedBody : MeasuredBody;
    return new Body(this.#socket, this.#sent);
  }

  cut(): void {
    this.#socket.destroy();
  }

  #head({ status, reason = STATUS_CODES[status], type, headers }: ReplyHead, length?: number): string {
    let head = `HTTP/1.1 ${status} ${reason}\r\n`;
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
    head += `Content-Type: ${type}\r\n`;
    head += length === undefined ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${length}\r\n`;
    head += `Date: ${httpDate()}\r\n`;
    return head + (this.closing ? 'Connection: close\r\n\r\n' : this.#keepAlive);
  }
}

let second = 0;
let text = '';

/** Returns the current time in the format of RFC 9110, section 5.6.7. */
function httpDate(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    text = new Date(now * 1000).toUTCString();
  }
  return text;
}
