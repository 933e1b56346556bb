import '../../support/poison.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { RowBuffer } from '#lib/database/results/row-buffer.js';
import type { RowBatch } from '#lib/database/rows/row-batch.js';
import { type Cell, cellRows } from '#lib/database/rows/row-packet.js';
import { POISON, POOLED_BUFFER_SIZE } from '#lib/memory/buffer-pool.js';
import { runOf } from '../../support/row-packet.js';

/** Adds rows in batches of `together`. */
function pack(columns: number, rows: readonly (readonly Cell[])[], memory?: number, together = 1): RowBuffer {
  const packed = new RowBuffer(columns, memory);
  for (let at = 0; at < rows.length; at += together) packed.append(runOf(rows.slice(at, at + together)));
  return packed;
}

/** Cells as text, which compares faster than bytes and distinguishes NULL from an empty cell. */
const text = (rows: Iterable<readonly Cell[]>) =>
  Array.from(rows, (row) => row.map((cell) => cell?.toString('latin1') ?? null));

const read = (packed: RowBuffer, start: number, end: number) =>
  text(cellRows(packed.longest.length, packed.batches(start, end)));

const longest = (columns: number, rows: readonly (readonly Cell[])[]) =>
  Array.from({ length: columns }, (_, i) => Math.max(0, ...rows.map((row) => row[i]?.length ?? 0)));

const cell = fc.option(
  fc.oneof(
    { weight: 9, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.integer({ min: 500, max: 70_000 }).map((length) => Buffer.alloc(length, 'x')) },
  ),
);

const table = fc
  .integer({ min: 1, max: 4 })
  .chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 60 }));

describe('RowBuffer', () => {
  it('returns every slice of the rows, finished or not, in memory or in the file', () => {
    fc.assert(
      fc.property(
        table,
        fc.nat(70),
        fc.nat(70),
        fc.boolean(),
        fc.constantFrom(undefined, 0, 70_000),
        fc.integer({ min: 1, max: 20 }),
        (rows, start, end, finished, memory, together) => {
          const columns = rows[0]?.length ?? 1;
          const packed = pack(columns, rows, memory, together);
          if (finished) packed.finish();
          expect(packed.length).to.equal(rows.length);
          expect(packed.longest).to.deep.equal(longest(columns, rows));
          expect(read(packed, start, end)).to.deep.equal(text(rows.slice(start, end)));
          packed.close();
        },
      ),
      { seed: 20030501, numRuns: 300 },
    );
  });

  it('reads the rows of a large result in any order and repeatedly', () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => [Buffer.from(`row ${index}`), null]);
    for (const memory of [undefined, 100_000]) {
      const packed = pack(2, rows, memory);
      packed.finish();
      for (const start of [19_999, 0, 12_345, 12_345, 7]) {
        expect(read(packed, start, start + 1)).to.deep.equal([[`row ${start}`, null]]);
      }
      expect(read(packed, 0, Number.POSITIVE_INFINITY)).to.have.length(20_000);
      packed.close();
    }
  });

  it('distinguishes NULL from an empty string', () => {
    expect(read(pack(2, [[null, Buffer.alloc(0)]]), 0, 1)).to.deep.equal([[null, '']]);
  });

  it('reads cells with every form of a length in the protocol', () => {
    for (const length of [0, 250, 251, 65_535, 65_536, 16_777_215, 16_777_216]) {
      const packed = pack(2, [[Buffer.alloc(length, 'x'), Buffer.from('end')]]);
      const [[first, last] = []] = cellRows(2, packed.batches(0, 1));
      expect([first?.length, last?.toString()]).to.deep.equal([length, 'end']);
      expect(packed.longest).to.deep.equal([length, 3]);
    }
  });

  it('keeps only the rows of a batch, not its memory', () => {
    const run = runOf([[Buffer.from('first')]]);
    const packed = new RowBuffer(1);
    packed.append(run);
    run.bytes.fill('x');
    expect(read(packed, 0, 1)).to.deep.equal([['first']]);
  });

  it('is empty initially', () => {
    const packed = new RowBuffer(3);
    packed.finish();
    expect([packed.length, packed.bytes, ...packed.batches(0, 10)]).to.deep.equal([0, 0]);
  });

  it('uses no more memory for one or two rows than their bytes, once finished', () => {
    const packed = pack(2, [[Buffer.from('abc'), null]]);
    expect(packed.bytes).to.equal(512);
    packed.finish();
    expect(packed.bytes).to.equal(4 + 1 + 'abc'.length + 1);
  });

  it('uses little more memory for many rows than their bytes', () => {
    const packed = pack(
      2,
      Array.from({ length: 10_000 }, () => [Buffer.alloc(100), null]),
    );
    packed.finish();
    const least = 10_000 * (4 + 1 + 100 + 1);
    expect(packed.bytes).to.be.within(least, least * 1.05);
  });

  it('fills its blocks, and leaves their memory to the next result', () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => [Buffer.alloc(100, index)]);
    const memoryOf = (packed: RowBuffer) => [...packed.batches(0, 10_000)].map((batch) => (batch as RowBatch).bytes);
    const isWhole = ({ length }: Buffer) => length === POOLED_BUFFER_SIZE;
    const first = pack(1, rows, undefined, 7);
    const blocks = memoryOf(first).filter(isWhole);
    expect(blocks.length).to.be.within(14, 17);
    first.close();
    const second = pack(1, rows, undefined, 600);
    const reused = memoryOf(second).map(({ buffer }) => buffer);
    expect(blocks.every(({ buffer }) => reused.includes(buffer))).to.equal(true);
    expect(read(second, 0, 10_000)).to.deep.equal(text(rows));
    second.close();
  });

  it('uses at most the configured memory and two blocks', () => {
    const packed = pack(
      1,
      Array.from({ length: 20_000 }, () => [Buffer.alloc(100)]),
      200_000,
    );
    packed.finish();
    expect(packed.bytes).to.be.greaterThan(2_000_000);
    expect(packed.inMemory).to.be.within(100_000, 200_000 + 2 * 65_536);
    packed.close();
  });

  it('cannot be read once it is closed, even by a reader that has begun', () => {
    const packed = pack(
      1,
      Array.from({ length: 20_000 }, () => [Buffer.alloc(100)]),
      200_000,
    );
    const runs = packed.batches(0, 20_000);
    runs.next();
    packed.close();
    expect(packed.inMemory).to.equal(0);
    expect(() => runs.next()).to.throw('the row buffer is closed');
  });

  it('keeps its rows until the last holder has gone, and then overwrites their memory', () => {
    const packed = pack(
      1,
      Array.from({ length: 100 }, () => [Buffer.from('secret')]),
    );
    packed.finish();
    const [batch] = [...packed.batches(0, 100)] as RowBatch[];
    const releases = [packed.hold(), packed.hold()];
    packed.close();
    packed.close();
    releases[0]?.();
    releases[0]?.();
    expect(read(packed, 0, 1)).to.deep.equal([['secret']]);
    releases[1]?.();
    expect(new Set(batch?.bytes)).to.deep.equal(new Set([POISON]));
    expect(() => packed.hold()).to.throw('the row buffer is closed');
  });
});
