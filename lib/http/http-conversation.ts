import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { FAULTS } from '../netsvc/faults.js';
import { ServiceFailure } from '../netsvc/service-failure.js';
import { INTERNAL_ERROR } from './refusals.js';
import type { Receiver, Reply } from './servlet.js';

/**
 * Carries one request's body to its receiver and the receiver's reply back.
 *
 * The receiver is closed once, when the reply has left and the method behind it has ended: a client that hangs up ends the
 * first at once and the second only when the work it asked for has stopped.
 */
export class HttpConversation {
  readonly #response: ServerResponse;
  readonly #receiver: Receiver;
  readonly #ended: (conversation: HttpConversation) => void;
  readonly #socket: Socket;
  #working = false;
  #left = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    receiver: Receiver,
    ended: (conversation: HttpConversation) => void,
  ) {
    this.#response = response;
    this.#receiver = receiver;
    this.#ended = ended;
    this.#socket = request.socket;
    request.on('data', (chunk: Buffer) => this.#write(chunk));
    request.on('end', () => this.#end());
    response.on('close', this.#leave);
    // The response to a request that waits behind another in a pipeline hears nothing of the end of its connection.
    this.#socket.on('close', this.#leave);
  }

  abort(reason: Error): void {
    this.#receiver.abort(reason);
  }

  /** Announces with the reply that the connection closes after it. */
  closeConnection(): void {
    this.#response.shouldKeepAlive = false;
  }

  #write(chunk: Buffer): void {
    if (this.#response.writableEnded) return; // refused already: the rest is read and dropped
    const refused = this.#receiver.write(chunk);
    if (refused) sendReply(this.#response, refused);
  }

  #end(): void {
    if (this.#response.writableEnded) return;
    const reply = this.#receiver.end();
    if (!(reply instanceof Promise)) {
      sendReply(this.#response, reply);
      return;
    }
    this.#working = true;
    const settle = (reply: Reply) => {
      this.#working = false;
      sendReply(this.#response, reply);
      this.#close();
    };
    reply.then(settle, () => settle(INTERNAL_ERROR));
  }

  readonly #leave = (): void => {
    if (this.#left) return;
    this.#left = true;
    this.#socket.off('close', this.#leave);
    if (!this.#response.writableFinished)
      this.#receiver.abort(ServiceFailure.of(FAULTS.RESPONSE_ABORTED, 'The client hung up.'));
    this.#close();
  };

  #close(): void {
    if (this.#working || !this.#left) return;
    this.#receiver.close();
    this.#ended(this);
  }
}

/** Sends a reply whole, with its length; one for a client that has gone is dropped. */
export function sendReply(response: ServerResponse, { status, type, headers, body }: Reply): void {
  if (response.destroyed) return;
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
  if (typeof body === 'string') {
    const bytes = Buffer.from(body);
    response.writeHead(status, { 'Content-Type': type, 'Content-Length': bytes.length });
    response.end(bytes);
    return;
  }
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': length });
  for (const piece of body) response.write(piece);
  response.end();
}
