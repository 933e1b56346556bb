import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { callDocument } from '../../support/client.js';
import { ConfiguredServer } from '../../support/configured-server.js';
import { HAPROXY, hasHaproxy } from '../../support/haproxy.js';
import { ask } from '../../support/http.js';
import { until } from '../../support/until.js';

describe('netsvc accepts client addresses', () => {
  const server = new ConfiguredServer('spec');
  const body = callDocument('system.listMethods');

  /** The status of a call through a proxy, or without one. */
  async function statusVia(forwarded: string | undefined): Promise<number> {
    const headers = { 'Content-Type': 'text/xml', 'Content-Length': String(body.length) };
    const via = forwarded === undefined ? {} : { 'X-Forwarded-For': forwarded };
    return (await ask(server.url(), { headers: { ...headers, ...via }, body })).status;
  }

  it('that are allowed, and no others, without trusting X-Forwarded-For of clients', async () => {
    await server.start({ allow: ['10.0.0.0/8'] });
    expect(await statusVia(undefined)).to.equal(403);
    for (let i = 0; i < 2; i++) expect(await statusVia('10.0.0.1')).to.equal(403);
    expect(server.log.filter(({ message }) => message.startsWith('X-Forwarded-For'))).to.deep.equal([
      {
        level: 'warn',
        fields: { client_address: '127.0.0.1' },
        message: 'X-Forwarded-For is ignored: this address is no trusted proxy',
      },
    ]);
  });

  it(`from the X-Forwarded-For of haproxy${hasHaproxy ? '' : ' (not installed)'}`, async function () {
    if (!hasHaproxy) return process.env.CI ? expect.fail('there is no haproxy') : this.skip();
    await server.start({ deny: ['127.0.0.1'], 'trusted-proxies': ['127.0.0.2'] });
    const proxied = server.folder.file('proxied');
    const configuration = [
      'defaults',
      '  mode http',
      '  option forwardfor',
      '  timeout connect 5s',
      '  timeout client 5s',
      '  timeout server 5s',
      'listen netsvc',
      `  bind unix@${proxied} accept-proxy`,
      `  server netsvc ${new URL(server.url()).host} source 127.0.0.2`,
    ];
    const file = await server.folder.write('haproxy.cfg', `${configuration.join('\n')}\n`);
    const haproxy = spawn(HAPROXY, ['-db', '-f', file], { stdio: 'ignore' });
    try {
      await until(() => existsSync(proxied));
      // With the PROXY protocol, haproxy accepts any client address.
      const statusOf = async (client: string, claimed = '') => {
        const forwarded = claimed && `X-Forwarded-For: ${claimed}\r\n`;
        const head =
          `POST /shop HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${forwarded}Content-Type: ` +
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
    }
  });

  it('from the X-Forwarded-For of a trusted proxy', async () => {
    await server.start({ allow: ['10.0.0.0/8'], 'trusted-proxies': ['127.0.0.1'] });
    expect(await statusVia('10.0.0.1')).to.equal(200);
    expect(await statusVia('192.0.2.1')).to.equal(403);
    expect(await statusVia('10.0.0.1, 192.0.2.1'), 'what the client says itself').to.equal(403);
    expect(await statusVia(undefined), 'the proxy itself').to.equal(403);
    expect(await statusVia('unknown')).to.equal(400);
  });
});
