import type { IncomingHttpHeaders } from 'node:http';
import { type AnswerChannel, lengthOf } from './answer-channel.js';
import { answerCoding, codingHeaders, compress } from './content-coding.js';
import { isStreamed, type Reply, type StreamedReply, type WholeReply } from './servlet.js';
import { piecesInTurns, sendStream } from './streamed-answer.js';

/** The maximum size of a response, in bytes, that is sent with a length although it is created in pieces. */
const SENT_WHOLE = 256 * 1024;

/** Sends the response to a request with `headers`, compressed or chunked as its size and the client permit. */
export function answer(channel: AnswerChannel, headers: IncomingHttpHeaders, reply: Reply): void {
  if (isStreamed(reply)) void answerStreamed(channel, headers, reply);
  else answerWhole(channel, headers, reply);
}

/** Compresses the response if the client accepts it and it is large enough. */
function answerWhole(channel: AnswerChannel, headers: IncomingHttpHeaders, reply: WholeReply): void {
  const { body, compressible = true } = reply;
  const coding = compressible ? answerCoding(headers, lengthOf(body)) : undefined;
  if (coding === undefined || channel.closed) {
    channel.send(reply);
    return;
  }
  compress(typeof body === 'string' ? [Buffer.from(body)] : body, coding).then(
    (compressed) =>
      channel.send({ ...reply, headers: { ...reply.headers, ...codingHeaders(coding) }, body: compressed }),
    () => channel.send(reply),
  );
}

/** Sends a response while it is created, or with a length if it is small. Never rejects. */
async function answerStreamed(channel: AnswerChannel, headers: IncomingHttpHeaders, reply: StreamedReply) {
  const { pieces, fail } = reply.body;
  const rest = piecesInTurns(pieces);
  const start: Buffer[] = [];
  try {
    for (let length = 0; length <= SENT_WHOLE; ) {
      const next = await rest.next();
      if (next.done) {
        answerWhole(channel, headers, { ...reply, body: start });
        return;
      }
      start.push(next.value);
      length += next.value.length;
    }
    await sendStream(channel, headers, reply, taken(start, rest));
  } catch (error) {
    // A response that has begun is broken off, so that it never looks complete.
    if (channel.begun || channel.closed) channel.cut();
    else answerWhole(channel, headers, fail(error));
  }
}

async function* taken(start: readonly Buffer[], rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* start;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
