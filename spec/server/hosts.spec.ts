import { expect } from 'chai';
import { callDocument } from '../support/client.js';
import { ask } from '../support/http.js';
import { testDatabase } from '../support/mariadb.js';
import { RunningServer } from '../support/netsvc-server.js';

describe('netsvc lets in hosts', () => {
  let mysql: string;
  let netsvc: RunningServer | undefined;

  before(function () {
    mysql = testDatabase(this);
  });

  afterEach(async () => {
    await netsvc?.stop();
    netsvc = undefined;
  });

  /** The status of a call that comes through a proxy, or directly. */
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

  it('and believes nobody who says that he is another', async () => {
    expect(await statusVia('10.0.0.1', '--allow', '10.0.0.0/8')).to.equal(403);
    expect(await statusVia('10.0.0.1', '--allow', '10.0.0.0/8')).to.equal(403);
  });

  it('that a trusted proxy names', async () => {
    const args = ['--allow', '10.0.0.0/8', '--trusted-proxies', '127.0.0.1'];
    expect(await statusVia('10.0.0.1', ...args)).to.equal(200);
    expect(await statusVia('192.0.2.1', ...args)).to.equal(403);
    expect(await statusVia('10.0.0.1, 192.0.2.1', ...args), 'what the client says itself').to.equal(403);
    expect(await statusVia(undefined, ...args), 'the proxy itself').to.equal(403);
    expect(await statusVia('unknown', ...args)).to.equal(400);
  });
});
