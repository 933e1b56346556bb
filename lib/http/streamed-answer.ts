import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { SpillFile } from '../memory/spill-file.js';
import type { AnswerChannel } from './answer-channel.js';
import { answerCoding, codingHeaders, compressor } from './content-coding.js';
import type { ReplyHead } from './servlet.js';

/** How many pieces may wait for a slow client, of 64 KB each. */
const AHEAD = 2;

/** How many pieces go out before everybody else has a turn. */
const TURN = 2;

/**
 * Sends a large answer, chunked, as fast as the client takes it and no faster; for HTTP/1.0 by way of a file, which
 * tells its length.
 *
 * @throws when the answer cannot be made, or the client goes
 */
export async function sendStream(
  channel: AnswerChannel,
  headers: IncomingHttpHeaders,
  head: ReplyHead,
  pieces: AsyncIterable<Buffer>,
): Promise<void> {
  if (!channel.takesChunks) {
    await sendFromFile(channel, head, pieces);
    return;
  }
  const source = Readable.from(inTurns(pieces), { highWaterMark: AHEAD });
  const coding = answerCoding(headers, Number.POSITIVE_INFINITY);
  if (coding === undefined) {
    await pipeline(source, channel.begin(head));
    return;
  }
  const coded = { ...head, headers: { ...head.headers, ...codingHeaders(coding) } };
  await pipeline(source, compressor(coding), channel.begin(coded));
}

async function sendFromFile(channel: AnswerChannel, head: ReplyHead, pieces: AsyncIterable<Buffer>): Promise<void> {
  const file = new SpillFile();
  try {
    for await (const piece of inTurns(pieces)) file.append(piece);
    await pipeline(Readable.from(inTurns(partsOf(file)), { highWaterMark: AHEAD }), channel.begin(head, file.size));
  } finally {
    file.close();
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
