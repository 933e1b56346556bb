import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { FAULTS } from '../../netsvc/faults.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import { answer } from '../answer.js';
import { decodedBody } from '../content-coding.js';
import type { InFlightRequest } from '../in-flight-request.js';
import { INTERNAL_ERROR } from '../refusals.js';
import type { Receiver, Reply, WholeReply } from '../servlet.js';
import { ResponseChannel } from './response-channel.js';

/**
 * Carries the body of one of node:http's requests to its receiver and the receiver's reply back.
 *
 * The receiver is closed once, when the reply has left and the method behind it has ended: a client that hangs up ends
 * the first at once and the second only when the work it asked for has stopped.
 */
export class NodeRequest implements InFlightRequest {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #channel: ResponseChannel;
  readonly #receiver: Receiver;
  readonly #ended: (conversation: NodeRequest) => void;
  readonly #body: Readable;
  readonly #socket: Socket;
  #working = false;
  #left = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    receiver: Receiver,
    ended: (conversation: NodeRequest) => void,
  ) {
    this.#request = request;
    this.#response = response;
    this.#channel = new ResponseChannel(response);
    this.#receiver = receiver;
    this.#ended = ended;
    this.#socket = request.socket;
    this.#body = decodedBody(request);
    this.#body.on('data', (chunk: Buffer) => this.#write(chunk));
    this.#body.on('end', () => this.#end());
    if (this.#body !== request) {
      this.#body.on('error', () =>
        this.#refuse(this.#receiver.fail('the body is not compressed as its Content-Encoding says')),
      );
    }
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

  isOn(socket: Duplex): boolean {
    return this.#socket === socket;
  }

  /** The request cannot be read any further, for a reason of HTTP's. @returns false if it had been read already */
  break(reply: WholeReply): boolean {
    if (this.#request.complete) return false;
    this.closeConnection();
    if (!this.#response.writableEnded) this.#channel.send(reply);
    return true;
  }

  #write(chunk: Buffer): void {
    if (this.#response.writableEnded) return; // refused already: the rest is read and dropped
    const refused = this.#receiver.write(chunk);
    if (refused) this.#refuse(refused);
  }

  #refuse(reply: WholeReply): void {
    if (this.#response.writableEnded) return;
    this.#channel.send(reply);
    if (this.#body === this.#request) return;
    // What more would come out is not wanted, and the rest of what comes in is read and dropped.
    this.#request.unpipe();
    this.#body.destroy();
    this.#request.resume();
  }

  #end(): void {
    if (this.#response.writableEnded) return;
    const reply = this.#receiver.end();
    if (!(reply instanceof Promise)) {
      answer(this.#channel, this.#request.headers, reply);
      return;
    }
    this.#working = true;
    const settle = (reply: Reply) => {
      this.#working = false;
      answer(this.#channel, this.#request.headers, reply);
      this.#close();
    };
    reply.then(settle, () => settle(INTERNAL_ERROR));
  }

  readonly #leave = (): void => {
    if (this.#left) return;
    this.#left = true;
    if (this.#body !== this.#request) this.#body.destroy();
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
