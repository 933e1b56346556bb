import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WholeReply } from '../answers/servlet.js';
import { lingeringClose } from '../connections/lingering-close.js';
import { brokenRequest, refuseSocket } from './broken-request.js';
import { type MalformedHeader, malformedHeader, type ParserError } from './malformed-header.js';
import { ResponseChannel } from './response-channel.js';

/** The maximum number of bytes of a head that are kept, which is node:http's limit. */
const MAX_HEAD = 16 * 1024;

const EMPTY = Buffer.alloc(0);

/** Methods of requests that have no body, also without a header that says so. */
const WITHOUT_BODY = /^(?:GET|HEAD|OPTIONS|TRACE)$/;

const connections = new WeakMap<Duplex, NodeConnection>();

/**
 * A connection on the slow path. Each request gets one response, and one response is the last: that to a request that
 * asks for it, whose end is not known, or that is malformed. Nothing behind that request is interpreted or answered.
 */
export class NodeConnection {
  readonly #socket: Socket;
  /** The newest request, whose response is sent last. */
  #request: IncomingMessage | undefined;
  #response: ServerResponse | undefined;
  /** The one that is sent before that, if it is not sent yet. */
  #before: ServerResponse | undefined;
  /** The newest request is the last one. */
  #ended = false;
  /** What follows cannot be parsed. */
  #failed = false;
  /** What has arrived of the head of the next request, as far as it did not arrive with the end of another. */
  #head: Buffer = EMPTY;

  constructor(socket: Socket) {
    this.#socket = socket;
    // node:http calls it behind the last response.
    socket.destroySoon = () => lingeringClose(socket);
    connections.set(socket, this);
  }

  /** @returns undefined if the connection has not moved to the slow path */
  static of(socket: Duplex): NodeConnection | undefined {
    return connections.get(socket);
  }

  /** Nothing more is read of the connection. */
  get isOver(): boolean {
    const { destroyed, writableEnded } = this.#socket;
    return destroyed || writableEnded || this.#failed || (this.#ended && this.#request?.complete === true);
  }

  /** A response is being created or sent. */
  get isAnswering(): boolean {
    return this.#response?.writableFinished === false;
  }

  /** Gives bytes to the parser, unless the connection is over. */
  feed(bytes: Buffer, parse: (bytes: Buffer) => void): void {
    if (this.isOver) return;
    const newest = this.#request;
    const isHead = newest === undefined || newest.complete;
    parse(bytes);
    if (isHead && newest === this.#request && this.#head.length < MAX_HEAD)
      this.#head = Buffer.concat([this.#head, bytes]);
    else this.#head = EMPTY;
  }

  /** The head of a request has arrived. @returns false if it is behind the last request and must be ignored */
  begin(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#ended || this.#failed) return false;
    this.#request = request;
    const isBehind = response.socket === null;
    this.#before = isBehind ? this.#response : undefined;
    this.#response = response;
    const { method = '', headers } = request;
    const hasEnd =
      headers['content-length'] !== undefined ||
      headers['transfer-encoding'] !== undefined ||
      WITHOUT_BODY.test(method);
    // node:http closes a connection if it has not sent 100 Continue.
    const isLate = isBehind && headers.expect !== undefined;
    if (!response.shouldKeepAlive || !hasEnd || isLate) this.end();
    return true;
  }

  /**
   * Tells the client to send the body of the newest request. node:http would send that behind the head of a response
   * that is not the next one.
   */
  continue(): void {
    const [request, response] = [this.#request, this.#response];
    if (response?.socket) response.writeContinue();
    else
      this.#before?.once('finish', () => {
        if (request?.complete === false && response?.headersSent === false) response.writeContinue();
      });
  }

  /** Makes the newest request the last one, if its response can still announce that. */
  end(): void {
    if (this.#response === undefined || this.#response.headersSent) return;
    this.#response.shouldKeepAlive = false;
    this.#ended = true;
  }

  /**
   * The parser has failed, or a time-out has passed.
   *
   * @returns the header that is the reason, if there is one and the client is told
   */
  break(error: ParserError): MalformedHeader | undefined {
    const header = malformedHeader(error, this.#head);
    const isTold = this.fail(brokenRequest(error.code ?? '', header));
    return isTold ? header : undefined;
  }

  /**
   * The newest request cannot be read to its end, or if it has been, what follows is no request.
   *
   * @returns whether `reply` is sent: not if the newest request has another response
   */
  fail(reply: WholeReply): boolean {
    const wasEnded = this.#ended;
    this.end();
    this.#failed = true;
    const [request, response] = [this.#request, this.#response];
    const isRead = request === undefined || request.complete;
    if (response === undefined || (isRead && response.writableFinished && !wasEnded)) {
      refuseSocket(this.#socket, reply);
      return true;
    }
    if (!isRead && !response.headersSent) {
      new ResponseChannel(response).send(reply);
      return true;
    }
    if (response.writableFinished) lingeringClose(this.#socket);
    else response.once('finish', () => lingeringClose(this.#socket));
    return false;
  }
}
