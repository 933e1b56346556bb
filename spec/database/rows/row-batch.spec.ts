import { expect } from 'chai';
import { DISCARD } from '#lib/database/driver/result-sink.js';
import { type RowBatch, rowsOf } from '#lib/database/rows/row-batch.js';
import { cellsOf } from '#lib/database/rows/row-packet.js';
import { SqlText } from '#lib/database/sql/sql-text.js';
import { poolFixture } from '../../support/pool-fixture.js';

describe('row batches', () => {
  const fixture = poolFixture();

  async function batchesOf(sql: string): Promise<RowBatch[]> {
    const batches: RowBatch[] = [];
    fixture.open({ connections: 1 });
    const connection = await fixture.pool.acquire();
    await connection.run(new SqlText(sql), { ...DISCARD, addRows: (batch) => batches.push(batch) });
    await fixture.pool.release(connection);
    return batches;
  }

  const cells = (batches: readonly RowBatch[]) =>
    batches.flatMap((batch) => [...rowsOf(batch)].map((at) => cellsOf(batch.bytes, at, 1)[0]));

  it('contain every row in order, wherever the network splits the packets', async () => {
    const batches = await batchesOf(
      'select repeat(char(97 + seq % 26), seq * 37 % 300) from numbers where seq <= 20000',
    );
    const expected = Array.from({ length: 20_000 }, (_, i) =>
      String.fromCharCode(97 + ((i + 1) % 26)).repeat(((i + 1) * 37) % 300),
    );
    expect(cells(batches).map(String)).to.deep.equal(expected);
    expect(batches.reduce((sum, { rows }) => sum + rows, 0)).to.equal(20_000);
  });

  it('contain many rows each', async () => {
    expect((await batchesOf('select seq from numbers where seq <= 20000')).length).to.be.below(500);
  });
});
