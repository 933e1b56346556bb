import { expect } from 'chai';
import type { Cursor } from '#lib/database/index.js';
import { listed } from '../../support/call-body.js';
import { call, faultOf } from '../../support/client.js';
import { CursorClient } from '../../support/database-gateway.js';
import { spillFiles } from '../../support/spill-files.js';
import { otherGateway, suiteGateway } from '../../support/suite-gateway.js';
import { until } from '../../support/until.js';

interface Page {
  readonly rows: readonly (readonly unknown[])[];
  readonly complete: boolean;
  readonly last: boolean;
  readonly warnings: number;
  readonly autocommit?: boolean;
}

interface FirstPage extends Page {
  readonly columns: readonly (readonly unknown[])[] | null;
  readonly rowcount: number;
  readonly lastrowid: number;
}

/** More than can be buffered on the way. */
const COUNT = 3000;
const ROWS = `select seq, repeat('x', 400) from numbers where seq <= ${COUNT} order by seq`;

/** "Commands out of sync; you can't run this command now". */
const OUT_OF_SYNC = '(2014, ';

describe('A statement whose rows are fetched in pages', () => {
  const gateway = suiteGateway();
  let cursor: CursorClient;
  let calls = 0;

  beforeEach(async () => {
    cursor = await gateway.cursor();
    calls = 0;
  });

  afterEach(async () => {
    await cursor.call('close').catch(() => {});
    await until(() => spillFiles() === 0);
  });

  const stream = (query: string, ...args: unknown[]) => cursor.call('stream', query, ...args) as Promise<FirstPage>;
  const page = () => cursor.call('fetchpage') as Promise<Page>;
  const once = (method: string, ...params: unknown[]) => cursor.call('once', ++calls, method, params);

  /** Yields the rows of the first page, and of those behind it. */
  async function* pages(first: Page, next = page) {
    let last = first;
    for (yield last.rows; !last.complete; yield last.rows) last = await next();
  }

  /** Fetches all pages of numbered rows behind the first. @returns the number of rows of each */
  async function sizes(first: Page, next = page): Promise<number[]> {
    const numbers: unknown[] = [];
    const counts: number[] = [];
    for await (const rows of pages(first, next)) {
      numbers.push(...rows.map(([seq]) => seq));
      counts.push(rows.length);
    }
    expect(numbers).to.deep.equal(numbers.map((_, i) => i + 1));
    return counts;
  }

  it('returns the columns and the first rows, and all rows in order', async () => {
    const first = await stream(`${ROWS.replace('400', '%s')}`, [400]);
    expect(first.columns?.map(([name]) => name)).to.deep.equal(['seq', "repeat('x', 400)"]);
    expect(first).to.include({ rowcount: -1, complete: false, last: false });
    const counts = await sizes(first);
    expect(Math.max(...counts)).to.be.lessThan((2 * 256 * 1024) / 400);
    expect(counts.reduce((sum, count) => sum + count)).to.equal(COUNT);
    expect(await page()).to.include({ complete: true, last: true, autocommit: true });
    expect(await cursor.call('rowcount')).to.equal(COUNT);
  });

  it('returns a small result in one call, behind which the next statement can follow', async () => {
    for (let i = 0; i < 50; i++) {
      expect(await stream('select 1, connection_id() > 0')).to.deep.include({
        rows: [[1, 1]],
        complete: true,
        last: true,
      });
      expect(await stream('select 1 from numbers where 0')).to.deep.include({ rows: [], complete: true, last: true });
    }
  });

  it('does not pin the session behind its last row', async () => {
    const pinReason = () =>
      (gateway.registry.lookupServiceName(`database/${cursor.id}`) as Cursor | undefined)?.describe().pinReason;
    const first = await stream(ROWS);
    await sizes(first);
    await until(() => pinReason() === undefined);
    await cursor.execute('create temporary table pinning (v int)');
    expect(pinReason()).to.equal('session state');
  });

  it('returns the counts of a statement without rows', async () => {
    await cursor.execute('create temporary table kept (id int auto_increment primary key, v tinyint)');
    const inserted = await stream('insert ignore into kept (v) values (1), (2), (1000)');
    expect(inserted).to.deep.include({
      columns: null,
      rows: [],
      rowcount: 3,
      lastrowid: 1,
      complete: true,
      last: true,
    });
    expect(inserted.warnings).to.equal(1);
    expect(await stream('select @@autocommit, row_count()')).to.deep.include({ rows: [[1, 3]] });
    expect((await stream('set autocommit = 0')).autocommit).to.equal(false);
  });

  it('rejects other statements until the last row has been fetched', async () => {
    const first = await stream(ROWS);
    for (const [method, ...params] of [
      ['commit'],
      ['execute', 'select 1'],
      ['query', 'select 1'],
      ['stream', 'do 0'],
    ]) {
      expect((await faultOf(cursor.call(String(method), ...params))).string).to.contain(OUT_OF_SYNC);
    }
    await sizes(first);
    expect(await cursor.execute('select 1')).to.equal(1);
  });

  it('runs in the transaction of the session', async () => {
    await cursor.execute('create temporary table t (v int) engine=InnoDB');
    await cursor.call('begin');
    await cursor.execute('insert into t values (1)');
    expect(await stream('select v from t')).to.deep.include({ rows: [[1]] });
    await cursor.call('rollback');
    expect(await stream('select v from t')).to.deep.include({ rows: [] });
  });

  it('returns the rows in front of an error, and then the error, each time', async () => {
    const failing = 'select seq, if(seq = 5, (select 1 union select 2), seq) from numbers where seq < 100';
    const first = await stream(failing);
    expect(first.columns).to.have.length(2);
    let count = 0;
    const reading = async () => {
      for await (const rows of pages(first)) count += rows.length;
    };
    expect((await faultOf(reading())).code).to.equal(1242);
    expect(count).to.equal(4);
    expect((await faultOf(page())).code).to.equal(1242);
    expect(await cursor.execute('select 1')).to.equal(1);
  });

  it('goes through the result sets of a procedure, and reports the error behind them', async () => {
    await cursor.execute('drop procedure if exists paged');
    await cursor.execute('create procedure paged() begin select 1; select 2, 3; select nonsense; end');
    expect(await stream('call paged()')).to.deep.include({ rows: [[1]], complete: true, last: false });
    expect((await faultOf(cursor.execute('do 0'))).string).to.contain(OUT_OF_SYNC);
    expect(await cursor.call('nextset')).to.equal(1);
    expect(await page()).to.deep.include({ rows: [[2, 3]], complete: true });
    expect((await faultOf(cursor.call('nextset'))).code).to.equal(1054);
    expect(await cursor.execute('drop procedure paged')).to.equal(0);
  });

  it('drops the rest with nextset', async () => {
    await stream(ROWS);
    expect(await cursor.call('nextset')).to.equal(null);
    expect(await cursor.execute('select 1')).to.equal(1);
  });

  it('returns each page again to a client that has lost the response', async () => {
    const twice = async (method: string, ...params: unknown[]) => {
      const answer = await once(method, ...params);
      calls--;
      expect(await once(method, ...params)).to.deep.equal(answer);
      return answer;
    };
    const first = (await twice('batch', [listed('stream', ROWS)])) as [[FirstPage]];
    const counts = await sizes(first[0][0], () => twice('fetchpage') as Promise<Page>);
    expect(counts.reduce((sum, count) => sum + count)).to.equal(COUNT);
  });

  it('has its rows also in the answers of fetchmany and fetchall that are kept', async () => {
    await stream(ROWS);
    const fetched = (await once('fetchmany', 1500)) as unknown[];
    expect(fetched).to.have.length(1500);
    calls--;
    expect(await once('fetchmany', 1500)).to.deep.equal(fetched);
    const rest = (await once('fetchall')) as unknown[];
    expect(rest.at(-1)).to.deep.equal([COUNT, 'x'.repeat(400)]);
    expect(await cursor.execute('select 1')).to.equal(1);
  });

  it('can be a row that is larger than a page', async () => {
    const first = await stream("select repeat('y', 3000000) from numbers where seq <= 3");
    let count = 0;
    for await (const rows of pages(first)) {
      for (const [text] of rows) expect(text).to.have.length(3_000_000);
      expect(rows.length).to.be.lessThan(3);
      count += rows.length;
    }
    expect(count).to.equal(3);
  });

  it('has no rows behind a page that could not be kept', async () => {
    await using small = await otherGateway({ maxResult: 50_000 });
    const { id, results } = (await call(small.url, 'session', [listed('stream', ROWS)], { timeout: 60 })) as {
      id: string;
      results: unknown[];
    };
    expect(results).to.have.length(1);
    const reader = new CursorClient(small.url, id);
    const failed = await faultOf(reader.call('fetchpage'));
    expect(failed.code).to.equal(51);
    expect(await faultOf(reader.call('fetchpage'))).to.deep.equal(failed);
    expect(await reader.execute('select 1')).to.equal(1);
  });

  it('waits for a reader that pauses longer than net_write_timeout', async function () {
    this.timeout(20_000);
    await cursor.execute('set net_write_timeout = 1');
    const first = await stream("select seq, repeat('x', 10000) from numbers where seq <= 400");
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect((await sizes(first)).reduce((sum, count) => sum + count)).to.equal(400);
  });

  for (const cursorclass of ['SSCursor', 'DictCursor']) {
    it(`has the form of a session of class ${cursorclass}`, async () => {
      cursor = await gateway.cursor(60, cursorclass);
      const row = cursorclass === 'SSCursor' ? [1, 2] : { a: 1, b: 2 };
      expect(await stream('select 1 as a, 2 as b')).to.deep.include({ rows: [row], complete: true });
      await cursor.execute(ROWS);
      expect(
        cursorclass === 'SSCursor' ? await sizes(await page()) : [(await page()).rows.length],
      ).to.have.length.above(0);
    });
  }

  it('can be one whose rows are stored', async () => {
    await cursor.execute(ROWS);
    const counts = await sizes(await page());
    expect(Math.max(...counts)).to.be.lessThan((256 * 1024) / 400);
    expect(counts.reduce((sum, count) => sum + count)).to.equal(COUNT);
  });
});
