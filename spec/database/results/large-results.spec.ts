import { expect } from 'chai';
import { parseMysqlUrl } from '#lib/database/index.js';
import { callDocument, faultOf, statusOf } from '../../support/client.js';
import { type CursorClient, DatabaseGateway } from '../../support/database-gateway.js';
import { ask, converse, postOf } from '../../support/http.js';
import { recreate } from '../../support/recreate.js';
import { spillFiles } from '../../support/spill-files.js';
import { otherGateway, sessionForEach, suiteGateway } from '../../support/suite-gateway.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { until } from '../../support/until.js';

const ROWS = 5000;
const QUERY = `select seq, repeat('x', 50) from numbers where seq <= ${ROWS}`;
const row = (seq: number) => [seq, 'x'.repeat(50)];

describe('a large result', () => {
  const gateway = suiteGateway({ resultMemory: 100_000 });
  let cursor: CursorClient;
  const { TMPDIR } = process.env;

  beforeEach(async () => {
    cursor = await gateway.cursor();
  });

  afterEach(async () => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    await cursor.call('close').catch(() => {});
    expect(spillFiles()).to.equal(0);
  });

  it('is counted, scrolled and fetched while most of it is in a spill file', async () => {
    expect(await cursor.execute(QUERY)).to.equal(ROWS);
    expect(spillFiles()).to.equal(1);
    expect(await cursor.call('fetchone')).to.deep.equal(row(1));
    expect(await cursor.call('fetchmany', 3)).to.deep.equal([row(2), row(3), row(4)]);
    await cursor.call('scroll', 3000, 'absolute');
    expect(await cursor.call('fetchone')).to.deep.equal(row(3001));
    await cursor.call('scroll', -2000);
    const some = (await cursor.call('fetchmany', 1000)) as unknown[][];
    expect([some.length, some[0], some.at(-1)]).to.deep.equal([1000, row(1002), row(2001)]);
    await cursor.call('scroll', 0, 'absolute');
    const all = (await cursor.call('fetchall')) as unknown[][];
    expect(all.map(([seq]) => seq)).to.deep.equal(Array.from({ length: ROWS }, (_, i) => i + 1));
    expect(await cursor.call('fetchall')).to.deep.equal([]);
    expect(await cursor.call('rowcount')).to.equal(ROWS);
  });

  const ends: [string, () => Promise<unknown>][] = [
    ['the next execute', () => cursor.execute('select 1')],
    ['the next statement that fails', () => faultOf(cursor.execute('nonsense'))],
    ['executemany', () => cursor.call('executemany', 'select %s', [[1]])],
    ['close', () => cursor.call('close')],
  ];
  for (const [what, end] of ends) {
    it(`closes its spill file on ${what}`, async () => {
      await cursor.execute(QUERY);
      expect(spillFiles()).to.equal(1);
      await end();
      expect(spillFiles()).to.equal(0);
    });
  }

  it('closes its spill file on nextset', async () => {
    await recreate(gateway, `procedure two() begin ${QUERY}; select 1; end`);
    await cursor.call('callproc', 'two');
    expect(spillFiles()).to.equal(1);
    await cursor.call('nextset');
    expect(spillFiles()).to.equal(0);
    expect(await cursor.call('fetchall')).to.deep.equal([[1]]);
  });

  it('is one of several of a statement, which share the memory and the spill file', async () => {
    await recreate(
      gateway,
      "procedure many() begin declare n int default 40; while n > 0 do select repeat('x', 60000); " +
        'set n = n - 1; end while; end',
    );
    await cursor.execute('call many()');
    expect(spillFiles()).to.equal(1);
    expect(await cursor.call('fetchall')).to.deep.equal([['x'.repeat(60_000)]]);
    for (let set = 1; set < 40; set++) expect(await cursor.call('nextset')).to.equal(1);
    expect(await cursor.call('fetchall')).to.deep.equal([['x'.repeat(60_000)]]);
  });

  it('is one of too many of a statement, which is stopped with fault 51', async () => {
    await recreate(gateway, 'procedure endless() begin while true do select 1; end while; end');
    const { code, string } = await faultOf(cursor.execute('call endless()'));
    expect(code).to.equal(51);
    expect(string).to.contain('more result sets than fit into');
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
    expect(spillFiles()).to.equal(0);
  });

  it('is one of too many with thousands of columns: the statement is stopped even if it misses KILL QUERY', async () => {
    const endless = `begin while true do select ${Array(4000).fill(1)}; end while; end`;
    await recreate(gateway, `procedure endless_columns() ${endless}`);
    const url = new URL(process.env.NETSVC_TEST_DATABASE ?? '');
    const { socketPath, port = 0 } = parseMysqlUrl(url.href).connection;
    const proxy = await TcpProxy.start(socketPath === undefined ? { port } : { path: socketPath });
    url.searchParams.delete('socket');
    url.host = `127.0.0.1:${proxy.port}`;
    await using slow = await DatabaseGateway.start(url.href, { resultMemory: 100_000 });
    const reader = await slow.cursor();
    // MariaDB misses what arrives while it sends. It is killed for six seconds, in each of which it would send 50 MB.
    proxy.pace(20);
    const before = process.memoryUsage().heapUsed;
    const { code } = await faultOf(reader.execute('call endless_columns()'));
    expect(code).to.equal(51);
    expect(process.memoryUsage().heapUsed - before).to.be.below(128 * 1024 ** 2);
    proxy.heal();
    // If the connection had to be closed, that is reported once.
    await reader.execute('select 1').catch((error: Error) => expect(error.message).to.match(/2006|gone away/));
    expect(await reader.rows('select 1')).to.deep.equal([[1]]);
    await proxy.stop();
  });

  it('does not fill the memory with result sets that an SS cursor has not read', async () => {
    await using reader = await gateway.cursor(60, 'SSCursor');
    const before = process.memoryUsage().heapUsed;
    await recreate(
      gateway,
      'procedure long_one() begin declare n int default 0; while n < 200000 do select 1; set n = n + 1; end while; end',
    );
    await reader.execute('call long_one()');
    for (let set = 0; set < 50; set++) expect(await reader.call('nextset')).to.equal(1);
    expect(process.memoryUsage().heapUsed - before).to.be.below(64 * 1024 ** 2);
  });

  it('closes its spill file if executemany fails after it', async () => {
    await recreate(
      gateway,
      `procedure large_or_fail(n int) begin if n = 2 then signal sqlstate '45000'; end if; ${QUERY}; end`,
    );
    expect((await faultOf(cursor.call('executemany', 'call large_or_fail(%s)', [[1], [2]]))).code).to.equal(1644);
    expect(spillFiles()).to.equal(0);
  });

  it('closes its spill file after the response of the database service', async () => {
    const all = (await gateway.execute(QUERY)) as unknown[];
    expect(all).to.have.length(ROWS);
    await until(() => spillFiles() === 0);
  });

  it('causes fault 51 if the spill file cannot be written, and the session stays open', async () => {
    process.env.TMPDIR = '/nowhere';
    const { code, string } = await faultOf(cursor.execute(QUERY));
    expect(code).to.equal(51);
    expect(string).to.match(/\ncannot store the result: no such file$/);
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
  });

  it('can exceed the limit at any point, and the session stays open', async () => {
    for (let limit = 50_000; limit < 500_000; limit += 37_000) {
      await using small = await otherGateway({ maxResult: limit });
      const refused = await small.cursor();
      expect((await faultOf(refused.execute(`${QUERY} union all ${QUERY}`))).code).to.equal(51);
      expect(await refused.rows('select 1')).to.deep.equal([[1]]);
    }
  });

  it('is broken off, and closes its spill file, if its session is closed while it is fetched', async () => {
    await cursor.execute(`select seq, repeat('x', 1000) from numbers where seq <= 20000`);
    let closed: Promise<unknown> | undefined;
    const answer = await converse(cursor.url, postOf(cursor.url, callDocument('fetchall')), {
      // After the first piece, while the rest is still to be created.
      test: () => {
        const [session] = gateway.registry.sessions;
        closed ??= session?.close();
        return false;
      },
    });
    await closed;
    expect(answer).to.match(/^HTTP\/1.1 200 /);
    expect(answer.endsWith('\r\n0\r\n\r\n')).to.equal(false);
    expect(await statusOf(cursor.call('rowcount'))).to.equal(404);
  });

  describe('of an SS cursor', () => {
    const streaming = sessionForEach(gateway, 'SSCursor');

    it('is not stored', async () => {
      await streaming.execute(QUERY);
      expect(spillFiles()).to.equal(0);
      expect((await streaming.call('fetchall')) as unknown[]).to.have.length(ROWS);
      expect(await streaming.call('rowcount')).to.equal(ROWS);
    });

    it('waits for a reader that pauses longer than net_write_timeout', async function () {
      this.timeout(20_000);
      await gateway.execute('set global net_write_timeout = 1');
      try {
        await using impatient = await otherGateway();
        const reader = await impatient.cursor(60, 'SSCursor');
        const count = 100_000;
        await reader.execute(`select seq, repeat('x', 200) from numbers where seq <= ${count}`);
        await new Promise((resolve) => setTimeout(resolve, 2500));
        const { body } = await ask(reader.url, { body: callDocument('fetchall') });
        expect(body.match(/<int>/g)).to.have.length(count);
      } finally {
        await gateway.execute('set global net_write_timeout = default');
      }
    });

    it('can be left unread after all of it has arrived', async () => {
      await using small = await otherGateway({ connections: 1 });
      // Slightly more than the size at which reading pauses, so that it pauses with nothing left to read.
      for (let length = 262_000; length < 262_400; length += 20) {
        const reader = await small.cursor(60, 'SSCursor');
        await reader.execute(`select repeat('x', ${length})`);
        await reader.call('close');
        expect(await small.execute('select 1')).to.deep.equal([[1]]);
      }
    });

    it('leaves the cursor free for the next statement when all of it has been fetched', async () => {
      // After an unknown function, the connection sets its character set again before the next statement.
      for (let i = 0; i < 100; i++) {
        await streaming.execute('select connection_id()');
        expect(await streaming.call('fetchall')).to.have.length(1);
      }
    });

    it('is broken off if its statement is killed', async () => {
      const [[id] = []] = (await streaming.rows('select connection_id()')) as unknown[][];
      await streaming.execute('select a.seq from numbers a, numbers b');
      await streaming.call('fetchone');
      const answer = converse(streaming.url, postOf(streaming.url, callDocument('fetchall')));
      await gateway.execute(`kill query ${id}`);
      expect((await answer).endsWith('\r\n0\r\n\r\n')).to.equal(false);
      expect((await faultOf(streaming.call('fetchone'))).code).to.equal(1317);
    });
  });
});
