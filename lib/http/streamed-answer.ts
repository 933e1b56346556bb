import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { SpillFile } from '../netsvc/spill-file.js';
import { answerCoding, codingHeaders, compressor } from './content-coding.js';
import type { Reply } from './servlet.js';

/** How many pieces may wait for a slow client, of 64 KB each. */
const AHEAD = 2;

/** How many pieces go out before everybody else has a turn. */
const TURN = 2;

/** A large answer on its way: chunked, as fast as the client takes it and no faster; for HTTP/1.0, which has no chunks, by way of a file. */
export class StreamedAnswer {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #reply: Reply;

  constructor(request: IncomingMessage, response: ServerResponse, reply: Reply) {
    this.#request = request;
    this.#response = response;
    this.#reply = reply;
  }

  /** @throws when the answer cannot be made, or the client goes */
  async send(start: readonly Buffer[], rest: AsyncIterator<Buffer>): Promise<void> {
    if (this.#request.httpVersion === '1.0') await this.#sendFromFile(taken(start, rest));
    else await this.#sendChunked(taken(start, rest));
  }

  async #sendChunked(pieces: AsyncIterable<Buffer>): Promise<void> {
    const coding = answerCoding(this.#request, Number.POSITIVE_INFINITY);
    this.#begin(coding && codingHeaders(coding));
    const source = Readable.from(inTurns(pieces), { highWaterMark: AHEAD });
    if (coding) await pipeline(source, compressor(coding), this.#response);
    else await pipeline(source, this.#response);
  }

  async #sendFromFile(pieces: AsyncIterable<Buffer>): Promise<void> {
    const file = new SpillFile();
    try {
      for await (const piece of inTurns(pieces)) file.append(piece);
      this.#begin({ 'Content-Length': String(file.size) });
      await pipeline(Readable.from(inTurns(partsOf(file)), { highWaterMark: AHEAD }), this.#response);
    } finally {
      file.close();
    }
  }

  #begin(headers: Readonly<Record<string, string>> = {}): void {
    const { status, type } = this.#reply;
    this.#response.writeHead(status, { ...this.#reply.headers, ...headers, 'Content-Type': type });
  }
}

async function* taken(start: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* start;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** Making and sending may go on for seconds without ever waiting for anything. */
async function* inTurns(pieces: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let count = 0;
  for await (const piece of pieces) {
    yield piece;
    if (++count % TURN === 0) await setImmediate();
  }
}

const PART = 64 * 1024;

function* partsOf(file: SpillFile): Generator<Buffer> {
  for (let at = 0; at < file.size; at += PART) yield file.read(at, Math.min(PART, file.size - at));
}
