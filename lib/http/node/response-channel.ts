import { type ServerResponse, STATUS_CODES } from 'node:http';
import { type AnswerChannel, lengthOf } from '../answers/answer-channel.js';
import type { ReplyHead, WholeReply } from '../answers/servlet.js';
import { countRefusal } from '../connections/traffic.js';

/** The maximum size of a response, in bytes, whose pieces are joined for one write. */
const WORTH_JOINING = 64 * 1024;

/** Sends a response by node:http. */
export class ResponseChannel implements AnswerChannel {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  get takesChunks(): boolean {
    return this.#response.useChunkedEncodingByDefault;
  }

  get closed(): boolean {
    return this.#response.destroyed;
  }

  send({ status, reason = STATUS_CODES[status], type, headers, body }: WholeReply): void {
    const response = this.#response;
    // A request that could not be read further has been answered.
    if (response.destroyed || response.headersSent) return;
    if (status >= 400) countRefusal(response.req.socket, status);
    const pieces = typeof body === 'string' ? [Buffer.from(body)] : body;
    const length = lengthOf(pieces);
    response.writeHead(status, reason, { ...headers, 'Content-Type': type, 'Content-Length': length });
    if (pieces.length <= 1 || length <= WORTH_JOINING) {
      response.end(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
      return;
    }
    for (const piece of pieces) response.write(piece);
    response.end();
  }

  begin({ status, type, headers }: ReplyHead, length?: number): ServerResponse {
    const measured = length === undefined ? {} : { 'Content-Length': length };
    return this.#response.writeHead(status, { ...headers, 'Content-Type': type, ...measured });
  }

  cut(): void {
    this.#response.destroy();
  }
}
