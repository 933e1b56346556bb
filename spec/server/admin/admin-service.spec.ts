import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { call, callDocument, faultOf, statusOf } from '../../support/client.js';
import { ConfiguredServer, OPERATORS } from '../../support/configured-server.js';
import type { CursorClient } from '../../support/database-gateway.js';
import { ask, converse } from '../../support/http.js';
import { as, basic } from '../../support/logins.js';
import { until } from '../../support/until.js';

const LOGIN = basic('olga').Authorization;

interface SessionInfo {
  readonly session: string;
  readonly state: string;
  readonly statement: string;
  readonly rows: number;
  readonly pinReason?: string;
}

describe('the admin service', () => {
  const server = new ConfiguredServer();
  let cursor: CursorClient;

  before(async () => {
    await server.start({ admin: OPERATORS });
  });

  beforeEach(async () => {
    cursor = await server.open();
  });

  afterEach(() => cursor.call('close').catch(() => {}));

  const sessions = () => server.operate('sessions') as Promise<SessionInfo[]>;
  const admin = (login: string) => as(login, `${server.running.adminUrl}admin`);
  const only = async () => (await sessions())[0] as SessionInfo;
  const running = (sql: string) => until(async () => (await only()).statement === sql);

  it('lists sessions with their statement and rows, and connections with their session', async () => {
    await cursor.call('begin');
    await cursor.execute('select 1 union select 2 union select 3');
    await cursor.call('fetchone');
    const info = await only();
    expect(info).to.include({ state: 'pinned', pinReason: 'transaction', statement: '', rows: 2 });
    expect(info.session).to.match(/^shop\/#[\w-]{8}$/);
    expect(JSON.stringify(info)).to.not.contain(cursor.id);
    const [[id] = []] = (await cursor.rows('select connection_id()')) as number[][];
    const connections = (await server.operate('connections')) as { readonly id: number }[];
    const held = { database: 'shop', state: 'pinned', session: info.session, host: '127.0.0.1' };
    expect(connections.find((connection) => connection.id === id)).to.include(held);
  });

  it('shows the beginning of a running statement, and stops it', async () => {
    const sql = `select sleep(30) /* ${'x'.repeat(300)} */`;
    const failing = faultOf(cursor.execute(sql));
    await running(`${sql.slice(0, 200)}...`);
    expect(await server.operate('cancel', (await only()).session)).to.equal(true);
    expect(await failing).to.deep.equal({
      code: 58,
      string: 'netsvc -- Response Aborted\n\nAn operator stopped the statement.',
    });
    expect(await server.operate('cancel', (await only()).session)).to.equal(false);
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
  });

  it('forgets failed logins, also those of operators', async () => {
    for (let i = 0; i < 10; i++) expect(await statusOf(call(admin(`alan:${i}`), 'sessions'))).to.equal(401);
    expect(await statusOf(call(admin('alan:x'), 'sessions'))).to.equal(429);
    expect(await server.operate('unlock', 'barbara')).to.equal(0);
    expect(await server.operate('unlock', 'alan', '192.0.2.1')).to.equal(0);
    expect(await server.operate('unlock', 'alan', '127.0.0.1')).to.equal(1);
    expect(await statusOf(call(admin('alan:x'), 'sessions'))).to.equal(401);
    expect(await server.operate('unlock', '', '127.0.0.1')).to.equal(0);
    expect(await server.operate('unlock')).to.equal(0);
    const { code, string } = await faultOf(server.operate('unlock', '', 'localhost'));
    expect([code, string]).to.deep.equal([
      56,
      'netsvc -- Parameters Incorrect\n\nhost: expected an address, received "localhost".',
    ]);
  });

  it('closes a session, whose client is told so', async () => {
    await server.operate('close', (await only()).session);
    expect(await statusOf(cursor.call('rowcount'))).to.equal(404);
    const { status, body } = await ask(cursor.url, {});
    expect([status, body]).to.deep.equal([404, 'Session closed by an operator.\n']);
    expect(await server.metric('netsvc_sessions_total{end="operator"}')).to.equal(1);
  });

  it('pauses a database, which is then not ready while the server is, and resumes it', async () => {
    await server.operate('pause', 'shop', 60);
    const waiting = cursor.rows('select 7');
    const ready = async (query = '') => (await server.get(`readyz${query}`)).status;
    expect(await ready('?database=shop')).to.equal(503);
    expect(await ready()).to.equal(200);
    await server.operate('resume', 'shop');
    expect(await waiting).to.deep.equal([[7]]);
    expect(await ready('?database=shop')).to.equal(200);
  });

  it('reloads the configuration, or says why it does not', async () => {
    const before = await readFile(server.file, 'utf8');
    expect(await server.operate('reload')).to.deep.equal({ reloaded: [] });
    await server.write({ 'max-timeout': 30 });
    expect(await server.operate('reload')).to.deep.equal({ reloaded: ['max-timeout'] });
    expect((await faultOf(call(server.url(), 'cursor', 60))).code).to.equal(56);
    await server.write({ instance: 'b' });
    const { string: restart } = await faultOf(server.operate('reload'));
    expect(restart).to.match(/reloaded: these changes require a restart: instance$/);
    await server.folder.write('netsvc.yaml', 'max-timeout: soon\n');
    const { code, string } = await faultOf(server.operate('reload'));
    expect(code).to.equal(58);
    expect(string).to.match(
      /^netsvc -- Response Aborted\n\nNothing is reloaded: \S+netsvc\.yaml:1: max-timeout: must be/,
    );
    await server.folder.write('netsvc.yaml', before);
    expect(await server.operate('reload')).to.deep.equal({ reloaded: ['max-timeout'] });
  });

  describe('for a call that a page of another site sends with the password of the operator', () => {
    const close = async (headers: Record<string, string>) => {
      const { session } = await only();
      const body = callDocument('close', session);
      const { status } = await ask(`${server.running.adminUrl}admin`, {
        headers: { Authorization: LOGIN, 'Content-Length': String(body.length), ...headers },
        body,
      });
      return status;
    };

    for (const type of ['text/xml', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      for (const from of [{ Origin: 'http://evil.example' }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
        it(`does nothing: ${type}, ${JSON.stringify(from)}`, async () => {
          expect(await close({ 'Content-Type': type, ...from })).to.equal(403);
          expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
        });
      }
    }

    it('gets one response, whatever follows', async () => {
      const body = callDocument('system.listMethods');
      for (const [headers, status] of [
        [`Authorization: ${LOGIN}\r\n`, 411],
        [`Authorization: ${LOGIN.replace(' ', ' a\n')}\r\n`, 400],
        [`Authorization: ${LOGIN}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n`, 200],
      ] as const) {
        const request = `POST /admin HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n${headers}\r\n${body}`;
        const answers = await converse(server.running.adminUrl, request + request);
        expect(answers.match(/HTTP\/1\.1 \d+/g)).to.deep.equal([`HTTP/1.1 ${status}`]);
        if (status === 400) expect(answers).to.contain('Malformed header "Authorization"');
      }
    });

    it('gives no permission to send it', async () => {
      const { headers } = await ask(`${server.running.adminUrl}admin`, {
        method: 'OPTIONS',
        headers: { Authorization: LOGIN, Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST' },
      });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
    });

    it('accepts those of clients, and of its own pages', async () => {
      expect(await close({ 'Content-Type': 'text/plain' })).to.equal(400);
      const { origin } = new URL(server.running.adminUrl);
      expect(await close({ 'Content-Type': 'text/xml', Origin: origin })).to.equal(200);
      expect(await statusOf(cursor.call('rowcount'))).to.equal(404);
    });
  });

  const refused: [string, unknown[], RegExp][] = [
    ['cancel', ['shop/#unknown'], /there is no session "shop\/#unknown"/],
    ['pause', ['stock', 5], /database: expected one of shop, received stock\./],
    ['pause', ['shop', 0], /seconds: expected more than 0/],
  ];
  for (const [method, params, text] of refused) {
    it(`rejects ${method} of ${JSON.stringify(params)}`, async () => {
      const { code, string } = await faultOf(server.operate(method, ...params));
      expect(code).to.equal(56);
      expect(string).to.match(text);
    });
  }

  it('requires a login, and does not exist for clients', async () => {
    expect(await statusOf(call(`${server.running.adminUrl}admin`, 'sessions'))).to.equal(401);
    expect(await statusOf(call(admin('olga:wrong'), 'sessions'))).to.equal(401);
    expect(await statusOf(call(server.url('', 'admin'), 'sessions'))).to.equal(404);
  });
});
