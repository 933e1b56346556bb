import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { FAULTS } from '../netsvc/faults.js';
import { ServiceFailure } from '../netsvc/service-failure.js';
import { answerCoding, codingHeaders, compress, decodedBody } from './content-coding.js';
import { INTERNAL_ERROR } from './refusals.js';
import { isStreamed, lengthOf, sendReply } from './send-reply.js';
import type { Receiver, Reply, StreamedBody } from './servlet.js';
import { StreamedAnswer } from './streamed-answer.js';

/** Up to so many bytes an answer is sent whole, with its length, even if it is made piece by piece. */
const SENT_WHOLE = 256 * 1024;

/**
 * Carries one request's body to its receiver and the receiver's reply back.
 *
 * The receiver is closed once, when the reply has left and the method behind it has ended: a client that hangs up ends the
 * first at once and the second only when the work it asked for has stopped.
 */
export class HttpConversation {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #receiver: Receiver;
  readonly #ended: (conversation: HttpConversation) => void;
  readonly #body: Readable;
  readonly #socket: Socket;
  #working = false;
  #left = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    receiver: Receiver,
    ended: (conversation: HttpConversation) => void,
  ) {
    this.#request = request;
    this.#response = response;
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
  break(reply: Reply): boolean {
    if (this.#request.complete) return false;
    this.closeConnection();
    if (!this.#response.writableEnded) sendReply(this.#response, reply);
    return true;
  }

  #write(chunk: Buffer): void {
    if (this.#response.writableEnded) return; // refused already: the rest is read and dropped
    const refused = this.#receiver.write(chunk);
    if (refused) this.#refuse(refused);
  }

  #refuse(reply: Reply): void {
    if (this.#response.writableEnded) return;
    sendReply(this.#response, reply);
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
      this.#reply(reply);
      return;
    }
    this.#working = true;
    const settle = (reply: Reply) => {
      this.#working = false;
      this.#reply(reply);
      this.#close();
    };
    reply.then(settle, () => settle(INTERNAL_ERROR));
  }

  /** Sends the answer, compressed if the client offered it and it pays. */
  #reply(reply: Reply): void {
    const { body } = reply;
    if (isStreamed(body)) {
      void this.#stream(reply, body);
      return;
    }
    const coding = answerCoding(this.#request, lengthOf(body));
    if (coding === undefined || this.#response.destroyed) {
      sendReply(this.#response, reply);
      return;
    }
    compress(typeof body === 'string' ? [Buffer.from(body)] : body, coding).then(
      (compressed) =>
        sendReply(this.#response, {
          ...reply,
          headers: { ...reply.headers, ...codingHeaders(coding) },
          body: compressed,
        }),
      () => sendReply(this.#response, reply),
    );
  }

  /** Sends an answer while it is made, or whole if it turns out to be small. Never rejects. */
  async #stream(reply: Reply, { pieces, fail }: StreamedBody): Promise<void> {
    const rest = pieces[Symbol.asyncIterator]();
    const start: Buffer[] = [];
    try {
      for (let length = 0; length <= SENT_WHOLE; ) {
        const next = await rest.next();
        if (next.done) {
          this.#reply({ ...reply, body: start });
          return;
        }
        start.push(next.value);
        length += next.value.length;
      }
    } catch (error) {
      this.#reply(fail(error));
      return;
    }
    // Whatever fails from here on cuts the connection, so that no half answer looks whole.
    const answer = new StreamedAnswer(this.#request, this.#response, reply);
    await answer.send(start, rest).catch(() => this.#response.destroy());
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
