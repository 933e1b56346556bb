import { expect } from 'chai';
import type { ResultSink } from '#lib/database/driver/result-sink.js';
import { ConnectionPool, parseMysqlUrl } from '#lib/database/index.js';
import type { PooledConnection } from '#lib/database/pool/pooled-connection.js';
import { type RowBatch, rowsOf } from '#lib/database/rows/row-batch.js';
import { cellsOf } from '#lib/database/rows/row-packet.js';
import { SqlText } from '#lib/database/sql/sql-text.js';
import { testDatabase } from '../../support/mariadb.js';

describe('row batches', () => {
  let url: string;
  let pool: ConnectionPool;
  let connection: PooledConnection;

  before(async function () {
    url = testDatabase(this);
    pool = new ConnectionPool(parseMysqlUrl(url).connection);
    connection = await pool.acquire();
  });

  after(async () => {
    await pool.release(connection);
    await pool.end();
  });

  async function batchesOf(sql: string): Promise<RowBatch[]> {
    const batches: RowBatch[] = [];
    await connection.run(new SqlText(sql), sinkOf(batches));
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

  it('do not contain large rows, whose parts arrive, also beyond 16 MB, where MySQL splits them into packets', async () => {
    // The maximum size of a row is max_allowed_packet, whose global value applies to new connections.
    const lengths = [2 ** 24 - 6, 2 ** 24 - 5, 2 ** 24 - 4, 2 ** 24, 3];
    const [[before] = []] = [cells(await batchesOf('select @@global.max_allowed_packet'))];
    await batchesOf('set global max_allowed_packet = 64 * 1024 * 1024');
    const large = new ConnectionPool(parseMysqlUrl(url).connection);
    const own = await large.acquire();
    const batches: RowBatch[] = [];
    const received: string[] = [];
    let size = 0;
    let longest = 0;
    const union = lengths.map((length) => `select repeat('x', ${length})`).join(' union all ');
    await own.run(new SqlText(union), {
      ...sinkOf(batches),
      addRows: (batch) => received.push(...cells([batch]).map((cell) => `row ${cell?.length}`)),
      addToLargeRow: ({ length }) => {
        size += length;
        longest = Math.max(longest, length);
      },
      endLargeRow: () => {
        received.push(`large ${size}`);
        size = 0;
      },
    });
    await large.release(own);
    await large.end();
    await batchesOf(`set global max_allowed_packet = ${before}`);
    // With the length of the cell, which takes four or nine bytes.
    const sizes = [2 ** 24 - 2, 2 ** 24 - 1, 2 ** 24, 2 ** 24 + 9];
    expect(received).to.deep.equal([...sizes.map((bytes) => `large ${bytes}`), 'row 3']);
    expect(longest).to.be.at.most(1024 ** 2);
  });
});

function sinkOf(batches: RowBatch[]): ResultSink {
  return {
    beginRows() {},
    addRows: (batch) => batches.push(batch),
    endRows() {},
    addToLargeRow() {},
    endLargeRow() {},
    addOk() {},
  };
}
