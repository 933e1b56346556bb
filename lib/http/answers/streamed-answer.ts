import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SpillFile } from '../../memory/spill-file.js';
import { unavailable } from '../../netsvc/fault-texts.js';
import { nextTurn } from '../../turns/turns.js';
import type { AnswerChannel } from './answer-channel.js';
import { answerCoding, codingHeaders, compressor } from './content-coding.js';
import type { ReplyHead, StreamedReply } from './servlet.js';

/** The maximum number of pieces, of 64 KB each, that are created ahead of a slow client. */
const AHEAD = 2;

/**
 * The number of pieces after which the response yields to the event loop. Of several responses, one goes on in each of
 * its turns.
 */
const TURN = 2;

/**
 * Sends a large response in chunks, with backpressure. For HTTP/1.0, and for clients that need a length, it goes
 * through a spill file.
 *
 * @param pieces of the body of `reply`, which yield to the event loop
 * @throws {ServiceFailure} 51 if the file would be longer than `maxLength`
 * @throws if the response cannot be created, or the client disconnects
 */
export async function sendStream(
  channel: AnswerChannel,
  headers: IncomingHttpHeaders,
  { whole = false, maxLength, ...head }: StreamedReply,
  pieces: AsyncIterable<Buffer>,
): Promise<void> {
  if (whole || !channel.takesChunks) {
    await sendFromFile(channel, head, pieces, maxLength);
    return;
  }
  const source = Readable.from(pieces, { highWaterMark: AHEAD });
  const coding = head.compressible === false ? undefined : answerCoding(headers, Number.POSITIVE_INFINITY);
  if (coding === undefined) {
    await pipeline(source, channel.begin(head));
    return;
  }
  const coded = { ...head, headers: { ...head.headers, ...codingHeaders(coding) } };
  await pipeline(source, compressor(coding), channel.begin(coded));
}

async function sendFromFile(
  channel: AnswerChannel,
  head: ReplyHead,
  pieces: AsyncIterable<Buffer>,
  maxLength = Number.POSITIVE_INFINITY,
): Promise<void> {
  const file = new SpillFile();
  try {
    for await (const piece of pieces) {
      if (file.size + piece.length > maxLength) {
        throw unavailable(
          `The response takes more than ${maxLength} bytes, which is the limit. ` +
            'The client needs its length in advance.',
        );
      }
      file.append(piece);
    }
    await pipeline(
      Readable.from(piecesInTurns(partsOf(file)), { highWaterMark: AHEAD }),
      channel.begin(head, file.size),
    );
  } finally {
    file.close();
  }
}

/** Yields pieces, and yields to the event loop. Creating and sending could otherwise run for seconds without a wait. */
export async function* piecesInTurns(pieces: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let count = 0;
  for await (const piece of pieces) {
    yield piece;
    if (++count % TURN === 0) await nextTurn();
  }
}

const PART = 64 * 1024;

function* partsOf(file: SpillFile): Generator<Buffer> {
  for (let at = 0; at < file.size; at += PART) yield file.read(at, Math.min(PART, file.size - at));
}
