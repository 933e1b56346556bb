import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createDeflate, createGunzip, createGzip, createInflate } from 'node:zlib';
import Negotiator from 'negotiator';

/** The content codings of RFC 9110 that bodies may have here, both ways. */
export const CONTENT_CODINGS = ['gzip', 'deflate'] as const;

export type ContentCoding = (typeof CONTENT_CODINGS)[number];

/** Below this many bytes an answer fits into a packet as it is. */
const WORTH_COMPRESSING = 1400;

/** Fastest: what the next levels save of XML is less than what they cost. */
const LEVEL = 1;

/**
 * The coding that a Content-Encoding header names.
 *
 * @returns 'identity' where there is none, undefined for what is not supported
 */
export function contentCoding(header = 'identity'): ContentCoding | 'identity' | undefined {
  const name = header.trim().toLowerCase();
  if (name === 'identity' || name === 'gzip' || name === 'deflate') return name;
  return name === 'x-gzip' ? 'gzip' : undefined;
}

/** The body of a request without its coding. It emits an error for what is not coded so. */
export function decodedBody(request: IncomingMessage): Readable {
  switch (contentCoding(request.headers['content-encoding'])) {
    case 'gzip':
      return request.pipe(createGunzip());
    case 'deflate':
      return request.pipe(createInflate());
    default:
      return request;
  }
}

/** The coding that an answer of `length` bytes gets: one that the client offers, if it pays. */
export function answerCoding(headers: IncomingHttpHeaders, length: number): ContentCoding | undefined {
  if (headers['accept-encoding'] === undefined || length <= WORTH_COMPRESSING) return undefined;
  const preferred = new Negotiator({ headers }).encoding([...CONTENT_CODINGS, 'identity']);
  return preferred === 'gzip' || preferred === 'deflate' ? preferred : undefined;
}

export function codingHeaders(coding: ContentCoding): Readonly<Record<string, string>> {
  return { 'Content-Encoding': coding, Vary: 'Accept-Encoding' };
}

export function compressor(coding: ContentCoding): Transform {
  return coding === 'gzip' ? createGzip({ level: LEVEL }) : createDeflate({ level: LEVEL });
}

/** Compresses piece by piece, on a thread of the pool. */
export async function compress(pieces: readonly Buffer[], coding: ContentCoding): Promise<Buffer[]> {
  const compressed: Buffer[] = [];
  await pipeline(Readable.from(pieces), compressor(coding), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) compressed.push(chunk);
  });
  return compressed;
}
