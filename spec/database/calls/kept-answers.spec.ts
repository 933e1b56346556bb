import { expect } from 'chai';
import { callBody, listed } from '../../support/call-body.js';
import { call, faultOf, statusOf } from '../../support/client.js';
import type { CursorClient } from '../../support/database-gateway.js';
import { askBytes, hangUp } from '../../support/http.js';
import { recreate } from '../../support/recreate.js';
import { spillFiles } from '../../support/spill-files.js';
import { suiteGateway } from '../../support/suite-gateway.js';
import { until } from '../../support/until.js';

/** Rows of 1 MB are in memory, and those of 2 MB partly in a file. */
const LIMITS = { resultMemory: 1_600_000, maxResult: 8_000_000 };
const STRICT = { ...LIMITS, resultMemory: 200_000 };

const rows = (count: number, text = 'A', length = 1000) =>
  `select seq, repeat('${text}', ${length}) from numbers where seq <= ${count} order by seq`;

/** The bytes of the response to a call, uncompressed. */
async function bytesOf(url: string, method: string, ...params: unknown[]): Promise<Buffer> {
  const { status, bytes } = await askBytes(url, { body: callBody(method, params) });
  expect(status).to.equal(200);
  return bytes;
}

/** The rows of a query in a list of calls. */
function rowsIn(result: unknown[] | undefined): unknown[] {
  const [{ rows }] = result as [{ rows: unknown[] }];
  return rows;
}

describe('an answer that once keeps', () => {
  const gateway = suiteGateway(LIMITS);
  let cursor: CursorClient;

  beforeEach(async () => {
    cursor = await gateway.cursor();
  });

  afterEach(async () => {
    await cursor.call('close').catch(() => {});
    await until(() => spillFiles() === 0);
  });

  const once = (n: number, method: string, ...params: unknown[]) => cursor.call('once', n, method, params);
  const onceBytes = (n: number, method: string, ...params: unknown[]) => bytesOf(cursor.url, 'once', n, method, params);

  /** Another client, whose responses take the memory that has been released. */
  async function overwrite(): Promise<void> {
    const other = await gateway.cursor();
    await other.execute(rows(1600, 'SECRET', 200));
    await bytesOf(other.url, 'fetchall');
    await bytesOf(gateway.url, 'query', rows(1600, 'SECRET', 200));
    await other.call('close');
  }

  const answers: [string, string, string, unknown[]][] = [
    ['in memory', rows(1000), 'fetchall', []],
    ['partly in a file', rows(2000), 'fetchall', []],
    ['of several rows', rows(2000), 'fetchmany', [1800]],
    ['of a query', rows(1), 'query', [rows(2000)]],
    ['in a batch, in memory', rows(600), 'batch', [[listed('rowcount'), listed('fetchall'), listed('rowcount')]]],
    ['in a batch', rows(1000), 'batch', [[listed('rowcount'), listed('fetchall'), listed('rowcount')]]],
    [
      'of several results in a batch',
      rows(1000),
      'batch',
      [[listed('fetchmany', 400), listed('query', rows(600, 'B')), listed('execute', rows(600)), listed('fetchall')]],
    ],
    ['in a multicall', rows(1000), 'system.multicall', [[listed('fetchone'), listed('fetchall'), listed('none')]]],
  ];
  for (const [what, query, method, params] of answers) {
    it(`${what} is the same byte for byte after others have sent large responses, and after it has broken off`, async () => {
      const answered: Buffer[] = [];
      for (const [n, hangsUp] of [
        [1, false],
        [2, true],
      ] as const) {
        await cursor.execute(query);
        for (let i = 0; i < 3; i++) {
          if (hangsUp && i < 2) await hangUp(cursor.url, callBody('once', [n, method, params]));
          else answered.push(await onceBytes(n, method, ...params));
          await overwrite();
        }
      }
      const [first = Buffer.alloc(0)] = answered;
      expect(first.length).to.be.greaterThan(200_000);
      expect(answered.map((answer) => answer.equals(first))).to.deep.equal([true, true, true, true]);
    });
  }

  it('keeps its rows although the session goes on', async () => {
    await cursor.execute(rows(2000));
    const first = await onceBytes(1, 'fetchmany', 2000);
    await cursor.execute('select 1');
    expect((await onceBytes(1, 'fetchmany', 2000)).equals(first)).to.equal(true);
    expect(spillFiles()).to.equal(1);
    await once(2, 'rowcount');
    expect(spillFiles()).to.equal(0);
  });

  it('keeps a result set behind which the session has moved', async () => {
    await recreate(gateway, `procedure two_sets() begin ${rows(1000)}; ${rows(1000, 'B')}; end`);
    const calls = ['fetchall', 'nextset', 'fetchall', 'nextset'].map((method) => listed(method));
    const first = await onceBytes(1, 'batch', [listed('callproc', 'two_sets'), ...calls]);
    expect(first.length).to.be.greaterThan(2_000_000);
    expect((await onceBytes(1, 'batch', [listed('callproc', 'two_sets'), ...calls])).equals(first)).to.equal(true);
  });

  describe('whose call closes the session', () => {
    it('is given once', async () => {
      expect(await once(1, 'close')).to.equal(0);
      expect(await statusOf(once(1, 'close'))).to.equal(404);
    });

    it('has its rows until it has been sent', async () => {
      const results = (await once(1, 'batch', [listed('query', rows(2000)), listed('close')])) as unknown[][];
      expect(rowsIn(results[0])).to.have.length(2000);
      expect(results[1]).to.deep.equal([0]);
      expect(await statusOf(once(1, 'rowcount'))).to.equal(404);
      await until(() => spillFiles() === 0);
    });

    it('is that of a small query', async () => {
      const results = (await once(1, 'batch', [listed('query', 'select 42'), listed('close')])) as unknown[][];
      expect(rowsIn(results[0])).to.deep.equal([[42]]);
      expect(results[1]).to.deep.equal([0]);
    });

    it('frees its rows if the client has gone', async () => {
      const calls = [listed('query', rows(2000)), listed('close')];
      await hangUp(cursor.url, callBody('once', [1, 'batch', [calls]]));
      await until(() => gateway.registry.sessions.size === 0 && spillFiles() === 0);
    });
  });

  it('is its own if the next call waits for it', async () => {
    const slow = once(1, 'query', "select sleep(0.3), 'first'");
    const next = once(2, 'query', "select 'second'");
    expect(((await slow) as { rows: unknown[] }).rows).to.deep.equal([[0, 'first']]);
    expect(((await next) as { rows: unknown[] }).rows).to.deep.equal([['second']]);
  });

  it('is complete or a failure if the session is closed while the call runs', async () => {
    for (let i = 0; i < 20; i++) {
      const session = await gateway.cursor();
      const answer = bytesOf(session.url, 'once', 1, 'query', ["select sleep(0.01), 'x'"]).catch(() => undefined);
      await until(() => [...gateway.registry.sessions].some(({ activity }) => activity.calls > 0));
      await Promise.all([...gateway.registry.sessions].map((open) => open.closeFor('operator')));
      expect((await answer)?.toString() ?? '').not.to.contain('<param></param>');
    }
    cursor = await gateway.cursor();
  });

  it('frees results that arrive after the session has been closed', async () => {
    const answer = bytesOf(cursor.url, 'execute', `${rows(8000)}`).catch(() => undefined);
    await until(() => [...gateway.registry.sessions].some(({ activity }) => activity.running));
    await Promise.all([...gateway.registry.sessions].map((open) => open.closeFor('operator')));
    await answer;
    await until(() => spillFiles() === 0);
  });

  describe('has the limits of one result for all that it holds', () => {
    const strict = suiteGateway(STRICT);

    beforeEach(async () => {
      await cursor.call('close');
      cursor = await strict.cursor();
    });

    it('in memory and files', async () => {
      const queries = ['A', 'B', 'C', 'D'].map((letter) => listed('query', rows(2400, letter)));
      const first = await onceBytes(1, 'system.multicall', queries);
      const text = first.toString('latin1');
      for (const letter of ['A', 'B', 'C']) expect(text.split(letter.repeat(1000))).to.have.length(2401);
      expect(text).not.to.contain('D'.repeat(1000));
      expect(text).to.contain('The results take together more than 8000000 bytes, which is the limit.');
      expect((await onceBytes(1, 'system.multicall', queries)).equals(first)).to.equal(true);
    });

    it('in the number of files', async () => {
      const queries = Array(18).fill(listed('query', rows(280)));
      const results = (await once(1, 'system.multicall', queries)) as { faultString?: string }[];
      expect(spillFiles()).to.be.at.most(17);
      const refused = results.filter(({ faultString }) => faultString?.includes('of memory and 16 files.'));
      expect(refused).to.have.length.within(1, 2);
    });

    it('in the memory of small results', async () => {
      const query = listed('query', "select repeat('x', 20000)");
      const results = (await once(1, 'batch', Array(30).fill(query))) as { faultCode?: number }[];
      expect(results.length).to.be.within(8, 11);
      expect(results.at(-1)?.faultCode).to.equal(51);
    });
  });

  describe('of an SS cursor', () => {
    beforeEach(async () => {
      await cursor.call('close');
      cursor = await gateway.cursor(60, 'SSCursor');
    });

    it('has any number of rows', async () => {
      await cursor.execute(rows(9000, 'A', 1));
      expect(await once(1, 'fetchone')).to.deep.equal([1, 'A']);
      expect(await once(1, 'fetchone')).to.deep.equal([1, 'A']);
      const first = await onceBytes(2, 'fetchmany', 5000);
      expect((await onceBytes(2, 'fetchmany', 5000)).equals(first)).to.equal(true);
      const calls = [listed('fetchall'), listed('fetchmany', 2)];
      const [rest, none] = (await once(3, 'system.multicall', calls)) as [[unknown[]], [unknown[]]];
      expect(rest[0]).to.have.length(3999);
      expect(none[0]).to.deep.equal([]);
      expect(await once(3, 'system.multicall', calls)).to.deep.equal([rest, none]);
    });

    it('is fault 51 if it takes more than a result may, and the rows behind it are not those that follow', async () => {
      await cursor.execute(rows(30_000));
      const { code } = await faultOf(once(1, 'fetchall'));
      expect(code).to.equal(51);
      expect((await faultOf(once(2, 'fetchone'))).code).to.equal(51);
      expect(await cursor.execute('do 0')).to.equal(0);
    });

    it('has the rows of query, which are stored', async () => {
      const first = await onceBytes(1, 'query', rows(1000));
      expect((await onceBytes(1, 'query', rows(1000))).equals(first)).to.equal(true);
    });
  });

  describe('is not that of a call in another call', () => {
    const inner = listed('once', 2, 'fetchall', []);
    const text = /once must not be nested\.$/;

    for (const method of ['batch', 'system.multicall']) {
      for (const numbered of [false, true]) {
        it(`of ${method}${numbered ? ' in once' : ''}`, async () => {
          await cursor.execute(rows(2000));
          for (let n = 1; n <= 3; n++) {
            const calls = [{ ...inner, params: [n + 1, 'fetchall', []] }];
            const results = await (numbered ? once(n, method, calls) : cursor.call(method, calls));
            const [fault] = results as { faultCode: number; faultString: string }[];
            expect(fault?.faultCode).to.equal(56);
            expect(fault?.faultString).to.match(text);
            if (numbered) expect(await once(n, method, calls)).to.deep.equal(results);
          }
          expect(spillFiles()).to.equal(1);
        });
      }
    }

    it('of session', async () => {
      const { results } = (await call(gateway.url, 'session', [inner])) as { results: { faultCode: number }[] };
      expect(results[0]?.faultCode).to.equal(56);
    });

    it('of once, and uses no number', async () => {
      expect((await faultOf(once(1, 'once', 1, 'rowcount', []))).string).to.match(text);
      expect(await once(1, 'rowcount')).to.equal(-1);
    });
  });
});
