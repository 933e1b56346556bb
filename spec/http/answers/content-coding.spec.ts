import { constants, deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { expect } from 'chai';
import { ServiceRegistry, type ServiceServer, serve } from '#lib/index.js';
import { callDocument } from '../../support/client.js';
import { Echo } from '../../support/echo.js';
import { ask, askBytes } from '../../support/http.js';
import { findPython, runPython } from '../../support/python.js';

class Repeating extends Echo {
  constructor(registry: ServiceRegistry) {
    super(registry);
    this.exportMethod((text, times) => Array(times).fill(text), { name: 'repeat', params: REPEAT, returns: 'array' });
  }
}

const REPEAT = [
  { name: 'text', type: 'string' },
  { name: 'times', type: 'int' },
] as const;

const LIMIT = 100_000;
const DOCUMENT = callDocument('echo', 'höpper'.repeat(1000));
const SENT = Buffer.from(DOCUMENT);

describe('content codings', () => {
  let server: ServiceServer;
  let url: string;

  before(async () => {
    const registry = new ServiceRegistry();
    new Repeating(registry);
    server = await serve({ port: 0, registry, maxRequest: LIMIT });
    url = `${server.url}echo`;
  });

  after(() => server.close());

  const send = (coding: string, body: Buffer) =>
    ask(url, {
      headers: { 'Content-Type': 'text/xml', 'Content-Encoding': coding, 'Content-Length': String(body.length) },
      body,
    });

  describe('of requests', () => {
    const taken: [string, string, Buffer][] = [
      ['gzip', 'gzip', gzipSync(SENT)],
      ['gzip by its old name', 'X-GZip', gzipSync(SENT)],
      ['gzip in several members', 'gzip', Buffer.concat([gzipSync(SENT.subarray(0, 99)), gzipSync(SENT.subarray(99))])],
      ['deflate', 'deflate', deflateSync(SENT)],
      ['deflate, as level 0 and a small window make it', 'deflate', deflateSync(SENT, { level: 0, windowBits: 9 })],
      ['deflate, as the best level makes it', 'deflate', deflateSync(SENT, { level: 9 })],
      ['deflate without the header of zlib', 'Deflate', deflateRawSync(SENT)],
      ['the same, stored', 'deflate', deflateRawSync(SENT, { level: 0 })],
      ['the same, with fixed codes', 'deflate', deflateRawSync(SENT, { strategy: constants.Z_FIXED })],
      ['identity', 'identity', SENT],
      ['nothing', '', SENT],
      ['identity and gzip', 'identity, , gzip', gzipSync(SENT)],
      ['the encoding of the text', 'UTF-8', SENT],
      ['another encoding of the text', 'ISO-8859-1', Buffer.from(DOCUMENT, 'latin1')],
      ['the encoding of the text, and gzip', 'utf8, gzip', gzipSync(SENT)],
    ];
    for (const [what, coding, body] of taken) {
      it(`are supported: ${what}`, async () => {
        const answer = await send(coding, body);
        expect(answer.status).to.equal(200);
        expect(answer.body).to.contain('höpper'.repeat(1000));
      });
    }

    it('other than gzip and deflate are refused with 415 and the supported ones', async () => {
      for (const [coding, name] of [
        ['br', 'br'],
        ['gzip, gzip', 'gzip'],
        ['utf-8, Compress', 'compress'],
        ['shift_jis', 'shift_jis'],
        ['x'.repeat(1000), 'x'.repeat(40)],
      ] as const) {
        const answer = await send(coding, gzipSync(SENT));
        expect(answer.status, coding).to.equal(415);
        expect(answer.headers['accept-encoding']).to.equal('gzip, deflate');
        expect(answer.body).to.equal(`Unsupported Content-Encoding "${name}": use gzip or deflate once, or none.\n`);
      }
    });

    it('named utf-8 refuse what is not UTF-8', async () => {
      const latin = Buffer.from(DOCUMENT, 'latin1');
      expect((await send('utf-8', latin)).body).to.contain('<int>54</int>');
    });

    it('cause fault 54 if the body is invalid or incomplete', async () => {
      const broken: [string, Buffer][] = [
        ['gzip', SENT],
        ['gzip', gzipSync(SENT).subarray(0, -20)],
        ['gzip', Buffer.concat([gzipSync(SENT), Buffer.from('garbage')])],
        ['deflate', SENT],
        ['deflate', deflateSync(SENT).subarray(0, -20)],
        ['deflate', deflateRawSync(SENT).subarray(0, -20)],
        ['deflate', deflateSync(SENT).subarray(0, 1)],
        ['deflate', Buffer.alloc(0)],
        ['gzip', Buffer.alloc(0)],
      ];
      for (const [coding, body] of broken) {
        const answer = await send(coding, body);
        expect(answer.status).to.equal(200);
        expect(answer.body).to.contain('<int>54</int>');
      }
    });

    it('do not exceed the size limit: a decompression bomb is refused with 413 while it is decompressed', async () => {
      const blanks = Buffer.alloc(LIMIT * 500, ' ');
      for (const [coding, compress] of [
        ['gzip', gzipSync],
        ['deflate', deflateSync],
        ['deflate', deflateRawSync],
      ] as const) {
        const bomb = compress(blanks, { level: 9 });
        expect(bomb.length).to.be.below(LIMIT);
        const before = process.memoryUsage().rss;
        expect((await send(coding, bomb)).status).to.equal(413);
        expect(process.memoryUsage().rss - before).to.be.below(LIMIT * 200);
      }
    });
  });

  describe('of responses', () => {
    const large = callDocument('echo', 'ü'.repeat(5000));
    const question = (accept: string | undefined, body = large) => ({
      headers: {
        'Content-Type': 'text/xml',
        'Content-Length': String(Buffer.byteLength(body)),
        ...(accept === undefined ? {} : { 'Accept-Encoding': accept }),
      },
      body,
    });

    const offers: [string | undefined, string | undefined][] = [
      ['gzip', 'gzip'],
      ['gzip;q=1.0,deflate;q=0.6,identity;q=0.3', 'gzip'],
      ['deflate', 'deflate'],
      ['br, *;q=0.1', 'gzip'],
      ['gzip;q=0', undefined],
      ['identity, gzip;q=0.5', undefined],
      ['br', undefined],
      [undefined, undefined],
    ];
    for (const [offer, coding] of offers) {
      const client = offer === undefined ? 'clients without Accept-Encoding' : `"${offer}"`;
      it(`is ${coding ?? 'none'} for ${client}`, async () => {
        const { status, headers, bytes } = await askBytes(url, question(offer));
        expect(status).to.equal(200);
        expect(headers['content-encoding']).to.equal(coding);
        expect(headers['content-length']).to.equal(String(bytes.length));
        expect(headers.vary).to.equal(coding && 'Accept-Encoding');
        const text = coding === 'gzip' ? gunzipSync(bytes) : coding === 'deflate' ? inflateSync(bytes) : bytes;
        expect(text.toString()).to.contain('ü'.repeat(5000));
      });
    }

    it('are not used for small responses', async () => {
      const { headers } = await ask(url, question('gzip', callDocument('echo', 'x'.repeat(500))));
      expect(headers['content-encoding']).to.equal(undefined);
    });

    it('are not used for refusals', async () => {
      const { headers } = await ask(`${url}/unknown`, question('gzip'));
      expect(headers['content-encoding']).to.equal(undefined);
    });

    for (const major of ['2.7', '3'] as const) {
      it(`are used for responses of more than 20 MiB to Python ${major}, by default`, async function () {
        const python = findPython(major);
        if (python === undefined) return process.env.CI ? expect.fail(`there is no Python ${major}`) : this.skip();
        const script =
          'import sys\ntry: from xmlrpclib import ServerProxy\nexcept ImportError: from xmlrpc.client import ' +
          'ServerProxy\n' +
          'rows = ServerProxy(sys.argv[1]).repeat("x" * 1000, 25000)\nprint(sum(map(len, rows)))';
        expect(await runPython(python, '-c', script, url)).to.equal('25000000\n');
      });
    }
  });
});
