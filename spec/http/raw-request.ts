import { STATUS_CODES } from 'node:http';
import { callDocument } from '../support/client.js';

/** The maximum size of a body at the gateway of `/`, in bytes. */
export const MAX_REQUEST = 10_000;

/** A request to `RequestServer`, in bytes, and the response to it. */
export interface RawRequest {
  readonly what: string;
  readonly sent: Buffer;
  readonly status: number;
  /** If it is not the usual one of the status. */
  readonly reason?: string;
  /** Those that responses of this status and type do not all have. */
  readonly headers?: Readonly<Record<string, string | RegExp>>;
  readonly type: 'text/xml' | 'text/plain' | 'text/html';
  readonly body: string | RegExp;
  /** The number of calls that it runs. */
  readonly runs: number;
  /** It ends the connection. */
  readonly closes: boolean;
  /** What is behind its start is not read as HTTP. */
  readonly broken: boolean;
  /** What the log says is malformed. */
  readonly malformed?: { readonly header: string; readonly reason: string };
  /** A `100 Continue` is sent before the response, unless the body has arrived by then. */
  readonly continued: boolean;
  /** The response instead, if the body is found to be broken before the request is refused. */
  readonly or?: RawRequest;
  /** HAProxy, which changes some requests and answers some itself, passes it on. */
  readonly proxied: boolean;
}

export type More = Partial<Omit<RawRequest, 'what' | 'sent' | 'status'>>;

/** Those that are undefined are omitted. */
type Headers = Readonly<Record<string, string | undefined>>;

interface Form {
  readonly line?: string;
  readonly headers?: Headers;
  readonly body?: string | Buffer;
}

export const ECHO = callDocument('echo', 'x');
export const LENGTH = ECHO.length;
export const ENDPOINT = '/some/echo';
const POST = `POST ${ENDPOINT} HTTP/1.1`;
export const POST_1_0 = `POST ${ENDPOINT} HTTP/1.0`;
export const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

export function request({ line = POST, headers = {}, body = ECHO }: Form = {}): Buffer {
  const all = { Host: 'x', 'Content-Type': 'text/xml', 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
  return Buffer.concat([Buffer.from(`${line}\r\n${lines.join('')}\r\n`), Buffer.from(body)]);
}

/** A request without a body. */
export function bare(line: string, headers: Headers = {}): Buffer {
  return request({ line, headers: { 'Content-Type': undefined, 'Content-Length': undefined, ...headers }, body: '' });
}

export const post = (path: string, headers: Headers = {}, body: string | Buffer = ECHO) =>
  request({ line: `POST ${path} HTTP/1.1`, headers, body });

export const replaced = (from: string, to: string, form?: Form) =>
  Buffer.from(request(form).toString().replace(from, to));

/** The body in chunks, each of which has `size` bytes. */
export function chunks(body: string | Buffer, size = 20): Buffer {
  const bytes = Buffer.from(body);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}

export const CHUNKED = { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' } as const;

export const basic = (credentials: string) => ({
  Authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
});

const row = (what: string, sent: Buffer, status: number, type: RawRequest['type'], more: More): RawRequest => ({
  what,
  sent,
  status,
  type,
  body: '',
  runs: 0,
  closes: false,
  broken: false,
  continued: false,
  proxied: !more.broken,
  ...more,
});

const xml = (content: string) => `<?xml version="1.0"?><methodResponse>${content}</methodResponse>`;

/** A request whose response is a value in XML. */
export const answered = (what: string, sent: Buffer, value: string, more: More = {}) => {
  const body = xml(`<params><param><value>${value}</value></param></params>`);
  return row(what, sent, 200, 'text/xml', { body, runs: 1, ...more });
};

export const echoed = (what: string, sent: Buffer, more: More = {}) => answered(what, sent, '<string>x</string>', more);

export const fault = (what: string, body: string | Buffer, code: number, string: string | RegExp) => {
  const texts = [
    '<fault><value><struct>',
    `<member><name>faultCode</name><value><int>${code}</int></value></member>`,
    '<member><name>faultString</name><value><string>',
    '</string></value></member></struct></value></fault>',
  ];
  const before = texts.slice(0, 3).join('');
  const expected =
    typeof string === 'string'
      ? xml(`${before}${string}${texts[3]}`)
      : new RegExp(`${before.replaceAll(/[?.]/g, '\\$&')}${string.source}`, string.flags);
  return row(what, request({ body }), 200, 'text/xml', { body: expected });
};

/** The texts and headers of refusals of a status. */
const TEXTS: Readonly<Record<number, string>> = {
  401: 'Missing or invalid credentials.',
  403: 'Requests of web pages from other sites are not allowed.',
  404: 'The endpoint does not exist.',
  405: 'Method not allowed: use POST.',
  411: 'Content-Length required.',
  413: `The request body is larger than ${MAX_REQUEST} bytes.`,
  415: 'Unsupported Content-Encoding "br": use gzip or deflate once, or none.',
  417: 'Unsupported expectation: use 100-continue.',
  431: 'The request line and headers are too long.',
};
const HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'www-authenticate': 'Basic realm="netsvc", charset="UTF-8"' },
  405: { allow: 'POST' },
  415: { 'accept-encoding': 'gzip, deflate' },
};

export const refused = (status: number, what: string, sent: Buffer, more: More = {}) =>
  row(what, sent, status, 'text/plain', { body: `${TEXTS[status]}\n`, headers: HEADERS[status] ?? {}, ...more });

export const BAD_TYPE = { body: 'Content-Type must be text/xml or application/xml.\n' };

/** A request that cannot be parsed. */
export const broken = (
  what: string,
  sent: Buffer,
  { status = 400, ...more }: More & { readonly status?: number } = {},
) =>
  row(what, sent, status, 'text/plain', {
    body: status === 400 ? 'Malformed request.\n' : `${TEXTS[status]}\n`,
    broken: true,
    closes: true,
    ...more,
  });

/** The same because of a header, which the response and the log name. */
export const malformed = (what: string, sent: Buffer, header: string, reason: string) =>
  broken(what, sent, { body: `Malformed header "${header}": ${reason}.\n`, malformed: { header, reason } });

const POLICY =
  /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'$/;

export const page = (what: string, sent: Buffer, title: string, more: More = {}) =>
  row(what, sent, 200, 'text/html', {
    body: new RegExp(`^<!doctype html>.*<title>[^<]*${title}.*</html>\n$`, 'is'),
    headers: {
      'cache-control': 'no-store',
      'content-security-policy': POLICY,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    ...more,
  });

/** The line of the status. */
export function statusLine({ status, reason = STATUS_CODES[status] }: RawRequest): string {
  return `${status} ${reason}`;
}

/** The same request with its body in chunks of one byte, if it has a length and is accepted. */
export function inChunks({ sent, status, closes, continued }: RawRequest): Buffer | undefined {
  const end = sent.indexOf('\r\n\r\n') + 4;
  const head = sent.toString('latin1', 0, end);
  if (status !== 200 || closes || continued || !head.includes('\r\nContent-Length: ') || !head.includes('/1.1')) return;
  const chunked = head.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked');
  return Buffer.concat([Buffer.from(chunked, 'latin1'), chunks(sent.subarray(end), 1)]);
}
