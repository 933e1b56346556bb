import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { callDocument } from '../support/client.js';

/** A response as it was received. */
export interface RawResponse {
  /** The line of the status, without the version. */
  readonly status: string;
  /** By their names in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What a connection receives. */
export interface Conversation {
  /** The number of `100 Continue`. */
  readonly continued: number;
  readonly responses: readonly RawResponse[];
  /** What remains behind the last complete response. */
  readonly rest: string;
  /** The server has closed the connection. */
  readonly closed: boolean;
}

/** A way to send a request: what is before it on the connection, and in which pieces it arrives. */
export interface Door {
  readonly name: string;
  readonly tls?: true;
  /** A request that is answered before, or one that is sent together with this one. */
  readonly behind?: 'answered' | 'sent';
  readonly pieces: (request: Buffer) => readonly Buffer[];
  /** Each piece is sent behind the response to those before it, if there is one yet. */
  readonly waits?: true;
  /** All logins are slow. */
  readonly slowLogins?: true;
  /** Only what ends the connection is sent: nothing behind it must be read. */
  readonly last?: true;
}

/** Sends a request through a door, and another one behind it or behind its response. */
export async function sendThrough(port: number, door: Door, sent: Buffer, closes: boolean): Promise<Conversation> {
  const isHead = sent.toString('latin1', 0, 5) === 'HEAD ';
  const before = door.behind === undefined ? 0 : 1;
  const connection = await RawConnection.open(port, door.tls ?? false, [...Array(before).fill(false), isHead]);
  try {
    if (door.behind === 'answered') {
      await connection.send([another('before')]);
      await connection.responses(1);
    }
    // What is behind the last request of a connection must not be read.
    const all = [...(door.behind === 'sent' ? [another('before')] : []), sent, ...(closes ? [another('behind')] : [])];
    await connection.send(door.pieces(Buffer.concat(all)), door.waits && (() => connection.responses(before + 1)));
    const conversation = await connection.responses(closes ? Number.POSITIVE_INFINITY : before + 1);
    if (closes || conversation.closed) return conversation;
    await connection.send([another('behind')]);
    return await connection.responses(before + 2);
  } finally {
    connection.close();
  }
}

/** Long requests arrive in this number of pieces at most. */
const MOST_PIECES = 600;

const whole = (request: Buffer) => [request];

function inPieces(request: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(request.length / size) }, (_, i) => request.subarray(i * size, (i + 1) * size));
}

const byteByByte = (request: Buffer) => inPieces(request, Math.ceil(request.length / MOST_PIECES));

/** The head and the body. */
function inTwo(request: Buffer): Buffer[] {
  const end = request.indexOf('\r\n\r\n') + 4;
  return [request.subarray(0, end), request.subarray(end)];
}

/** The first two are those of the fast path, if the request is plain. */
export const DOORS: readonly Door[] = [
  { name: 'in one piece', pieces: whole },
  { name: 'byte by byte', pieces: byteByByte },
  { name: 'in one piece behind another that is answered', behind: 'answered', pieces: whole },
  { name: 'in a pipeline', behind: 'sent', pieces: whole },
  { name: 'with TLS', tls: true, pieces: whole },
  { name: 'with its body behind the response', pieces: inTwo, waits: true, last: true },
  { name: 'byte by byte, if logins take time', pieces: byteByByte, slowLogins: true, last: true },
  { name: 'in a pipeline, if logins take time', behind: 'sent', pieces: whole, slowLogins: true, last: true },
];

/** The request before and behind that of a door. */
function another(text: string): Buffer {
  const body = callDocument('echo', text);
  const head = `POST /some/echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}`;
  return Buffer.from(`${head}\r\n\r\n${body}`);
}

/** A connection of a client, which reads responses as they arrive. */
class RawConnection {
  readonly #socket: Socket;
  readonly #heads: readonly boolean[];
  #received = '';

  private constructor(socket: Socket, heads: readonly boolean[]) {
    this.#socket = socket;
    this.#heads = heads;
    // The server may close the connection before all is sent.
    socket.on('error', () => {});
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text;
    });
  }

  /** @param heads for each request whether it is HEAD, whose response has no body */
  static async open(port: number, tls: boolean, heads: readonly boolean[]): Promise<RawConnection> {
    const host = '127.0.0.1';
    const socket = tls ? connectTls({ port, host, rejectUnauthorized: false }) : connect(port, host);
    await once(socket, tls ? 'secureConnect' : 'connect');
    socket.setNoDelay();
    return new RawConnection(socket, heads);
  }

  get conversation(): Conversation {
    return { ...conversationOf(this.#received, this.#heads), closed: this.#socket.readableEnded };
  }

  /** @param answered waits for the response to a piece */
  async send(pieces: readonly Buffer[], answered?: () => Promise<unknown>): Promise<void> {
    for (const [i, piece] of pieces.entries()) {
      if (!this.#socket.writable) return;
      this.#socket.write(piece);
      // Otherwise the server would receive several together.
      if (i < pieces.length - 1)
        await (answered === undefined ? setImmediate() : Promise.race([answered(), setTimeout(20)]));
    }
  }

  /** Resolves when there are `count` responses, or the server has closed the connection. */
  async responses(count: number): Promise<Conversation> {
    const socket = this.#socket;
    while (!socket.readableEnded && !socket.destroyed && this.conversation.responses.length < count) {
      const listening = new AbortController();
      const { signal } = listening;
      const happened = ['data', 'end', 'close'].map((event) => once(socket, event, { signal }).catch(() => {}));
      await Promise.race(happened);
      listening.abort();
    }
    return this.conversation;
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Divides what a connection has received into responses. */
function conversationOf(received: string, heads: readonly boolean[]): Omit<Conversation, 'closed'> {
  const responses: RawResponse[] = [];
  let [continued, rest] = [0, received];
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    const [line = '', ...lines] = rest.slice(0, end).split('\r\n');
    if (end < 0) break;
    const behind = rest.slice(end + 4);
    const status = line.replace(/^HTTP\/1\.1 /, '');
    if (status === '100 Continue') {
      continued++;
      rest = behind;
      continue;
    }
    const headers = new Map(
      lines.map((text) => [text.replace(/:.*/s, '').toLowerCase(), text.replace(/^[^:]*: /, '')]),
    );
    const body = heads[responses.length] ? ['', behind] : bodyIn(behind, headers);
    if (body === undefined) break;
    responses.push({ status, headers, body: Buffer.from(body[0] ?? '', 'latin1').toString() });
    rest = body[1] ?? '';
  }
  return { continued, responses, rest };
}

/** @returns the body and what is behind it; undefined if it is not complete */
function bodyIn(text: string, headers: ReadonlyMap<string, string>): readonly string[] | undefined {
  if (headers.get('transfer-encoding') !== 'chunked') {
    const length = Number(headers.get('content-length'));
    return text.length < length ? undefined : [text.slice(0, length), text.slice(length)];
  }
  let [body, rest] = ['', text];
  for (;;) {
    const [line, digits = ''] = /^([0-9a-f]+)\r\n/i.exec(rest) ?? [];
    if (line === undefined) return undefined;
    const length = Number.parseInt(digits, 16);
    if (rest.length < line.length + length + 2) return undefined;
    body += rest.slice(line.length, line.length + length);
    rest = rest.slice(line.length + length + 2);
    if (length === 0) return [body, rest];
  }
}
