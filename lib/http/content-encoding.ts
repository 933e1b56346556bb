import { badContentEncoding } from './refusals.js';
import type { WholeReply } from './servlet.js';

/** The content codings of RFC 9110 that are supported. */
export type ContentCoding = 'gzip' | 'deflate';

/** What a Content-Encoding header says. */
export interface ContentEncoding {
  /** Undefined if the body is not encoded. */
  readonly coding?: ContentCoding;
  /** Some clients send the encoding of the text here. */
  readonly charset?: string;
  /** The response if it is not supported. */
  readonly refused?: WholeReply;
}

const CODINGS: ReadonlyMap<string, ContentEncoding> = new Map([
  ['gzip', { coding: 'gzip' }],
  ['x-gzip', { coding: 'gzip' }],
  ['deflate', { coding: 'deflate' }],
  // Clients send it in place of a charset. What is not UTF-8 is then found by the decoder.
  ['utf-8', { charset: 'utf-8' }],
  ['utf8', { charset: 'utf-8' }],
]);

/** Parses a Content-Encoding header. A list may have one coding, and names that mean none. */
export function contentEncoding(header: string): ContentEncoding {
  const names = header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  let all: ContentEncoding = {};
  for (const name of names.filter((name) => name !== '' && name !== 'identity')) {
    const known = CODINGS.get(name);
    if (known === undefined || (known.coding && all.coding))
      return { refused: badContentEncoding(name, adviceOn(name)) };
    all = { ...all, ...known };
  }
  return all;
}

function adviceOn(name: string): string {
  if (CODINGS.has(name)) return ' twice: use gzip, deflate, or none';
  return isCharset(name) ? ', which is a charset: put it into Content-Type' : ': use gzip, deflate, or none';
}

function isCharset(name: string): boolean {
  try {
    return new TextDecoder(name) instanceof TextDecoder;
  } catch {
    return false;
  }
}
