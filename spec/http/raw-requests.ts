import { STATUS_CODES } from 'node:http';
import { deflateSync } from 'node:zlib';
import iconv from 'iconv-lite';
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
  /** HAProxy, which changes some requests and answers some itself, passes it on. */
  readonly proxied: boolean;
}

type More = Partial<Omit<RawRequest, 'what' | 'sent' | 'status'>>;

/** Those that are undefined are omitted. */
type Headers = Readonly<Record<string, string | undefined>>;

interface Form {
  readonly line?: string;
  readonly headers?: Headers;
  readonly body?: string | Buffer;
}

const ECHO = callDocument('echo', 'x');
const LENGTH = ECHO.length;
export const ENDPOINT = '/some/echo';
const POST = `POST ${ENDPOINT} HTTP/1.1`;
const POST_1_0 = `POST ${ENDPOINT} HTTP/1.0`;
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

function request({ line = POST, headers = {}, body = ECHO }: Form = {}): Buffer {
  const all = { Host: 'x', 'Content-Type': 'text/xml', 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
  return Buffer.concat([Buffer.from(`${line}\r\n${lines.join('')}\r\n`), Buffer.from(body)]);
}

/** A request without a body. */
function bare(line: string, headers: Headers = {}): Buffer {
  return request({ line, headers: { 'Content-Type': undefined, 'Content-Length': undefined, ...headers }, body: '' });
}

export const post = (path: string, headers: Headers = {}, body = ECHO) =>
  request({ line: `POST ${path} HTTP/1.1`, headers, body });

const replaced = (from: string, to: string, form?: Form) => Buffer.from(request(form).toString().replace(from, to));

/** The body in chunks, each of which has `size` bytes. */
function chunks(body: string | Buffer, size = 20): Buffer {
  const bytes = Buffer.from(body);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}

const CHUNKED = { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' } as const;

const basic = (credentials: string) => ({ Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` });

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
const answered = (what: string, sent: Buffer, value: string, more: More = {}) => {
  const body = xml(`<params><param><value>${value}</value></param></params>`);
  return row(what, sent, 200, 'text/xml', { body, runs: 1, ...more });
};

const echoed = (what: string, sent: Buffer, more: More = {}) => answered(what, sent, '<string>x</string>', more);

const fault = (what: string, body: string | Buffer, code: number, string: string | RegExp) => {
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

const refused = (status: number, what: string, sent: Buffer, more: More = {}) =>
  row(what, sent, status, 'text/plain', { body: `${TEXTS[status]}\n`, headers: HEADERS[status] ?? {}, ...more });

const BAD_TYPE = { body: 'Content-Type must be text/xml or application/xml.\n' };

/** A request that cannot be parsed. */
const broken = (what: string, sent: Buffer, { status = 400, ...more }: More & { readonly status?: number } = {}) =>
  row(what, sent, status, 'text/plain', {
    body: status === 400 ? 'Malformed request.\n' : `${TEXTS[status]}\n`,
    broken: true,
    closes: true,
    ...more,
  });

/** The same because of a header, which the response and the log name. */
const malformed = (what: string, sent: Buffer, header: string, reason: string) =>
  broken(what, sent, { body: `Malformed header "${header}": ${reason}.\n`, malformed: { header, reason } });

const POLICY =
  /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'$/;

const page = (what: string, sent: Buffer, title: string, more: More = {}) =>
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

const TARGETS: readonly (readonly [target: string, found: boolean])[] = [
  [ENDPOINT, true],
  ['//some///echo/', true],
  ['/some%2Fecho', true],
  ['/%73ome/ech%6F?a=b', true],
  ['http://elsewhere:99/some/echo', true],
  ['/some/./echo', false],
  ['/some/../some/echo', false],
  ['/some/%2e%2e/some/echo', false],
  ['/some/echo%00', false],
  ['/some/echo%zz', false],
  ['/%zz', false],
  [`/${'x'.repeat(10_000)}`, false],
  ['*', false],
];

const VALID: readonly RawRequest[] = [
  ...TARGETS.map(([target, found]) => {
    const what = `the target ${target.length > 40 ? 'of a very long path' : target}`;
    const proxied = target.startsWith('/') || target === '*';
    return found ? echoed(what, post(target), { proxied }) : refused(404, what, post(target));
  }),
  ...['application/xml', 'text/xml; charset=utf-8', 'TEXT/XML;charset=utf-8'].map((type) =>
    echoed(`the type ${type}`, request({ headers: { 'Content-Type': type } })),
  ),
  echoed('no Content-Type from another client than a browser', request({ headers: { 'Content-Type': undefined } })),
  echoed('chunks', request({ headers: CHUNKED, body: chunks(ECHO) })),
  echoed(
    'chunks with extensions and trailers',
    request({
      headers: CHUNKED,
      body: chunks(ECHO).toString().replace('14\r\n', '14;a=b\r\n').replace(/\r\n$/, 'X-Trailer: y\r\n\r\n'),
    }),
  ),
  echoed(
    'an upgrade, which is not made',
    request({
      headers: { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' },
    }),
  ),
  echoed('TE', request({ headers: { TE: 'trailers' } })),
  echoed('Connection: close', request({ headers: { Connection: 'close' } }), { closes: true }),
  echoed('no Host', request({ headers: { Host: undefined } })),
  echoed('HTTP/1.0 without a Host', request({ line: POST_1_0, headers: { Host: undefined } }), { closes: true }),
  echoed('HTTP/1.0 with keep-alive', request({ line: POST_1_0, headers: { Connection: 'keep-alive' } })),
  echoed(
    'HTTP/1.0 with an expectation, which is ignored',
    request({ line: POST_1_0, headers: { Expect: '100-continue' } }),
    { closes: true },
  ),
  echoed('an expectation of 100 Continue', request({ headers: { Expect: '100-continue' } }), { continued: true }),
  echoed('the path of another gateway', post('/everybody/some/echo')),
  echoed('credentials of a user', post('/guarded/some/echo', basic('grace:ecarg'))),
  echoed('no credentials where a gateway admits that', post('/guarded/some/echo')),
  echoed(
    'a compressed body in chunks, with bytes behind its end',
    request({
      headers: { ...CHUNKED, 'Content-Encoding': 'deflate' },
      body: chunks(Buffer.concat([deflateSync(ECHO), Buffer.from('more')]), 500),
    }),
  ),
];

const FAULTS: readonly RawRequest[] = [
  answered('a result beyond ASCII', request({ body: callDocument('echo', 'höpper 😀') }), '<string>höpper 😀</string>'),
  answered(
    'a large result',
    request({ body: callDocument('echo', 'y'.repeat(9000)) }),
    `<string>${'y'.repeat(9000)}</string>`,
  ),
  answered('a method of another name', request({ body: callDocument('têšt-it') }), '<string>any name</string>'),
  answered('a method that returns nothing', request({ body: callDocument('nothing') }), '<nil></nil>'),
  fault(
    'a body that is not XML-RPC',
    '<?xml version="1.0"?><methodCall><nonsense/>',
    54,
    /netsvc\.xmlrpc -- Request Decoding Error\n\n1:\d+: unexpected &lt;nonsense&gt; in &lt;methodCall&gt;/,
  ),
  ...['unknown', 'sample-ädd'].map((method) =>
    fault(
      `the unknown method ${method}`,
      callDocument(method),
      55,
      `netsvc -- Method Unavailable\n\nThere is no method "${method}".`,
    ),
  ),
  fault(
    'wrong parameters',
    callDocument('echo'),
    56,
    'netsvc -- Parameters Incorrect\n\nExpected 1 or more arguments, received 0.',
  ),
];

const METHODS: readonly RawRequest[] = [
  refused(405, 'the method DELETE', bare(`DELETE ${ENDPOINT} HTTP/1.1`), { closes: true }),
  ...['GET', 'HEAD', 'OPTIONS'].map((method) =>
    refused(405, `the method ${method}`, bare(`${method} ${ENDPOINT} HTTP/1.1`), method === 'HEAD' ? { body: '' } : {}),
  ),
  ...['PUT', 'PATCH', 'TRACE'].map((method) =>
    refused(405, `the method ${method}`, bare(`${method} ${ENDPOINT} HTTP/1.1`, { 'Content-Length': '0' })),
  ),
  refused(405, 'the method CONNECT', bare('CONNECT db:3306 HTTP/1.1'), { closes: true, broken: true }),
  refused(
    405,
    'a preflight request of a page, without a permission',
    bare(`OPTIONS ${ENDPOINT} HTTP/1.1`, { Origin: 'http://localhost:3000', 'Access-Control-Request-Method': 'POST' }),
  ),
  ...['*/*', 'text/*', 'text/xml', 'text/html;q=0, */*'].map((accept) =>
    refused(
      405,
      `GET of a page by a client that accepts ${accept}`,
      bare(`GET ${ENDPOINT} HTTP/1.1`, { Accept: accept }),
    ),
  ),
  ...[BROWSER, 'text/html'].map((accept) =>
    page(`GET with Accept: ${accept}`, bare(`GET ${ENDPOINT} HTTP/1.1`, { Accept: accept }), 'some/echo'),
  ),
  page('HEAD of a page', bare(`HEAD ${ENDPOINT} HTTP/1.1`, { Accept: BROWSER }), '', { body: '' }),
  page('GET of the list of endpoints', bare('GET / HTTP/1.1', { Accept: BROWSER }), 'ndpoints'),
  refused(404, 'GET of the list of endpoints by a client that accepts */*', bare('GET / HTTP/1.1', { Accept: '*/*' })),
  refused(404, 'GET of an unknown page', bare('GET /unknown HTTP/1.1', { Accept: BROWSER })),
  refused(404, 'an unknown endpoint, with any method', bare('GET /unknown HTTP/1.1')),
];

const REFUSED: readonly RawRequest[] = [
  refused(404, 'an unknown endpoint', post('/unknown')),
  refused(404, 'an endpoint that is not of the group', post('/outsider')),
  refused(
    404,
    'an unknown endpoint, with a body that arrives in many pieces',
    post('/unknown', {}, ' '.repeat(1_000_000)),
  ),
  ...['text/plain', 'text/html', 'text/xmlx', ''].map((type) =>
    refused(400, `the Content-Type "${type}"`, request({ headers: { 'Content-Type': type } }), BAD_TYPE),
  ),
  ...Object.entries({
    'no Content-Type from a page': { Origin: 'http://localhost' },
    'no Content-Type from a browser': { 'Sec-Fetch-Site': 'none' },
  }).map(([what, headers]) =>
    refused(400, what, request({ headers: { 'Content-Type': undefined, ...headers } }), BAD_TYPE),
  ),
  refused(413, 'a body beyond the limit', request({ body: ' '.repeat(MAX_REQUEST + 1) })),
  refused(
    413,
    'a chunked body that grows beyond the limit',
    request({ headers: CHUNKED, body: chunks(' '.repeat(MAX_REQUEST + 1), 1000) }),
  ),
  refused(411, 'a body without a length', request({ headers: { 'Content-Length': undefined }, body: '' }), {
    closes: true,
  }),
  refused(415, 'an unknown Content-Encoding', request({ headers: { 'Content-Encoding': 'br' } })),
  refused(401, 'missing credentials', post('/locked/some/echo')),
  refused(401, 'missing credentials for any path', post('/locked/unknown')),
  refused(401, 'wrong credentials', post('/guarded/some/echo', basic('grace:x'))),
  refused(401, 'another scheme of authentication', post('/guarded/some/echo', { Authorization: 'Bearer x' })),
  ...Object.entries({
    'an unknown endpoint': [404, { line: 'POST /unknown HTTP/1.1' }],
    'a body that is too large': [413, { headers: { 'Content-Length': `${MAX_REQUEST + 1}` } }],
    'another Content-Type': [400, { headers: { 'Content-Type': 'text/plain' } }],
  } as const).map(([what, [status, form]]) => {
    const headers = {
      'Content-Length': `${LENGTH}`,
      ...('headers' in form ? form.headers : {}),
      Expect: '100-continue',
    };
    // HAProxy reads what follows as the body.
    const more = { closes: true, proxied: false, ...(status === 400 && BAD_TYPE) };
    return refused(
      status,
      `${what}, without a 100 Continue that is expected`,
      request({ ...form, headers, body: '' }),
      more,
    );
  }),
  refused(417, 'another expectation', request({ headers: { Expect: '200-ok' }, body: '' }), { closes: true }),
];

const ORIGINS: readonly RawRequest[] = [
  ...['http://localhost:3000', 'http://127.0.0.1:8000', 'https://[::1]', 'http://192.0.2.1'].map((origin) =>
    echoed(`the page of ${origin}`, request({ headers: { Origin: origin } })),
  ),
  ...['http://rebound.example:8000', 'https://localhost.example', 'http://127.0.0.1.example', 'null', '', 'x'].map(
    (origin) =>
      refused(
        403,
        `a page of "${origin}", because any domain can resolve to this machine`,
        request({ headers: { Origin: origin, Host: origin.replace('http://', '') || 'x' } }),
      ),
  ),
  echoed(
    'a page of any site if clients have to log in and the user has',
    post('/closed/some/echo', { Origin: 'https://app.example', ...basic('grace:x') }),
  ),
  refused(
    401,
    'a page of any site if clients have to log in',
    post('/closed/some/echo', { Origin: 'https://app.example' }),
  ),
  refused(
    403,
    'a page of another site, with any credentials, if clients do not have to log in',
    request({ headers: { Origin: 'https://app.example', ...basic('grace:x') } }),
  ),
];

const ended = (ending: string): More => ({ reason: ending, body: `${ending}.\n` });
const EXPIRED = ended('Session expired after 30 s of inactivity');
const close = (path: string, user: string, version = '1.1') =>
  request({ line: `POST ${path} HTTP/${version}`, headers: basic(`${user}:x`), body: callDocument('close') });

/** `RequestServer` replaces the names of the sessions of grace. */
const SESSIONS: readonly RawRequest[] = [
  answered('a session of its owner', close('/anybody/OPEN', 'grace'), '<int>0</int>', { runs: 0 }),
  refused(404, 'a session that has expired, for its owner', close('/anybody/EXPIRED', 'grace'), EXPIRED),
  refused(404, 'the same with HTTP/1.0', close('/anybody/EXPIRED', 'grace', '1.0'), { ...EXPIRED, closes: true }),
  refused(
    404,
    'a session that has been closed, for its owner',
    close('/anybody/CLOSED', 'grace'),
    ended('Session closed'),
  ),
  ...['OPEN', 'EXPIRED', 'CLOSED', 'opener/AAAAAAAAAAAAAAAAAAAAAA'].map((name) =>
    refused(404, `a session that does not exist for another user: ${name}`, close(`/anybody/${name}`, 'eve')),
  ),
];

function documentIn(text: string, encoding?: string): string {
  const declaration = encoding === undefined ? '' : `<?xml version='1.0' encoding='${encoding}'?>`;
  const value = `<param><value>${text}</value></param>`;
  return `${declaration}<methodCall><methodName>echo</methodName><params>${value}</params></methodCall>`;
}

const inEncoding = (what: string, type: string, body: string | Buffer, text: string) =>
  answered(what, request({ headers: { 'Content-Type': type }, body }), `<string>${text}</string>`);

const ENCODINGS: readonly RawRequest[] = [
  inEncoding(
    "a library's charset before a document in UTF-8",
    'text/xml; charset=ISO-8859-1',
    documentIn('ü €', 'UTF-8'),
    'ü €',
  ),
  inEncoding('that charset before one that says nothing', 'text/xml; charset=latin1', documentIn('ü'), 'Ã¼'),
  inEncoding('UTF-16 that is only declared', 'text/xml', documentIn('ü €', 'utf-16'), 'ü €'),
  inEncoding('a charset in single quotes', "text/xml; charset='utf-8'", documentIn('ü'), 'ü'),
  inEncoding('no charset', 'text/xml; charset=none', documentIn('ü'), 'ü'),
  inEncoding('two headers in one', 'text/xml; charset=utf-8, text/xml', documentIn('ü'), 'ü'),
  inEncoding("a name of Python's", 'text/xml', iconv.encode(documentIn('ü', 'latin_1'), 'latin1'), 'ü'),
  inEncoding("a name of Java's", 'text/xml', iconv.encode(documentIn('ü €', 'ISO8859_15'), 'iso-8859-15'), 'ü €'),
  inEncoding(
    'a charset of one byte for a character',
    'text/xml; charset=KOI8-R',
    iconv.encode(documentIn('Жук'), 'koi8-r'),
    'Жук',
  ),
  fault('an encoding that is not supported', documentIn('a', 'gbk'), 54, /.*unsupported encoding gbk; supported are/s),
  fault(
    'a byte that the encoding has not',
    Buffer.from(documentIn('\u0081', 'cp1252'), 'latin1'),
    54,
    /.*the body is not valid windows-1252: 0x81 at byte \d+/s,
  ),
];

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
    ['an unknown coding', 'Transfer-Encoding: x\r\n', 'Transfer-Encoding', 'Request has invalid `Transfer-Encoding`'],
  ] as const
).flatMap(([what, lines, name, reason]) =>
  ['1.1', '1.0'].map((version) => {
    const head = `POST ${ENDPOINT} HTTP/${version}\r\nHost: x\r\n${lines}X-Last: y\r\n\r\n`;
    return malformed(`${what}, with HTTP/${version}`, Buffer.from(`${head}${ECHO}`, 'latin1'), name, reason);
  }),
);

const BROKEN: readonly RawRequest[] = [
  broken('nonsense', Buffer.from('nonsense\r\n\r\n')),
  broken('a method that HTTP has not', request({ line: 'CALL /some/echo HTTP/1.1' })),
  broken('line ends without CR', Buffer.from(request().toString().replaceAll('\r\n', '\n'))),
  broken('line ends without CR in the head only', Buffer.from('POST /some/echo HTTP/1.1\nHost: x\n\n\r\n\r\n')),
  broken('another protocol', Buffer.from('POST /some/echo SIP/2.0\r\nX: y\r\n\r\n')),
  broken('an unfinished line', Buffer.from('x\r\n\r\n')),
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

/** Requests that clients, pages and attackers send, with their responses. */
export const RAW_REQUESTS: readonly RawRequest[] = [
  ...VALID,
  ...FAULTS,
  ...METHODS,
  ...REFUSED,
  ...ORIGINS,
  ...SESSIONS,
  ...ENCODINGS,
  ...MALFORMED,
  ...BROKEN,
];

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
