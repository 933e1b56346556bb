import { expect } from 'chai';
import { CursorClient } from '#lib/rpc-call/client/cursor-client.js';
import { HttpClient } from '#lib/rpc-call/client/http-client.js';
import { RpcEndpoint } from '#lib/rpc-call/client/rpc-endpoint.js';
import { suiteGateway } from '../../support/suite-gateway.js';
import { until } from '../../support/until.js';

/** Counts the requests. */
class CountingClient extends HttpClient {
  posts = 0;

  override post(path: string, body: string, signal: AbortSignal) {
    this.posts++;
    return super.post(path, body, signal);
  }
}

const { signal } = new AbortController();

describe('CursorClient', () => {
  const gateway = suiteGateway({ clock: () => now });
  let now = 0;
  let http: CountingClient;

  beforeEach(() => {
    http = new CountingClient(new URL(gateway.url), undefined);
  });

  afterEach(() => http.close());

  const open = (keepAlive?: number) => CursorClient.open(new RpcEndpoint(http, '/database'), signal, keepAlive);

  it('keeps a session that has nothing to do', async () => {
    const cursor = await open(10);
    for (let i = 0; i < 4; i++) {
      const before = http.posts;
      now += 30_000;
      // The second one begins after the answer of the first.
      await until(() => http.posts >= before + 2);
    }
    expect(await cursor.execute('select 1', [], signal)).to.equal(-1n);
    await cursor.close(signal);
    expect([...gateway.registry.sessions]).to.deep.equal([]);
  });

  it('requests rows in batches', async () => {
    const cursor = await open();
    await cursor.execute('select seq from numbers', [], signal);
    const before = http.posts;
    let count = 0;
    for await (const rows of cursor.rows(signal)) count += [...rows].length;
    expect(count).to.equal(100_000);
    expect(http.posts - before).to.be.within(2, 10);
    await cursor.close(signal);
  });

  it('describes columns', async () => {
    const cursor = await open();
    await cursor.execute('select cast(1 as decimal(5,2)) as d, 1e0 as e, null as n', [], signal);
    const columns = await cursor.description(signal);
    expect(columns?.map(({ name, numeric, scale, nullable }) => [name, numeric, scale, nullable])).to.deep.equal([
      ['d', true, undefined, false],
      ['e', true, 31, false],
      ['n', false, undefined, true],
    ]);
    await cursor.close(signal);
  });
});
