import { expect } from 'chai';
import { faultOf, statusOf } from '../../support/client.js';
import { ConfiguredServer, OPERATORS } from '../../support/configured-server.js';
import type { CursorClient } from '../../support/database-gateway.js';
import { ask } from '../../support/http.js';
import { basic } from '../../support/logins.js';
import { until } from '../../support/until.js';

describe('the page of sessions', () => {
  const server = new ConfiguredServer();
  let cursor: CursorClient;
  let digest: string;

  before(async () => {
    await server.start({ admin: OPERATORS });
  });

  beforeEach(async () => {
    cursor = await server.open();
    [{ session: digest }] = (await server.operate('sessions')) as [{ session: string }];
  });

  afterEach(() => cursor.call('close').catch(() => {}));

  const page = (path = 'sessions') => server.page(path);
  const submit = (action: string, headers: Record<string, string> = {}) =>
    server.submit('sessions', { action, session: digest }, headers);

  it('shows sessions and counters to browsers, without the ids of sessions', async () => {
    await cursor.call('begin');
    const { headers, body } = await server.get('sessions', { Accept: 'text/html' });
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
    expect((await submit('cancel', { Origin: new URL(server.running.adminUrl).origin })).status).to.equal(303);
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
    expect((await server.get('', { Authorization: '', Accept: 'text/html' })).status).to.equal(401);
    expect((await ask(server.running.adminUrl, { headers: basic('olga') })).status).to.equal(404);
  });
});

describe('the pages of a listener without users', () => {
  const server = new ConfiguredServer();

  it('have neither buttons nor statements', async () => {
    await server.start();
    await server.open();
    expect(await server.page('sessions'))
      .to.contain('<td>idle')
      .and.to.not.match(/method="post"|class="statement"|value="close"/);
    expect((await server.submit('sessions', {})).status).to.equal(405);
    expect(await statusOf(server.operate('sessions')), 'the admin service').to.equal(405);
    const { status, body } = await server.get('statements');
    expect([status, body]).to.deep.equal([
      403,
      'Statements are shown to operators who log in: the listener has no users.\n',
    ]);
    const [anonymous, ...users] = JSON.parse((await server.get('users')).body) as object[];
    expect(anonymous).to.include({ user: '', host: '127.0.0.1', calls: 1, sessions: 1 });
    expect(users).to.deep.equal([]);
    expect((await server.get('sessions?user=grace&color=red')).status).to.equal(400);
  });
});
