import { isEncodingName } from '../../xmlrpc/document-encoding.js';
import { badContentEncoding } from './refusals.js';
import type { WholeReply } from './servlet.js';

/** The content codings of RFC 9110 that are supported. */
export type ContentCoding = 'gzip' | 'deflate';

/** What a Content-Encoding header says. */
export interface ContentEncoding {
  /** Undefined if the body is not encoded. */
  readonly coding?: ContentCoding;
  /** The encoding of the text, which some clients send here in place of the Content-Type. */
  readonly charset?: string;
  /** The response if it is not supported. */
  readonly refused?: WholeReply;
}

const CODINGS: ReadonlyMap<string, ContentCoding> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
]);

/** Parses a Content-Encoding header. A list may have one coding, and names that mean none. */
export function contentEncoding(header: string): ContentEncoding {
  let found: ContentEncoding = {};
  for (const part of header.split(',')) {
    const name = part.trim().toLowerCase();
    if (name === '' || name === 'identity') continue;
    const coding = CODINGS.get(name);
    if (coding !== undefined && found.coding === undefined) found = { ...found, coding };
    else if (coding === undefined && isEncodingName(name)) found = { ...found, charset: found.charset ?? name };
    else return { refused: badContentEncoding(name) };
  }
  return found;
}
