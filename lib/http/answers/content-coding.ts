import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createDeflate, createGunzip, createGzip } from 'node:zlib';
import Negotiator from 'negotiator';
import { type ContentCoding, contentEncoding } from './content-encoding.js';
import { InflatedBody } from './inflated-body.js';

const COMPRESSORS = { gzip: createGzip, deflate: createDeflate } as const;

/** The minimum size of a compressed response, in bytes. Smaller responses fit into one packet. */
const WORTH_COMPRESSING = 1400;

/** The fastest level. Higher levels cost more than they save for XML. */
const LEVEL = 1;

/** Returns the decoded body of a request. It emits an error if the body is not valid in its coding. */
export function decodedBody(request: IncomingMessage): Readable {
  const { coding } = contentEncoding(request.headers['content-encoding'] ?? '');
  if (coding === undefined) return request;
  return request.pipe(coding === 'gzip' ? createGunzip() : new InflatedBody());
}

/**
 * Returns the coding for a response of `length` bytes: one that the client accepts, if the response is large enough.
 */
export function answerCoding(headers: IncomingHttpHeaders, length: number): ContentCoding | undefined {
  if (headers['accept-encoding'] === undefined || length <= WORTH_COMPRESSING) return undefined;
  const preferred = new Negotiator({ headers }).encoding([...Object.keys(COMPRESSORS), 'identity']);
  return preferred === 'gzip' || preferred === 'deflate' ? preferred : undefined;
}

export function codingHeaders(coding: ContentCoding): Readonly<Record<string, string>> {
  return { 'Content-Encoding': coding, Vary: 'Accept-Encoding' };
}

export function compressor(coding: ContentCoding): Transform {
  return COMPRESSORS[coding]({ level: LEVEL });
}

/** Compresses on a thread of libuv's pool. */
export async function compress(pieces: readonly Buffer[], coding: ContentCoding): Promise<Buffer[]> {
  const compressed: Buffer[] = [];
  await pipeline(Readable.from(pieces), compressor(coding), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) compressed.push(chunk);
  });
  return compressed;
}
