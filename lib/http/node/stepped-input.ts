import type { Socket } from 'node:net';
import { mayGoOn, nextRequestTurn } from '../answers/request-turns.js';
import { NodeConnection } from './node-connection.js';

/** The bytes that node:http gets at once: hundreds of small requests at most. */
const STEP = 2048;

/**
 * Gives node:http what arrives on a connection in small steps, with turns for other connections in between: it answers
 * all requests of a packet at once, which may be thousands.
 *
 * @param attach makes node:http listen on the socket
 */
export function stepInput(socket: Socket, attach: () => void): void {
  const own = new Set(socket.listeners('data'));
  attach();
  const [receive] = socket.listeners('data').filter((listener) => !own.has(listener));
  if (receive === undefined) throw new Error('node:http does not listen');
  const connection = new NodeConnection(socket);
  const parse = (bytes: Buffer) => {
    Reflect.apply(receive, socket, [bytes]);
  };
  const input = new SteppedInput(socket, connection, parse);
  // With another listener, node:http gets no bytes past the events.
  socket.on('data', input.receive);
  socket.off('data', receive as (bytes: Buffer) => void);
}

class SteppedInput {
  readonly #connection: NodeConnection;
  readonly #parse: (bytes: Buffer) => void;
  readonly #resume: () => Socket;
  readonly #pause: () => Socket;
  #bytes: Buffer | undefined;
  /** Whether node:http wants more. */
  #wanted: boolean;
  /** It is doing a step, or its turn will come. */
  #working = false;

  /** @param parse of node:http */
  constructor(socket: Socket, connection: NodeConnection, parse: (bytes: Buffer) => void) {
    this.#connection = connection;
    this.#parse = parse;
    this.#resume = socket.resume.bind(socket);
    this.#pause = socket.pause.bind(socket);
    this.#wanted = !socket.isPaused();
    // It pauses and resumes the socket itself, when requests or their bodies are more than it wants.
    socket.pause = () => {
      this.#wanted = false;
      return this.#pause();
    };
    socket.resume = () => {
      this.#wanted = true;
      if (this.#bytes === undefined) return this.#resume();
      if (!this.#working) this.#continue();
      return socket;
    };
  }

  readonly receive = (chunk: Buffer): void => {
    // As most requests are.
    if (this.#bytes === undefined && !this.#working && chunk.length <= STEP && mayGoOn()) {
      this.#connection.feed(chunk, this.#parse);
      return;
    }
    this.#bytes = this.#bytes === undefined ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#pause();
    if (!this.#working) this.#work();
  };

  #continue(): void {
    this.#working = true;
    void nextRequestTurn().then(() => this.#work());
  }

  #work(): void {
    this.#working = true;
    while (this.#bytes !== undefined && this.#wanted && !this.#connection.isOver) {
      if (!mayGoOn()) {
        this.#continue();
        return;
      }
      const step = this.#bytes.subarray(0, STEP);
      this.#bytes = step.length === this.#bytes.length ? undefined : this.#bytes.subarray(STEP);
      this.#connection.feed(step, this.#parse);
    }
    this.#working = false;
    if (this.#connection.isOver) this.#bytes = undefined;
    if (this.#bytes === undefined && this.#wanted) this.#resume();
  }
}
