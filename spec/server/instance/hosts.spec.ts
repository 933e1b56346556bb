import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { callDocument } from '../../support/client.js';
import { HAPROXY, hasHaproxy } from '../../support/haproxy.js';
import { ask } from '../../support/http.js';
import { testDatabase } from '../../support/mariadb.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { until } from '../../support/until.js';

describe('netsvc accepts client addresses', () => {
  let mysql: string;
  let netsvc: RunningServer | undefined;

  before(function () {
    mysql = testDatabase(this);
  });

  afterEach(async () => {
    await netsvc?.stop();
    netsvc = undefined;
  });

  /** The status of a call through a proxy, or without one. */
  async function statusVia(forwarded: string | undefined, ...args: readonly string[]): Promise<number> {
    netsvc ??= await RunningServer.start(['--database', mysql, ...args]);
    const body = callDocument('system.listMethods');
    const headers = { 'Content-Type': 'text/xml', 'Content-Length': String(body.length) };
    const via = forwarded === undefined ? {} : { 'X-Forwarded-For': forwarded };
    return (await ask(netsvc.url, { headers: { ...headers, ...via }, body })).status;
  }

  it('that are allowed', async () => {
    expect(await statusVia(undefined, '--allow', '10.0.0.0/8,127.0.0.0/8')).to.equal(200);
  });

  it('and no others', async () => {
    expect(await statusVia(undefined, '--allow', '10.0.0.0/8')).to.equal(403);
  });

  it('but not those that are denied', async () => {
    expect(await statusVia(undefined, '--deny', '127.0.0.1')).to.equal(403);
  });

  it('without trusting X-Forwarded-For of clients', async () => {
    expect(await statusVia('10.0.0.1', '--allow', '10.0.0.0/8')).to.equal(403);
    expect(await statusVia('10.0.0.1', '--allow', '10.0.0.0/8')).to.equal(403);
    expect(netsvc?.log.filter(({ message }) => message.startsWith('X-Forwarded-For'))).to.deep.equal([
      {
        level: 'warn',
        fields: { client_address: '127.0.0.1' },
        message: 'X-Forwarded-For is ignored: this address is no trusted proxy',
      },
    ]);
  });

  it(`from the X-Forwarded-For of haproxy${hasHaproxy ? '' : ' (not installed)'}`, async function () {
    if (!hasHaproxy) return process.env.CI ? expect.fail('there is no haproxy') : this.skip();
    netsvc = await RunningServer.start(['--database', mysql, '--deny', '127.0.0.1', '--trusted-proxies', '127.0.0.2']);
    const folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    const proxied = join(folder, 'proxied');
    const configuration = [
      'defaults',
      '  mode http',
      '  option forwardfor',
      '  timeout connect 5s',
      '  timeout client 5s',
      '  timeout server 5s',
      'listen netsvc',
      `  bind unix@${proxied} accept-proxy`,
      `  server netsvc ${new URL(netsvc.url).host} source 127.0.0.2`,
    ];
    const file = join(folder, 'haproxy.cfg');
    await writeFile(file, `${configuration.join('\n')}\n`);
    const haproxy = spawn(HAPROXY, ['-db', '-f', file], { stdio: 'ignore' });
    try {
      await until(() => existsSync(proxied));
      const body = callDocument('system.listMethods');
      // With the PROXY protocol, haproxy accepts any client address.
      const statusOf = async (client: string, claimed = '') => {
        const forwarded = claimed && `X-Forwarded-For: ${claimed}\r\n`;
        const head =
          `POST /database HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${forwarded}Content-Type: ` +
          `text/xml\r\nContent-Length: ${body.length}`;
        const socket = connect(proxied);
        socket.write(`PROXY TCP4 ${client} 127.0.0.1 4711 80\r\n${head}\r\n\r\n${body}`);
        return Number(/^HTTP\/1.1 (\d+)/.exec(await text(socket))?.[1]);
      };
      expect(await statusOf('10.0.0.1')).to.equal(200);
      expect(await statusOf('127.0.0.1')).to.equal(403);
      expect(await statusOf('127.0.0.1', '10.0.0.1'), 'whatever it says that it is').to.equal(403);
      expect(await statusOf('10.0.0.1', '127.0.0.1')).to.equal(200);
    } finally {
      haproxy.kill();
      await rm(folder, { recursive: true });
    }
  });

  it('from the X-Forwarded-For of a trusted proxy', async () => {
    const args = ['--allow', '10.0.0.0/8', '--trusted-proxies', '127.0.0.1'];
    expect(await statusVia('10.0.0.1', ...args)).to.equal(200);
    expect(await statusVia('192.0.2.1', ...args)).to.equal(403);
    expect(await statusVia('10.0.0.1, 192.0.2.1', ...args), 'what the client says itself').to.equal(403);
    expect(await statusVia(undefined, ...args), 'the proxy itself').to.equal(403);
    expect(await statusVia('unknown', ...args)).to.equal(400);
  });
});
