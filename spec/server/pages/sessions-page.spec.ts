import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { call, faultOf } from '../../support/client.js';
import { CursorClient } from '../../support/database-gateway.js';
import { ask, type HttpAnswer } from '../../support/http.js';
import { testDatabase } from '../../support/mariadb.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { until } from '../../support/until.js';

describe('the page of sessions', () => {
  let folder: string;
  let mysql: string;
  let server: RunningServer;
  let cursor: CursorClient;
  let digest: string;

  before(async function () {
    mysql = testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    await writeFile(join(folder, 'operators'), `grace:${hashSync('secret', 4)}\n`);
    const configuration = { admin: { port: 0, users: 'operators' }, databases: { shop: { url: mysql } } };
    await writeFile(join(folder, 'netsvc.yaml'), JSON.stringify(configuration));
    server = await RunningServer.start(['--config', join(folder, 'netsvc.yaml')]);
  });

  after(async () => {
    await server?.stop(0);
    if (folder) await rm(folder, { recursive: true });
  });

  beforeEach(async () => {
    cursor = new CursorClient(server.url, String(await call(server.url, 'cursor')));
    [{ session: digest }] = JSON.parse((await request('GET', { Accept: '*/*' })).body) as [{ session: string }];
  });

  afterEach(() => cursor.call('close').catch(() => {}));

  const LOGIN = { Authorization: `Basic ${Buffer.from('grace:secret').toString('base64')}` };

  const request = (method: string, headers: Record<string, string>, body = '', path = 'sessions') =>
    ask(server.adminUrl + path, { method, headers: { ...LOGIN, ...headers }, body });

  const page = async (path = 'sessions') => (await request('GET', { Accept: 'text/html' }, '', path)).body;

  /** Sends a form as the page does, unless the headers say otherwise. */
  function submit(action: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    const body = String(new URLSearchParams({ action, session: digest }));
    const form = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(body.length) };
    const own = 'Origin' in headers || 'Sec-Fetch-Site' in headers ? {} : { 'Sec-Fetch-Site': 'same-origin' };
    return request('POST', { ...form, ...own, ...headers }, body);
  }

  it('shows sessions and counters to browsers, without the ids of sessions', async () => {
    await cursor.call('begin');
    const { headers, body } = await request('GET', { Accept: 'text/html' });
    expect(headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(headers['content-security-policy']).to.match(
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'self'; connect-src 'self'; form-action 'self'; /,
    );
    expect(headers['content-security-policy']).to.match(/frame-ancestors 'none'$/);
    expect(body).to.contain(digest).and.to.contain('pinned: transaction').and.to.not.contain(cursor.id);
    expect(body).to.match(/data-counter="pinned">1</);
    const calls = () => page().then((text) => Number(/data-counter="calls">(\d+)/.exec(text)?.[1]));
    const before = await calls();
    await faultOf(cursor.execute('select * from missing'));
    expect(await calls()).to.equal(before + 1);
    expect(await page()).to.match(/data-counter="faults">[1-9]/);
  });

  it('escapes statements', async () => {
    const sql = `select sleep(30), '</td><script>alert(1)</script>' /* " onfocus=x */`;
    const failing = faultOf(cursor.execute(sql));
    await until(async () => (await page()).includes('sleep(30)'));
    const body = await page();
    expect(body).to.contain('&#60;/td&#62;&#60;script&#62;alert(1)').and.to.not.contain('<script>');
    expect(body.match(/<script/g)).to.have.lengthOf(1);
    expect(await submit('cancel')).to.include({ status: 303 });
    expect((await failing).code).to.equal(58);
  });

  it('cancels and closes, and shows what it did', async () => {
    expect((await submit('cancel')).headers.location).to.equal('sessions?result=nothing');
    expect((await submit('close')).headers.location).to.equal('sessions?result=closed');
    expect((await submit('close')).headers.location).to.equal('sessions?result=gone');
    expect(await page('sessions?result=closed')).to.contain('>The session was closed.<');
    expect(await page('sessions?result=<script>')).to.contain('role="status"></p>');
    expect((await submit('drop')).status).to.equal(400);
  });

  for (const [name, headers] of Object.entries({
    'another site': { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://evil.example' },
    'another port': { 'Sec-Fetch-Site': 'same-site', Origin: 'http://127.0.0.1:1' },
    'another site, in an old browser': { Origin: 'http://evil.example' },
    'a sandboxed frame': { Origin: 'null' },
    'no page': { 'Sec-Fetch-Site': 'none' },
  })) {
    it(`does nothing for a form of ${name}`, async () => {
      expect((await submit('close', headers)).status).to.equal(403);
      expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
    });
  }

  it('accepts its own forms in browsers without Sec-Fetch-Site', async () => {
    expect((await submit('cancel', { Origin: new URL(server.adminUrl).origin })).status).to.equal(303);
  });

  it('accepts nothing but short forms of users who log in', async () => {
    expect((await submit('close', { Authorization: '' })).status).to.equal(401);
    expect((await submit('close', { 'Content-Type': 'text/plain' })).status).to.equal(415);
    expect((await submit('x'.repeat(5000))).status).to.equal(413);
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
  });

  it('is beside the documentation of the admin service', async () => {
    expect(await page('')).to.contain('<a class="name" href="/admin">admin</a>');
    expect(await page('admin'))
      .to.contain('id="pause"')
      .and.to.contain('<a href="/">Endpoints</a>');
    expect((await request('GET', { Authorization: '', Accept: 'text/html' }, '', '')).status).to.equal(401);
    expect((await request('POST', {}, '', '')).status).to.equal(404);
  });

  it('has neither buttons nor statements if the listener has no users', async () => {
    const open = await RunningServer.start(['--admin-port', '0', '--database', mysql]);
    try {
      await call(open.url, 'cursor');
      const url = `${open.adminUrl}sessions`;
      const { body } = await ask(url, { method: 'GET', headers: { Accept: 'text/html' } });
      expect(body)
        .to.contain('<td>idle')
        .and.to.not.match(/method="post"|class="statement"|value="close"/);
      expect((await ask(url, { headers: { 'Sec-Fetch-Site': 'same-origin' } })).status).to.equal(405);
    } finally {
      await open.stop(0);
    }
  });
});
