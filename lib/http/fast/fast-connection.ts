import type { Socket } from 'node:net';
import { ClientDisconnected } from '../../netsvc/service-failure.js';
import { isTurnSpent, nextTurn, Turn } from '../../turns/turns.js';
import { answer } from '../answers/answer.js';
import { HALF_CLOSE_TIMEOUT, type InFlightRequest } from '../answers/in-flight-requests.js';
import { INTERNAL_ERROR, TOO_MANY_CALLS } from '../answers/refusals.js';
import { mayGoOn, nextRequestTurn } from '../answers/request-turns.js';
import type { Receiver, Reception, Reply } from '../answers/servlet.js';
import type { ClientConnection } from '../connections/client-connections.js';
import { lingeringClose } from '../connections/lingering-close.js';
import { type FastRequestHead, FastRequestReader } from './fast-request.js';
import { SocketChannel } from './socket-channel.js';

/** What a connection needs of the daemon. */
export interface ConnectionHost {
  /** Milliseconds that a connection is kept between requests, and that the first request may take to arrive. */
  readonly idle: number;
  readonly firstWait: number;
  /** Milliseconds that a client may leave a response unread. */
  readonly stall: number;
  /** Finds the receiver of a request. May throw. */
  receive(socket: Socket, client: ClientConnection, head: FastRequestHead): Reception | Promise<Reception>;
  /** Passes the connection to node:http, with the bytes that have been read of its next request. */
  passToSlowPath(connection: FastConnection, socket: Socket, unread: Buffer): void;
  began(request: InFlightRequest): void;
  ended(request: InFlightRequest): void;
  closed(connection: FastConnection): void;
  failed(error: unknown): void;
}

/** Milliseconds after which an incomplete request is passed to the slow path, which has time-outs for it. */
const FAST_PATH_TIMEOUT = 100;

/** The maximum number of bytes that are read ahead while a request is being answered. Then reading pauses. */
const MAX_UNREAD = 64 * 1024;

/** A body with more bytes can take long to decode. */
const LONG_BODY = 4 * 1024;

const EMPTY = Buffer.alloc(0);

/**
 * A connection on the fast path: it reads complete plain POST requests, at less than the cost of node:http, which
 * exceeds that of a small call. The first other request passes the connection to the slow path, for good.
 */
export class FastConnection implements InFlightRequest {
  readonly #host: ConnectionHost;
  readonly #socket: Socket;
  readonly #client: ClientConnection;
  readonly #channel: SocketChannel;
  readonly #requests = new FastRequestReader();
  #unread: Buffer = EMPTY;
  #slowPathTimer: NodeJS.Timeout | undefined;
  #halfCloseTimer: NodeJS.Timeout | undefined;
  /** A request has arrived and its response has not been sent. */
  #answering = false;
  /** Requests have arrived, and their turn will come. */
  #queued = false;
  #first = true;
  /** The timer for an unread response is running. */
  #stallTimerRunning = false;
  /** The method is running. */
  #working = false;
  #receiver: Receiver | undefined;

  constructor(socket: Socket, client: ClientConnection, host: ConnectionHost) {
    this.#socket = socket;
    this.#client = client;
    this.#host = host;
    this.#channel = new SocketChannel(socket, host.idle / 1000, this.#sent);
    socket.on('data', this.#receive);
    socket.on('end', this.#halfClose);
    socket.on('error', this.#disconnect);
    socket.on('close', this.#close);
    socket.on('timeout', this.#expire);
    socket.setTimeout(host.firstWait);
  }

  abort(reason: Error): void {
    this.#receiver?.abort(reason);
  }

  closeAfterResponse(): void {
    this.#channel.closing = true;
  }

  closeConnection(): void {
    this.closeAfterResponse();
    // Requests that have arrived by now are answered first.
    setImmediate(() =>
      setImmediate(() => {
        if (!this.#answering && this.#unread.length === 0) this.#finish();
      }),
    );
  }

  readonly #receive = (chunk: Buffer): void => {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    if (!this.#answering && !this.#queued) this.#next();
    else if (this.#unread.length > MAX_UNREAD) this.#socket.pause();
  };

  /** Processes the bytes that have been read. */
  #next(): void {
    const request = this.#requests.read(this.#unread);
    if (request === 'slow') {
      this.#passToSlowPath();
    } else if (request === 'incomplete') {
      // A partly received request is in flight, so that a shutdown waits for it.
      this.#host.began(this);
      this.#slowPathTimer ??= setTimeout(() => this.#passToSlowPath(), FAST_PATH_TIMEOUT);
    } else {
      clearTimeout(this.#slowPathTimer);
      this.#slowPathTimer = undefined;
      this.#unread = EMPTY;
      if (this.#first) this.#socket.setTimeout(this.#host.idle);
      this.#first = false;
      this.#serve(request.head, request.body);
    }
  }

  #serve(head: FastRequestHead, body: Buffer): void {
    this.#answering = true;
    this.#client.begin();
    this.#host.began(this);
    const fail = (error: unknown) => this.#fail(head, error);
    try {
      const reception = this.#host.receive(this.#socket, this.#client, head);
      if (!(reception instanceof Promise)) this.#startRequest(head, body, reception);
      else reception.then((reception) => this.#startRequest(head, body, reception)).catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #fail(head: FastRequestHead, error: unknown): void {
    this.#host.failed(error);
    this.#answer(head, INTERNAL_ERROR);
  }

  #startRequest(head: FastRequestHead, body: Buffer, reception: Reception): void {
    if ('status' in reception) {
      this.#client.refuse();
      this.#answer(head, reception);
      return;
    }
    // The client may have disconnected during `authorise`.
    if (!this.#answering) {
      reception.close();
      return;
    }
    this.#receiver = reception;
    if (!this.#client.accept()) {
      this.#answer(head, TOO_MANY_CALLS);
      return;
    }
    if (body.length <= LONG_BODY) {
      this.#perform(head, body, reception);
    } else if (!isTurnSpent()) {
      this.#performLong(head, body, reception);
    } else {
      // The client may have disconnected meanwhile.
      const begin = () => {
        if (this.#receiver === reception) this.#performLong(head, body, reception);
      };
      nextTurn()
        .then(begin)
        .catch((error: unknown) => this.#fail(head, error));
    }
  }

  #performLong(head: FastRequestHead, body: Buffer, receiver: Receiver): void {
    const turn = new Turn();
    this.#perform(head, body, receiver);
    turn.end();
  }

  #perform(head: FastRequestHead, body: Buffer, receiver: Receiver): void {
    const refused = body.length === 0 ? undefined : receiver.write(body);
    const reply = refused ?? receiver.end();
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

  /** The response has been sent. */
  readonly #sent = (): void => {
    if (!this.#answering || this.#socket.destroyed) return;
    this.#end();
    if (this.#channel.closing) {
      this.#finish();
      return;
    }
    if (this.#unread.length === 0) this.#socket.resume();
    else if (mayGoOn()) this.#goOn();
    else this.#queue();
  };

  /** Reads the next request of several that have arrived. */
  #goOn(): void {
    this.#socket.resume();
    this.#next();
  }

  #queue(): void {
    this.#queued = true;
    this.#host.began(this);
    void nextRequestTurn().then(() => {
      this.#queued = false;
      if (!this.#socket.destroyed) this.#goOn();
    });
  }

  /** Ends the connection. A request that arrives now could not be answered, so it is not read. */
  #finish(): void {
    this.#socket.off('data', this.#receive);
    this.#unread = EMPTY;
    lingeringClose(this.#socket);
  }

  #end(): void {
    this.#answering = false;
    this.#client.end();
    if (this.#stallTimerRunning) this.#socket.setTimeout(this.#host.idle);
    this.#stallTimerRunning = false;
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.close();
    this.#host.ended(this);
  }

  readonly #disconnect = (): void => {
    this.#socket.destroy();
  };

  /**
   * The client sends nothing more. It may still read the response, or have closed the connection: only a write would
   * tell. A request that is being answered is given some time.
   */
  readonly #halfClose = (): void => {
    if (!this.#answering || this.#unread.length > 0) {
      this.#socket.destroy();
      return;
    }
    this.#channel.closing = true;
    this.#halfCloseTimer = setTimeout(() => this.#receiver?.abort(new ClientDisconnected()), HALF_CLOSE_TIMEOUT);
  };

  /** Nothing was received or sent for the time that the connection is kept, or that a response may remain unread. */
  readonly #expire = (): void => {
    if (this.#answering) {
      this.#stall();
      return;
    }
    if (this.#queued) return;
    if (this.#unread.length > 0) this.#passToSlowPath();
    else this.#socket.destroy();
  };

  /**
   * A method may run for any time. A client that does not read its response, however, occupies a session and a MySQL
   * connection.
   */
  #stall(): void {
    if (this.#stallTimerRunning && this.#socket.writableLength > 0) {
      this.#socket.destroy();
      return;
    }
    this.#stallTimerRunning = true;
    this.#socket.setTimeout(this.#host.stall);
  }

  readonly #close = (): void => {
    clearTimeout(this.#slowPathTimer);
    clearTimeout(this.#halfCloseTimer);
    this.#host.closed(this);
    if (!this.#answering) {
      this.#host.ended(this);
      return;
    }
    this.#receiver?.abort(new ClientDisconnected());
    if (!this.#working) this.#end();
  };

  #passToSlowPath(): void {
    clearTimeout(this.#slowPathTimer);
    const socket = this.#socket;
    socket.pause();
    socket.setTimeout(0);
    socket.off('timeout', this.#expire);
    socket.off('data', this.#receive);
    socket.off('end', this.#halfClose);
    socket.off('error', this.#disconnect);
    socket.off('close', this.#close);
    this.#host.began(this);
    this.#host.passToSlowPath(this, socket, this.#unread);
    // By then node:http has read the bytes and created an in-flight request of its own.
    setImmediate(() => this.#host.ended(this));
  }
}
