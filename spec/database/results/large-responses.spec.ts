import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { MemoryAccounts } from '#lib/index.js';
import { callBody } from '../../support/call-body.js';
import { ask, postOf } from '../../support/http.js';
import { memoryInUse } from '../../support/memory-in-use.js';
import { recreate } from '../../support/recreate.js';
import { suiteGateway } from '../../support/suite-gateway.js';
import { until } from '../../support/until.js';

const MB = 1024 ** 2;

/** Rows of text and bytes. */
const ROWS = 5;
const rowsOf = (bytes: number) =>
  `select repeat('ab<&é', ${bytes / 5}), cast(repeat('x', ${bytes}) as binary) from numbers where seq <= ${ROWS}`;

/** Rows of two MB, and rows of which one alone is streamed. */
const [QUERY, SMALLER] = [rowsOf(MB), rowsOf(100_000)];

/** A call, on a session with the rows or on the database, and how many of the rows are in its response. */
interface Large {
  readonly method: string;
  readonly params?: readonly unknown[];
  readonly rows: number;
  readonly cursorclass?: string;
  /** Of the database. */
  readonly alone?: boolean;
}

const list = (method: string, ...params: unknown[]) => [[{ methodName: method, params }]];

const largeCalls = (query: string): Readonly<Record<string, Large>> => ({
  fetchone: { method: 'fetchone', rows: 1 },
  fetchmany: { method: 'fetchmany', params: [ROWS], rows: ROWS },
  'fetchmany of a DictCursor': { method: 'fetchmany', params: [ROWS], rows: ROWS, cursorclass: 'DictCursor' },
  'fetchone of a DictCursor': { method: 'fetchone', rows: 1, cursorclass: 'DictCursor' },
  'fetchone of an SSCursor': { method: 'fetchone', rows: 1, cursorclass: 'SSCursor' },
  'fetchmany of an SSCursor': { method: 'fetchmany', params: [ROWS], rows: ROWS, cursorclass: 'SSCursor' },
  'fetchall of an SSDictCursor': { method: 'fetchall', rows: ROWS, cursorclass: 'SSDictCursor' },
  'query of a session': { method: 'query', params: [query], rows: ROWS },
  query: { method: 'query', params: [query], rows: ROWS, alone: true },
  execute: { method: 'execute', params: [query], rows: ROWS, alone: true },
  transaction: { method: 'transaction', params: [[[query]]], rows: ROWS, alone: true },
  session: { method: 'session', params: list('query', query), rows: ROWS, alone: true },
  'system.multicall': { method: 'system.multicall', params: list('fetchmany', ROWS), rows: ROWS },
  batch: { method: 'batch', params: list('fetchmany', ROWS), rows: ROWS },
  once: { method: 'once', params: [1, 'fetchmany', [ROWS]], rows: ROWS },
  'once of an SSCursor': { method: 'once', params: [1, 'fetchmany', [ROWS]], rows: ROWS, cursorclass: 'SSCursor' },
  'once of a batch': { method: 'once', params: [1, 'batch', list('fetchmany', ROWS)], rows: ROWS },
  'callproc, which returns its arguments': { method: 'callproc', params: ['p', ['x'.repeat(5 * MB), 2]], rows: 0 },
});

describe('A response of large values', () => {
  const memory = new MemoryAccounts();
  const gateway = suiteGateway({ resultMemory: 100_000, memory });

  before(() => recreate(gateway, 'procedure p(a longtext, b int) select b'));

  after(() => expect(memory.process.used).to.equal(0));

  /** Sends a call, and returns the URL that it was sent to. */
  async function prepared({ cursorclass = 'Cursor', alone = false, method }: Large, query: string): Promise<string> {
    if (alone) return gateway.url;
    const cursor = await gateway.cursor(60, cursorclass);
    if (method !== 'query' && method !== 'callproc') await cursor.execute(query);
    return cursor.url;
  }

  function unread(url: string, body: string): Socket {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).pause();
    socket.write(postOf(url, body));
    return socket;
  }

  for (const [name, large] of Object.entries(largeCalls(QUERY))) {
    it(`is not held while it is not read (${name})`, async function () {
      this.timeout(30_000);
      const { method, params = [], rows } = large;
      const url = await prepared(large, QUERY);
      const body = callBody(method, params);
      const held = await memoryWhile(async () => {
        const socket = unread(url, body);
        await until(() => socket.bytesWritten > 0 && memory.usedByKind.responses > 0);
        await new Promise((resolve) => setTimeout(resolve, 200));
        return socket;
      });
      // One row, or what was sent, and what the kernel has not taken of it.
      expect(held).to.be.below(rows === 0 ? 25 * MB : 8 * MB);
    });
  }

  for (const [name, large] of Object.entries(largeCalls(SMALLER))) {
    it(`is complete (${name})`, async function () {
      this.timeout(30_000);
      const { method, params = [], rows } = large;
      const { status, body } = await ask(await prepared(large, SMALLER), { body: callBody(method, params) });
      expect(status).to.equal(200);
      const [, ...texts] = body.split('ab&lt;&amp;é'.repeat(20_000));
      expect(texts).to.have.length(rows);
      const bytes = Buffer.alloc(100_000, 'x').toString('base64');
      for (const text of texts) expect(text.includes(bytes)).to.equal(true);
      if (rows === 0) expect(body.length).to.be.greaterThan(5 * MB);
      expect(body.endsWith('</methodResponse>')).to.equal(true);
      expect(body).to.not.include('faultCode');
    });
  }

  it('can be followed by the next row', async () => {
    for (const cursorclass of ['Cursor', 'SSCursor']) {
      await using cursor = await gateway.cursor(60, cursorclass);
      await cursor.execute("select seq, repeat('x', 100000 * (seq % 2)) from numbers where seq <= 5 order by seq");
      const rows: unknown[] = [];
      for (let row = await cursor.call('fetchone'); row !== null; row = await cursor.call('fetchone')) rows.push(row);
      expect(rows).to.deep.equal([1, 2, 3, 4, 5].map((i) => [i, 'x'.repeat(100_000 * (i % 2))]));
      expect(await cursor.call('fetchmany', 16)).to.deep.equal([]);
    }
  });

  it('is sent again by once', async () => {
    for (const cursorclass of ['Cursor', 'SSCursor']) {
      await using cursor = await gateway.cursor(60, cursorclass);
      await cursor.execute("select repeat('x', 300000) from numbers where seq <= 3");
      const first = await cursor.call('once', 1, 'fetchone', []);
      expect(first).to.deep.equal(['x'.repeat(300_000)]);
      expect(await cursor.call('once', 1, 'fetchone', [])).to.deep.equal(first);
      expect(await cursor.call('once', 2, 'fetchmany', [16])).to.have.length(2);
    }
  });

  /** Returns the bytes of memory that are held after `work`, before its socket is closed. */
  async function memoryWhile(work: () => Promise<Socket>): Promise<number> {
    const before = memoryInUse();
    const socket = await work();
    const after = memoryInUse();
    socket.destroy();
    await once(socket, 'close');
    return after - before;
  }
});
