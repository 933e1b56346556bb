import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { ClientDisconnected } from '../../netsvc/service-failure.js';
import { isTurnSpent, nextTurn, Turn } from '../../turns/turns.js';
import { answer } from '../answers/answer.js';
import { decodedBody } from '../answers/content-coding.js';
import { HALF_CLOSE_TIMEOUT, type InFlightRequest } from '../answers/in-flight-requests.js';
import { INTERNAL_ERROR, TOO_MANY_CALLS } from '../answers/refusals.js';
import type { Receiver, Reply, WholeReply } from '../answers/servlet.js';
import type { ClientConnection } from '../connections/client-connections.js';
import type { NodeConnection } from './node-connection.js';
import { ResponseChannel } from './response-channel.js';

export interface NodeRequestOptions {
  readonly connection: NodeConnection;
  readonly client: ClientConnection;
  readonly receiver: Receiver;
  /** The response has been sent, or never will be, and the method has ended. */
  ended(request: NodeRequest): void;
}

/**
 * A request on the slow path: passes the body from node:http to its receiver, and the receiver's reply back.
 *
 * The receiver is closed once, when the response has been sent and the method has ended. If the client disconnects, the
 * first happens at once, the second when the method has stopped.
 */
export class NodeRequest implements InFlightRequest {
  readonly #connection: NodeConnection;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #channel: ResponseChannel;
  readonly #receiver: Receiver;
  readonly #client: ClientConnection;
  readonly #ended: (request: NodeRequest) => void;
  readonly #body: Readable;
  readonly #socket: Socket;
  /** The body has been read to its end, and the reply is the receiver's. */
  #complete = false;
  #halfCloseTimer: NodeJS.Timeout | undefined;
  #working = false;
  #closed = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    { connection, client, receiver, ended }: NodeRequestOptions,
  ) {
    this.#connection = connection;
    this.#request = request;
    this.#response = response;
    this.#channel = new ResponseChannel(response);
    this.#receiver = receiver;
    this.#client = client;
    this.#ended = ended;
    this.#socket = request.socket;
    this.#body = decodedBody(request);
    this.#body.on('data', (chunk: Buffer) => {
      if (isTurnSpent()) {
        this.#pause();
        this.#body.unshift(chunk);
        return;
      }
      const turn = new Turn();
      this.#write(chunk);
      turn.end();
    });
    this.#body.on('end', () => this.#end());
    if (this.#body !== request) {
      this.#body.on('error', () => this.#refuse(this.#receiver.fail('the body is not valid in its Content-Encoding')));
    }
    response.on('close', this.#disconnected);
    // The response of a pipelined request emits no event when the connection is closed.
    this.#socket.on('close', this.#disconnected);
    this.#socket.once('end', this.#halfClosed);
  }

  abort(reason: Error): void {
    this.#receiver.abort(reason);
  }

  closeConnection(): void {
    this.#connection.end();
  }

  #write(chunk: Buffer): void {
    if (this.#response.writableEnded) return; // refused already: the rest is read and dropped
    const refused = this.#receiver.write(chunk);
    if (refused) this.#refuse(refused);
  }

  /** Lets everything else have its turn: bodies can arrive faster than they are decoded, on many connections. */
  #pause(): void {
    this.#body.pause();
    void nextTurn().then(() => this.#body.resume());
  }

  #refuse(reply: WholeReply): void {
    if (this.#response.writableEnded || this.#complete) return;
    this.#channel.send(reply);
    if (this.#body === this.#request) return;
    // The rest of the request is read and dropped, without decoding.
    this.#request.unpipe();
    this.#body.destroy();
    this.#request.resume();
  }

  #end(): void {
    if (this.#response.writableEnded) return;
    if (!this.#request.complete) {
      // A compressed body can end before the body of the request, whose rest is read and dropped.
      this.#request.unpipe();
      this.#request.once('end', () => this.#end());
      this.#request.resume();
      return;
    }
    this.#complete = true;
    this.#client.begin();
    if (!this.#client.accept()) {
      this.#channel.send(TOO_MANY_CALLS);
      return;
    }
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

  /** See `FastConnection`. */
  readonly #halfClosed = (): void => {
    this.closeConnection();
    this.#halfCloseTimer = setTimeout(() => this.#receiver.abort(new ClientDisconnected()), HALF_CLOSE_TIMEOUT);
  };

  readonly #disconnected = (): void => {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#body !== this.#request) this.#body.destroy();
    this.#socket.off('close', this.#disconnected);
    this.#socket.off('end', this.#halfClosed);
    clearTimeout(this.#halfCloseTimer);
    if (!this.#response.writableFinished) this.#receiver.abort(new ClientDisconnected());
    this.#close();
  };

  #close(): void {
    if (this.#working || !this.#closed) return;
    this.#receiver.close();
    if (this.#complete) this.#client.end();
    this.#ended(this);
  }
}
