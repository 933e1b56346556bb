import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createDeflate, createGunzip, createGzip, createInflate } from 'node:zlib';
import Negotiator from 'negotiator';

/** The content codings of RFC 9110 that are supported for requests and responses. */
const CODINGS = {
  gzip: { compress: createGzip, decompress: createGunzip },
  deflate: { compress: createDeflate, decompress: createInflate },
} as const;

export type ContentCoding = keyof typeof CODINGS;

/** The minimum size of a compressed response, in bytes. Smaller responses fit into one packet. */
const WORTH_COMPRESSING = 1400;

/** The fastest level. Higher levels cost more than they save for XML. */
const LEVEL = 1;

/**
 * Parses a Content-Encoding header.
 *
 * @returns 'identity' if there is none, undefined if the coding is not supported
 */
export function contentCoding(header = 'identity'): ContentCoding | 'identity' | undefined {
  const name = header.trim().toLowerCase();
  if (name === 'identity' || name === 'gzip' || name === 'deflate') return name;
  return name === 'x-gzip' ? 'gzip' : undefined;
}

/** Returns the decoded body of a request. It emits an error if the body is not valid in its coding. */
export function decodedBody(request: IncomingMessage): Readable {
  const coding = contentCoding(request.headers['content-encoding']) ?? 'identity';
  return coding === 'identity' ? request : request.pipe(CODINGS[coding].decompress());
}

/**
 * Returns the coding for a response of `length` bytes: one that the client accepts, if the response is large enough.
 */
export function answerCoding(headers: IncomingHttpHeaders, length: number): ContentCoding | undefined {
  if (headers['accept-encoding'] === undefined || length <= WORTH_COMPRESSING) return undefined;
  const preferred = new Negotiator({ headers }).encoding([...Object.keys(CODINGS), 'identity']);
  return preferred === 'gzip' || preferred === 'deflate' ? preferred : undefined;
}

export function codingHeaders(coding: ContentCoding): Readonly<Record<string, string>> {
  return { 'Content-Encoding': coding, Vary: 'Accept-Encoding' };
}

export function compressor(coding: ContentCoding): Transform {
  return CODINGS[coding].compress({ level: LEVEL });
}

/** Compresses on a thread of libuv's pool. */
export async function compress(pieces: readonly Buffer[], coding: ContentCoding): Promise<Buffer[]> {
  const compressed: Buffer[] = [];
  await pipeline(Readable.from(pieces), compressor(coding), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) compressed.push(chunk);
  });
  return compressed;
}
