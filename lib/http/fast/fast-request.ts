import type { IncomingHttpHeaders } from 'node:http';

/** The head of a request that asks for nothing special. */
export interface FastRequestHead {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Of the body, in bytes. */
  readonly length: number;
}

/** Longer heads and bodies are left to node:http. */
const LONGEST_HEAD = 4 * 1024;
const LONGEST_BODY = 64 * 1024;

const HEAD_END = Buffer.from('\r\n\r\n');
const REQUEST_LINE = /^POST ((?:\/[\w-]+)+) HTTP\/1\.1$/;
const HEADER = /^[A-Za-z][A-Za-z0-9-]*: [\x21-\x7e]+(?: [\x21-\x7e]+)*$/;
const LENGTH = /^(?:0|[1-9]\d{0,5})$/;

/** Headers that change how the request, its body or its connection is to be read. */
const SPECIAL: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'content-encoding',
  'expect',
  'upgrade',
  'trailer',
  'te',
  'keep-alive',
  'proxy-connection',
  'http2-settings',
]);

/** The headers of a request, and how long they say that its body is. */
interface FastRequestHeaders {
  readonly headers: IncomingHttpHeaders;
  readonly length: number;
}

/** @returns undefined if one of them is special, given twice, or spelled in a way that could be read otherwise */
function readHeaders(text: string): FastRequestHeaders | undefined {
  const headers: IncomingHttpHeaders = {};
  for (const line of text.split('\r\n')) {
    if (!HEADER.test(line)) return undefined;
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (headers[name] !== undefined || SPECIAL.has(name)) return undefined;
    headers[name] = line.slice(colon + 2);
  }
  const { connection = 'keep-alive', 'content-length': length = '' } = headers;
  if (connection.toLowerCase() !== 'keep-alive' || !LENGTH.test(length)) return undefined;
  return { headers, length: Number(length) };
}

/** So many different headers of a connection are remembered. */
const REMEMBERED = 8;

/**
 * Reads the requests of one connection that are POSTs over HTTP/1.1 to a plain path, with a length, with no header that
 * is special, and not in a pipeline. A spec holds it to node:http: what is read here is read the same there.
 */
export class FastRequestReader {
  /** By their text: clients say the same again and again, but for the length. */
  readonly #known = new Map<string, FastRequestHeaders>();

  /**
   * Reads the request that `bytes` are.
   *
   * @returns 'incomplete' while its end is still to come, 'special' if it is for node:http to read
   */
  read(bytes: Buffer): { head: FastRequestHead; body: Buffer } | 'incomplete' | 'special' {
    const end = bytes.indexOf(HEAD_END);
    if (end > LONGEST_HEAD) return 'special';
    if (end < 0) return bytes.length > LONGEST_HEAD ? 'special' : 'incomplete';
    const head = this.#head(bytes.toString('latin1', 0, end));
    if (head === undefined || head.length > LONGEST_BODY) return 'special';
    const start = end + HEAD_END.length;
    if (bytes.length - start < head.length) return 'incomplete';
    // What comes in a pipeline is for node:http too.
    if (bytes.length - start > head.length) return 'special';
    return { head, body: bytes.subarray(start) };
  }

  #head(text: string): FastRequestHead | undefined {
    const lineEnd = text.indexOf('\r\n');
    const url = lineEnd < 0 ? undefined : REQUEST_LINE.exec(text.slice(0, lineEnd))?.[1];
    const read = url === undefined ? undefined : this.#headers(text.slice(lineEnd + 2));
    return url === undefined || read === undefined ? undefined : { url, headers: read.headers, length: read.length };
  }

  #headers(text: string): FastRequestHeaders | undefined {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const headers = readHeaders(text);
    if (headers === undefined) return undefined;
    if (this.#known.size === REMEMBERED) this.#known.clear();
    this.#known.set(text, headers);
    return headers;
  }
}
