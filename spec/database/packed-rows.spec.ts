import { expect } from 'chai';
import fc from 'fast-check';
import type { Cell } from '#lib/database/mysql-connection.js';
import { PackedRows } from '#lib/database/packed-rows.js';

function pack(columns: number, rows: readonly (readonly Cell[])[]): PackedRows {
  const packed = new PackedRows(columns);
  for (const row of rows) packed.append(row);
  return packed;
}

/** Cells as text, which compares faster than bytes and tells NULL from nothing. */
const text = (rows: Iterable<readonly Cell[]>) =>
  Array.from(rows, (row) => row.map((cell) => cell?.toString('latin1') ?? null));

const cell = fc.option(
  fc.oneof(
    { weight: 9, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.integer({ min: 500, max: 70_000 }).map((length) => Buffer.alloc(length, 'x')) },
  ),
);

const table = fc
  .integer({ min: 1, max: 4 })
  .chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 60 }));

describe('PackedRows', () => {
  it('gives back every slice of the rows, finished or not', () => {
    fc.assert(
      fc.property(table, fc.nat(70), fc.nat(70), fc.boolean(), (rows, start, end, finished) => {
        const packed = pack(rows[0]?.length ?? 1, rows);
        if (finished) packed.finish();
        expect(packed.length).to.equal(rows.length);
        expect(text(packed.read(start, end))).to.deep.equal(text(rows.slice(start, end)));
      }),
      { seed: 20030501, numRuns: 300 },
    );
  });

  it('reads the rows of a large result in any order and as often as asked', () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => [Buffer.from(`row ${index}`), null]);
    const packed = pack(2, rows);
    packed.finish();
    for (const start of [19_999, 0, 12_345, 12_345, 7]) {
      expect(text(packed.read(start, start + 1))).to.deep.equal([[`row ${start}`, null]]);
    }
    expect([...packed.read(0, Number.POSITIVE_INFINITY)]).to.have.length(20_000);
  });

  it('tells NULL from an empty string', () => {
    expect([...pack(2, [[null, Buffer.alloc(0)]]).read(0, 1)]).to.deep.equal([[null, Buffer.alloc(0)]]);
  });

  it('keeps the rows when their buffers are written to again', () => {
    const reused = Buffer.from('first');
    const packed = pack(1, [[reused]]);
    reused.write('other');
    expect(text(packed.read(0, 1))).to.deep.equal([['first']]);
  });

  it('has no rows at first', () => {
    const packed = new PackedRows(3);
    packed.finish();
    expect([packed.length, packed.bytes, ...packed.read(0, 10)]).to.deep.equal([0, 0]);
  });

  it('takes no more memory for a row or two than they need, once finished', () => {
    const packed = pack(2, [[Buffer.from('abc'), null]]);
    expect(packed.bytes).to.equal(512);
    packed.finish();
    expect(packed.bytes).to.equal(4 + 'abc'.length + 4);
  });

  it('takes little more memory for many rows than their bytes and four for each cell', () => {
    const packed = pack(
      2,
      Array.from({ length: 10_000 }, () => [Buffer.alloc(100), null]),
    );
    packed.finish();
    const least = 10_000 * (4 + 100 + 4);
    expect(packed.bytes).to.be.within(least, least * 1.05);
  });
});
