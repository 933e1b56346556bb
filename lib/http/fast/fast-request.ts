import type { IncomingHttpHeaders } from 'node:http';

/** The headers of a request on the fast path. */
interface FastRequestHeaders {
  readonly headers: IncomingHttpHeaders;
  /** The length of the body, in bytes. */
  readonly length: number;
}

export interface FastRequestHead extends FastRequestHeaders {
  readonly url: string;
}

/** The maximum length of a head and of a body on the fast path, in bytes. */
const MAX_HEAD = 4 * 1024;
const MAX_BODY = 64 * 1024;

const HEAD_END = Buffer.from('\r\n\r\n');
// The id of a session may begin with the name of its instance and a dot. Segments of dots only are not plain.
const REQUEST_LINE = /^POST ((?:\/[\w-]+(?:\.[\w-]+)*)+) HTTP\/1\.1$/;
const HEADER = /^[A-Za-z][A-Za-z0-9-]*: [\x21-\x7e]+(?: [\x21-\x7e]+)*$/;
const LENGTH = /^(?:0|[1-9]\d{0,5})$/;

/** Headers that change how the request, its body or the connection is processed. */
const SLOW_PATH_HEADERS: ReadonlySet<string> = new Set([
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

/** @returns undefined if a header belongs on the slow path, is repeated, or has a form that parsers read differently */
function readHeaders(text: string): FastRequestHeaders | undefined {
  const headers: IncomingHttpHeaders = {};
  for (const line of text.split('\r\n')) {
    if (!HEADER.test(line)) return undefined;
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (headers[name] !== undefined || SLOW_PATH_HEADERS.has(name)) return undefined;
    headers[name] = line.slice(colon + 2);
  }
  const { connection = 'keep-alive', 'content-length': length = '' } = headers;
  if (connection.toLowerCase() !== 'keep-alive' || !LENGTH.test(length)) return undefined;
  return { headers, length: Number(length) };
}

/** The maximum number of cached header blocks of a connection. */
const MAX_CACHED = 8;

/**
 * Reads the plain requests of one connection: POST, HTTP/1.1, a plain path, a Content-Length, no header that belongs on
 * the slow path, and no pipelining. A spec checks that node:http reads the same from all that is accepted here.
 */
export class FastRequestReader {
  /** By their text: a client repeats its headers, except for the length. */
  readonly #cache = new Map<string, FastRequestHeaders>();

  /**
   * Reads the request in `bytes`.
   *
   * @returns 'incomplete' if more bytes are needed, 'slow' if the request belongs on the slow path
   */
  read(bytes: Buffer): { head: FastRequestHead; body: Buffer } | 'incomplete' | 'slow' {
    const end = bytes.indexOf(HEAD_END);
    if (end > MAX_HEAD) return 'slow';
    if (end < 0) return bytes.length > MAX_HEAD ? 'slow' : 'incomplete';
    const head = this.#head(bytes.toString('latin1', 0, end));
    if (head === undefined || head.length > MAX_BODY) return 'slow';
    const start = end + HEAD_END.length;
    if (bytes.length - start < head.length) return 'incomplete';
    // Pipelined requests belong on the slow path.
    if (bytes.length - start > head.length) return 'slow';
    return { head, body: bytes.subarray(start) };
  }

  #head(text: string): FastRequestHead | undefined {
    const lineEnd = text.indexOf('\r\n');
    const url = lineEnd < 0 ? undefined : REQUEST_LINE.exec(text.slice(0, lineEnd))?.[1];
    const read = url === undefined ? undefined : this.#headers(text.slice(lineEnd + 2));
    return url === undefined || read === undefined ? undefined : { url, headers: read.headers, length: read.length };
  }

  #headers(text: string): FastRequestHeaders | undefined {
    const cached = this.#cache.get(text);
    if (cached !== undefined) return cached;
    const headers = readHeaders(text);
    if (headers === undefined) return undefined;
    if (this.#cache.size === MAX_CACHED) this.#cache.clear();
    this.#cache.set(text, headers);
    return headers;
  }
}
