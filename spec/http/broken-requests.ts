import { deflateSync } from 'node:zlib';
import {
  basic,
  broken,
  CHUNKED,
  chunks,
  ECHO,
  ENDPOINT,
  LENGTH,
  malformed,
  type RawRequest,
  refused,
  replaced,
  request,
} from './raw-request.js';

/** What Python 2 and others send for long credentials: base64 with a line end behind 76 characters. */
const LONG = `${'QUJD'.repeat(19)}\n${'REVG'.repeat(5)}==`;
const LINE_END = 'it contains a line end';

/** Requests with lines that are no header, for both versions of HTTP. */
const MALFORMED: readonly RawRequest[] = (
  [
    ['credentials with a line feed', `Authorization: Basic ${LONG}\r\n`, 'Authorization', LINE_END],
    ['credentials that end with one', 'Authorization: Basic eDp5\n\r\n', 'Authorization', LINE_END],
    ['credentials with CR LF', `Authorization: Basic ${LONG.replace('\n', '\r\n')}\r\n`, 'Authorization', LINE_END],
    ['credentials with CR LF that end with a slash', 'Authorization: Basic eDp5\r\na/b\r\n', 'Authorization', LINE_END],
    ['credentials with CR LF that are letters', 'Authorization: Basic eDp5\r\nabc\r\n', 'Authorization', LINE_END],
    ['credentials with CR', `Authorization: Basic ${LONG.replace('\n', '\r')}\r\n`, 'Authorization', LINE_END],
    [
      'credentials that are folded',
      `Authorization: Basic ${LONG.replace('\n', '\r\n ')}\r\n`,
      'Authorization',
      LINE_END,
    ],
    ['credentials that are folded with LF', 'Authorization: Basic eDp5\n\tabc\r\n', 'Authorization', LINE_END],
    ['an agent with a line feed', 'User-Agent: a\nb\r\nAccept: */*\r\n', 'User-Agent', LINE_END],
    ['a character that is not allowed', 'X-Odd: a\0b\r\n', 'X-Odd', 'Invalid header value char'],
    ['a blank behind the name', 'X-Odd : a\r\n', 'X-Odd', 'Invalid header token'],
    ['a blank in the name', 'X-Very Odd: a\r\n', 'X-Very', 'Invalid header token'],
    ['a name beyond ASCII', 'X-Ödd: a\r\n', 'X-', 'Invalid header token'],
    ['a length that is no number', 'Content-Length: x\r\n', 'Content-Length', 'Invalid character in Content-Length'],
    ['two lengths', 'Content-Length: 1\r\nContent-Length: 2\r\n', 'Content-Length', 'Duplicate Content-Length'],
    [
      'a length and chunks',
      'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n',
      'Transfer-Encoding',
      "Transfer-Encoding can't be present with Content-Length",
    ],
    [
      'chunks and a length',
      'Transfer-Encoding: chunked\r\nContent-Length: 1\r\n',
      'Content-Length',
      "Content-Length can't be present with Transfer-Encoding",
    ],
    ['an unknown coding', 'Transfer-Encoding: x\r\n', 'Transfer-Encoding', 'Request has invalid `Transfer-Encoding`'],
  ] as const
).flatMap(([what, lines, name, reason]) =>
  ['1.1', '1.0'].map((version) => {
    const head = `POST ${ENDPOINT} HTTP/${version}\r\nHost: x\r\n${lines}X-Last: y\r\n\r\n`;
    return malformed(`${what}, with HTTP/${version}`, Buffer.from(`${head}${ECHO}`, 'latin1'), name, reason);
  }),
);

/** Requests that are refused, and whose chunks are no chunks. */
const REFUSED: readonly RawRequest[] = (
  [
    [404, 'an unknown endpoint', { line: 'POST /unknown HTTP/1.1' }, ECHO],
    [401, 'wrong credentials', { line: `POST /guarded${ENDPOINT} HTTP/1.1`, headers: basic('grace:x') }, ECHO],
    [413, 'too many chunks in front', {}, `2800\r\n${' '.repeat(0x2800)}\r\nzz\r\n`],
  ] as const
).map(([status, what, form, body]) => {
  const sent = request({ ...form, headers: { ...CHUNKED, ...('headers' in form && form.headers) }, body });
  const or = broken(what, sent);
  return { ...refused(status, `a chunk without a length, and ${what}`, sent, { broken: true, closes: true }), or };
});

/** Requests that no parser reads to their end. */
export const BROKEN: readonly RawRequest[] = [
  ...MALFORMED,
  ...REFUSED,
  broken('nonsense', Buffer.from('nonsense\r\n\r\n')),
  broken('a method that HTTP has not', request({ line: 'CALL /some/echo HTTP/1.1' })),
  broken('line ends without CR', Buffer.from(request().toString().replaceAll('\r\n', '\n'))),
  broken('line ends without CR in the head only', Buffer.from('POST /some/echo HTTP/1.1\nHost: x\n\n\r\n\r\n')),
  broken('another protocol', Buffer.from('POST /some/echo SIP/2.0\r\nX: y\r\n\r\n')),
  broken('an unfinished line', Buffer.from('x\r\n\r\n')),
  broken('what is not HTTP in front of a request', Buffer.concat([Buffer.from('x\r\n'), request()])),
  broken('an empty line, and what is not HTTP', Buffer.from(`\r\n\r\n${ECHO}`)),
  broken('a later version of HTTP', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')),
  malformed(
    'two lengths, the wrong one first',
    replaced('Content-Length:', 'Content-Length: 5\r\nContent-Length:'),
    'Content-Length',
    'Duplicate Content-Length',
  ),
  malformed(
    'two lengths, the wrong one last',
    replaced('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\n'),
    'Content-Length',
    'Duplicate Content-Length',
  ),
  malformed(
    'a length and chunks',
    request({ headers: { 'Transfer-Encoding': 'chunked' }, body: chunks(ECHO) }),
    'Transfer-Encoding',
    "Transfer-Encoding can't be present with Content-Length",
  ),
  ...[`${LENGTH}, ${LENGTH}`, `+${LENGTH}`, '0x10', '-1'].map((length) =>
    malformed(
      `the length ${length}`,
      request({ headers: { 'Content-Length': length } }),
      'Content-Length',
      'Invalid character in Content-Length',
    ),
  ),
  malformed(
    'a blank before the colon',
    replaced('Content-Length:', 'Content-Length :'),
    'Content-Length',
    'Invalid header field char',
  ),
  malformed('a line end in a header', request({ headers: { 'X-Split': 'a\nContent-Length: 5' } }), 'X-Split', LINE_END),
  malformed('a header that folds', request({ headers: { 'X-Folded': 'a\r\n\tb\u0000' } }), 'X-Folded', LINE_END),
  malformed(
    'chunks that are coded again',
    request({ headers: { ...CHUNKED, 'Transfer-Encoding': 'chunked, gzip' } }),
    'Transfer-Encoding',
    'Invalid `Transfer-Encoding` header value',
  ),
  malformed(
    'chunks by another name',
    request({ headers: { ...CHUNKED, 'Transfer-Encoding': 'xchunked' } }),
    'Transfer-Encoding',
    'Request has invalid `Transfer-Encoding`',
  ),
  malformed(
    'chunks told twice',
    replaced('\r\n\r\n', '\r\nTransfer-Encoding: identity\r\n\r\n', { headers: CHUNKED, body: '' }),
    'Transfer-Encoding',
    'Invalid `Transfer-Encoding` header value',
  ),
  broken('a chunk with a sign', request({ headers: CHUNKED, body: '+5\r\n' })),
  broken('a chunk without a length', request({ headers: CHUNKED, body: 'zz\r\n' })),
  broken('a bad chunk behind a good one', request({ headers: CHUNKED, body: `1\r\n<\r\nzz\r\n${ECHO}` })),
  broken(
    'a compressed body whose chunks are broken behind its end',
    request({
      headers: { ...CHUNKED, 'Content-Encoding': 'deflate' },
      body: Buffer.concat([chunks(deflateSync(ECHO), 500).subarray(0, -5), Buffer.from('no chunk\r\n')]),
    }),
  ),
  broken('headers that are too long', request({ headers: { 'X-Long': 'x'.repeat(20_000) } }), { status: 431 }),
  broken('a path that is too long', request({ line: `POST /${'x'.repeat(20_000)} HTTP/1.1` }), { status: 431 }),
];
