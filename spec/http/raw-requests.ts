import { deflateRawSync, deflateSync } from 'node:zlib';
import iconv from 'iconv-lite';
import { callDocument } from '../support/client.js';
import { BROKEN } from './broken-requests.js';
import {
  answered,
  BAD_TYPE,
  BROWSER,
  bare,
  basic,
  CHUNKED,
  chunks,
  ECHO,
  ENDPOINT,
  echoed,
  fault,
  LENGTH,
  MAX_REQUEST,
  type More,
  POST_1_0,
  page,
  post,
  type RawRequest,
  refused,
  request,
} from './raw-request.js';

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
  echoed('HTTP/1.0', request({ line: POST_1_0 }), { closes: true }),
  echoed('no Host', request({ headers: { Host: undefined } })),
  echoed('HTTP/1.0 without a Host', request({ line: POST_1_0, headers: { Host: undefined } }), { closes: true }),
  echoed('HTTP/1.0 with keep-alive', request({ line: POST_1_0, headers: { Connection: 'keep-alive' } })),
  echoed(
    'HTTP/1.0 with an expectation, which is ignored',
    request({ line: POST_1_0, headers: { Expect: '100-continue' } }),
    { closes: true },
  ),
  echoed('an expectation of 100 Continue', request({ headers: { Expect: '100-continue' } }), { continued: true }),
  answered(
    'a large body',
    post('/everybody/some/echo', {}, callDocument('echo', 'y'.repeat(200_000))),
    `<string>${'y'.repeat(200_000)}</string>`,
  ),
  echoed('the path of another gateway', post('/everybody/some/echo')),
  echoed('credentials of a user', post('/guarded/some/echo', basic('grace:ecarg'))),
  ...['grace', ''].map((user) => {
    const headers = user === '' ? {} : basic('grace:ecarg');
    const sent = post('/guarded/some/echo', headers, callDocument('who'));
    return answered(`a method for the user "${user}"`, sent, `<string>${user} at 127.0.0.1</string>`, { runs: 0 });
  }),
  echoed('no credentials where a gateway admits that', post('/guarded/some/echo')),
  ...[deflateSync(ECHO), deflateRawSync(ECHO)].map((body, i) => {
    const what = `a body of deflate ${i === 0 ? 'with' : 'without'} the header of zlib`;
    return echoed(what, request({ headers: { 'Content-Encoding': 'deflate' }, body }));
  }),
  echoed(
    'a compressed body in chunks, with bytes behind its end',
    request({
      headers: { ...CHUNKED, 'Content-Encoding': 'deflate' },
      body: chunks(Buffer.concat([deflateSync(ECHO), Buffer.from('more, and end')]), deflateSync(ECHO).length + 4),
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

const TOO_LARGE = ' '.repeat(MAX_REQUEST + 1);

/** Their bodies look like what follows them. */
const WITHOUT_LENGTH: readonly RawRequest[] = (
  [
    [411, '', {}],
    [411, ', and Connection: close', { headers: { Connection: 'close' } }],
    [411, ', with HTTP/1.0', { line: POST_1_0 }],
    [411, ', with HTTP/1.0 and keep-alive', { line: POST_1_0, headers: { Connection: 'keep-alive' } }],
    [411, ' and with a query', { line: `POST ${ENDPOINT}?a HTTP/1.1` }],
    [404, ', for an unknown endpoint', { line: 'POST /unknown HTTP/1.1' }],
    [401, ', with wrong credentials', { line: 'POST /guarded/some/echo HTTP/1.1', headers: basic('grace:x') }],
    [405, ', and another method', { line: `PUT ${ENDPOINT} HTTP/1.1` }],
  ] as const
).map(([status, what, form]) => {
  const headers = { 'Content-Length': undefined, ...('headers' in form && form.headers) };
  const more = { closes: true, proxied: status !== 405 };
  return refused(status, `a body without a length${what}`, request({ ...form, headers }), more);
});

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
  refused(413, 'a body beyond the limit', request({ body: TOO_LARGE })),
  refused(
    413,
    'a chunked body that grows beyond the limit',
    request({ headers: CHUNKED, body: chunks(TOO_LARGE, 1000) }),
  ),
  ...WITHOUT_LENGTH,
  refused(413, 'a body beyond the limit, and Connection: close', post(ENDPOINT, { Connection: 'close' }, TOO_LARGE), {
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
  refused(417, 'another expectation', request({ headers: { Expect: '200-ok' } }), { closes: true, proxied: false }),
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
  refused(404, 'one that has expired and was swept, for its owner', close('/anybody/SWEPT', 'grace'), EXPIRED),
  refused(404, 'a session that has expired, with HTTP/1.0', close('/anybody/EXPIRED', 'grace', '1.0'), {
    ...EXPIRED,
    closes: true,
  }),
  refused(
    404,
    'a session that has been closed, for its owner',
    close('/anybody/CLOSED', 'grace'),
    ended('Session closed'),
  ),
  ...['OPEN', 'EXPIRED', 'SWEPT', 'CLOSED', 'opener/AAAAAAAAAAAAAAAAAAAAAA'].map((name) =>
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
  inEncoding('a charset before a document that says nothing', 'text/xml; charset=latin1', documentIn('ü'), 'Ã¼'),
  inEncoding('a declared encoding', 'text/xml', iconv.encode(documentIn('ü €', 'ISO8859_15'), 'iso-8859-15'), 'ü €'),
  fault('an encoding that is not supported', documentIn('a', 'gbk'), 54, /.*unsupported encoding gbk; supported are/s),
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
  ...BROKEN,
];
