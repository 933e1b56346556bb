/** An error of node:http's parser. */
export interface ParserError extends NodeJS.ErrnoException {
  /** The bytes that the parser got last, and the number of those before the error. */
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
  /** Such as `Duplicate Content-Length`. */
  readonly reason?: string;
}

/** Why a request cannot be parsed. */
export interface MalformedHeader {
  readonly name: string;
  readonly reason: string;
}

/** The errors whose header is known, and those of any header. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['HPE_INVALID_CONTENT_LENGTH', 'Content-Length'],
  ['HPE_UNEXPECTED_CONTENT_LENGTH', 'Content-Length'],
  ['HPE_INVALID_TRANSFER_ENCODING', 'Transfer-Encoding'],
]);
const LINE_END: ReadonlySet<string> = new Set(['HPE_CR_EXPECTED', 'HPE_LF_EXPECTED']);
const ANY = 'HPE_INVALID_HEADER_TOKEN';

const NAME = /^[!#$%&'*+.^_`|~\w-]+/;

/**
 * Finds the header that is the reason of an error.
 *
 * @param before what is known of the head from before the last bytes
 * @returns undefined if the error is none of a header
 */
export function malformedHeader(error: ParserError, before: Buffer): MalformedHeader | undefined {
  const { code = '', reason = '', rawPacket = Buffer.alloc(0), bytesParsed = 0 } = error;
  const known = NAMED.get(code);
  if (known !== undefined) return { name: known, reason };
  if (code !== ANY && !LINE_END.has(code)) return undefined;
  const text = Buffer.concat([before, rawPacket]).toString('latin1');
  const at = before.length + bytesParsed;
  const start = text.lastIndexOf('\n', at - 1) + 1;
  // The start of a request that arrived together with the end of another one is not known.
  if (start === 0) return undefined;
  const [line = ''] = text.slice(start).split(/[\r\n]/, 1);
  const isContinued = isContinuation(line, text[at]);
  const name = isContinued ? lastName(text.slice(0, start)) : NAME.exec(line)?.[0];
  if (name === undefined) return undefined;
  return { name, reason: isContinued || LINE_END.has(code) ? 'it contains a line end' : reason };
}

/**
 * Whether a line is the rest of the header before it: it is indented, or has no colon.
 *
 * @param next the character that the parser has not accepted: the rest of the line may not have arrived
 */
function isContinuation(line: string, next = ''): boolean {
  return /^[ \t]/.test(line) || (!line.includes(':') && /^[=/\r\n]?$/.test(next));
}

/** The name of the last header of some lines. */
function lastName(lines: string): string | undefined {
  const found = /\n([!#$%&'*+.^_`|~\w-]+):[^\n]*(?:\n[^\n:]*)*$/.exec(lines);
  return found?.[1];
}
