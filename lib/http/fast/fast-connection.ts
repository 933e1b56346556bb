import type { Socket } from 'node:net';
import { FAULTS } from '../../netsvc/faults.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import { answer } from '../answer.js';
import type { InFlightRequest } from '../in-flight-request.js';
import { INTERNAL_ERROR } from '../refusals.js';
import type { Receiver, Reception, Reply } from '../servlet.js';
import { type FastRequestHead, FastRequestReader } from './fast-request.js';
import { SocketChannel } from './socket-channel.js';

/** What a connection needs of the daemon. */
export interface ConnectionHost {
  /** How long a connection is kept between requests, and how long the first may take to come, in milliseconds. */
  readonly idle: number;
  readonly firstWait: number;
  /** How long a client may read nothing of its answer, in milliseconds. */
  readonly stall: number;
  /** Finds who answers a request. It may throw. */
  receive(socket: Socket, head: FastRequestHead): Reception | Promise<Reception>;
  /** Gives the connection to node:http, with what has been read of its next request. */
  handOver(connection: FastConnection, socket: Socket, unread: Buffer): void;
  began(conversation: InFlightRequest): void;
  ended(conversation: InFlightRequest): void;
  closed(connection: FastConnection): void;
  failed(error: unknown): void;
}

/** A request that has not come whole within so many milliseconds is left to node:http, which has time-outs for it. */
const PATIENCE = 100;

/** So many bytes behind the request that is being answered may wait here; more wait with the client. */
const MOST_WAITING = 64 * 1024;

const NOTHING = Buffer.alloc(0);

/**
 * A connection whose requests are all ordinary: POSTs that come whole and want nothing special. Node's HTTP costs more
 * than a small call does, so they are read and answered here. At the first request that is not ordinary the connection
 * goes to node:http, for good.
 */
export class FastConnection implements InFlightRequest {
  readonly #host: ConnectionHost;
  readonly #socket: Socket;
  readonly #channel: SocketChannel;
  readonly #requests = new FastRequestReader();
  #unread: Buffer = NOTHING;
  #patience: NodeJS.Timeout | undefined;
  /** A request has come and its answer has not left. */
  #answering = false;
  #first = true;
  /** It waits for the reader of its answer. */
  #patient = false;
  /** Its method runs. */
  #working = false;
  #receiver: Receiver | undefined;

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#channel = new SocketChannel(socket, host.idle / 1000, this.#left);
    socket.on('data', this.#take);
    socket.on('end', this.#hangUp);
    socket.on('error', this.#hangUp);
    socket.on('close', this.#close);
    socket.on('timeout', this.#expire);
    socket.setTimeout(host.firstWait);
  }

  abort(reason: Error): void {
    this.#receiver?.abort(reason);
  }

  closeConnection(): void {
    this.#channel.closing = true;
    // What has arrived by now is read first.
    setImmediate(() =>
      setImmediate(() => {
        if (!this.#answering && this.#unread.length === 0) this.#finish();
      }),
    );
  }

  readonly #take = (chunk: Buffer): void => {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    if (!this.#answering) this.#next();
    else if (this.#unread.length > MOST_WAITING) this.#socket.pause();
  };

  /** Goes on with what has come. */
  #next(): void {
    const request = this.#requests.read(this.#unread);
    if (request === 'special') {
      this.#handOver();
    } else if (request === 'incomplete') {
      // It counts from its first byte: who stops waits for it.
      this.#host.began(this);
      this.#patience ??= setTimeout(() => this.#handOver(), PATIENCE);
    } else {
      clearTimeout(this.#patience);
      this.#patience = undefined;
      this.#unread = NOTHING;
      if (this.#first) this.#socket.setTimeout(this.#host.idle);
      this.#first = false;
      this.#serve(request.head, request.body);
    }
  }

  #serve(head: FastRequestHead, body: Buffer): void {
    this.#answering = true;
    this.#host.began(this);
    const fail = (error: unknown) => {
      this.#host.failed(error);
      this.#answer(head, INTERNAL_ERROR);
    };
    try {
      const reception = this.#host.receive(this.#socket, head);
      if (!(reception instanceof Promise)) this.#converse(head, body, reception);
      else reception.then((reception) => this.#converse(head, body, reception)).catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #converse(head: FastRequestHead, body: Buffer, reception: Reception): void {
    if ('status' in reception) {
      this.#answer(head, reception);
      return;
    }
    // The client may have gone while `authorise` was thinking.
    if (!this.#answering) {
      reception.close();
      return;
    }
    this.#receiver = reception;
    const refused = body.length === 0 ? undefined : reception.write(body);
    const reply = refused ?? reception.end();
    if (!(reply instanceof Promise)) {
      this.#answer(head, reply);
      return;
    }
    this.#working = true;
    const settle = (reply: Reply) => {
      this.#working = false;
      if (this.#socket.destroyed) this.#end();
      else this.#answer(head, reply);
    };
    reply.then(settle, () => settle(INTERNAL_ERROR));
  }

  #answer({ headers }: FastRequestHead, reply: Reply): void {
    answer(this.#channel, headers, reply);
  }

  /** The answer has left. */
  readonly #left = (): void => {
    if (!this.#answering || this.#socket.destroyed) return;
    this.#end();
    if (this.#channel.closing) {
      this.#finish();
      return;
    }
    this.#socket.resume();
    if (this.#unread.length > 0) this.#next();
  };

  /** Takes leave. A request that comes now could not be answered, so it is not read. */
  #finish(): void {
    this.#socket.off('data', this.#take);
    this.#socket.resume();
    this.#socket.end();
  }

  #end(): void {
    this.#answering = false;
    if (this.#patient) this.#socket.setTimeout(this.#host.idle);
    this.#patient = false;
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.close();
    this.#host.ended(this);
  }

  readonly #hangUp = (): void => {
    this.#socket.destroy();
  };

  /** Nothing has moved on the connection for as long as it is kept, or as an answer waits for its reader. */
  readonly #expire = (): void => {
    if (this.#answering) {
      this.#stall();
      return;
    }
    if (this.#unread.length > 0) this.#handOver();
    else this.#socket.destroy();
  };

  /** A method may take its time; a client that does not read holds a session, and a connection to MySQL. */
  #stall(): void {
    if (this.#patient && this.#socket.writableLength > 0) {
      this.#socket.destroy();
      return;
    }
    this.#patient = true;
    this.#socket.setTimeout(this.#host.stall);
  }

  readonly #close = (): void => {
    clearTimeout(this.#patience);
    this.#host.closed(this);
    if (!this.#answering) {
      this.#host.ended(this);
      return;
    }
    this.#receiver?.abort(ServiceFailure.of(FAULTS.RESPONSE_ABORTED, 'The client hung up.'));
    if (!this.#working) this.#end();
  };

  #handOver(): void {
    clearTimeout(this.#patience);
    const socket = this.#socket;
    socket.pause();
    socket.setTimeout(0);
    socket.off('timeout', this.#expire);
    socket.off('data', this.#take);
    socket.off('end', this.#hangUp);
    socket.off('error', this.#hangUp);
    socket.off('close', this.#close);
    this.#host.began(this);
    this.#host.handOver(this, socket, this.#unread);
    // By then node:http has read what was handed over, and begun a conversation of its own.
    setImmediate(() => this.#host.ended(this));
  }
}
