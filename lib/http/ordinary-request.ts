import type { IncomingHttpHeaders } from 'node:http';

/** The head of a request that asks for nothing special. */
export interface OrdinaryHead {
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

/**
 * Reads the head of a request, if it is a POST over HTTP/1.1 to a plain path, with a length, and with no header that is special, given
 * twice, or spelled in a way that could be read otherwise. A spec holds it to node:http: what is read here is read the same there.
 *
 * @returns undefined for any other
 */
export function readOrdinaryHead(text: string): OrdinaryHead | undefined {
  const [requestLine = '', ...lines] = text.split('\r\n');
  const url = REQUEST_LINE.exec(requestLine)?.[1];
  if (url === undefined) return undefined;
  const headers: IncomingHttpHeaders = {};
  for (const line of lines) {
    if (!HEADER.test(line)) return undefined;
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (headers[name] !== undefined || SPECIAL.has(name)) return undefined;
    headers[name] = line.slice(colon + 2);
  }
  const { connection = 'keep-alive', 'content-length': length = '' } = headers;
  if (connection.toLowerCase() !== 'keep-alive' || !LENGTH.test(length)) return undefined;
  return { url, headers, length: Number(length) };
}

/** Reads the requests of one connection. Clients say the same again and again, so the last head is remembered. */
export class OrdinaryRequests {
  #text = '';
  #head: OrdinaryHead | undefined;

  /**
   * Reads the request that `bytes` are.
   *
   * @returns 'incomplete' while its end is still to come, 'special' if it is for node:http to read
   */
  read(bytes: Buffer): { head: OrdinaryHead; body: Buffer } | 'incomplete' | 'special' {
    const end = bytes.indexOf(HEAD_END);
    if (end > LONGEST_HEAD) return 'special';
    if (end < 0) return bytes.length > LONGEST_HEAD ? 'special' : 'incomplete';
    const text = bytes.toString('latin1', 0, end);
    if (text !== this.#text) {
      this.#head = readOrdinaryHead(text);
      this.#text = text;
    }
    const head = this.#head;
    if (head === undefined || head.length > LONGEST_BODY) return 'special';
    const start = end + HEAD_END.length;
    if (bytes.length - start < head.length) return 'incomplete';
    // What comes in a pipeline is for node:http too.
    if (bytes.length - start > head.length) return 'special';
    return { head, body: bytes.subarray(start) };
  }
}
