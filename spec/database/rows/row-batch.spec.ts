import { expect } from 'chai';
import type { MysqlConnection } from '#lib/database/connections/mysql-connection.js';
import type { ResultSink } from '#lib/database/connections/result-sink.js';
import { ConnectionPool, parseMysqlUrl } from '#lib/database/index.js';
import { type RowBatch, rowsOf } from '#lib/database/rows/row-batch.js';
import { cellsOf } from '#lib/database/rows/row-packet.js';
import { ServiceRequest } from '#lib/netsvc/service-request.js';
import { testDatabase } from '../../support/mariadb.js';

describe('runs of rows', () => {
  let url: string;
  let pool: ConnectionPool;
  let connection: MysqlConnection;

  before(async function () {
    url = testDatabase(this);
    pool = new ConnectionPool(parseMysqlUrl(url).connection);
    connection = await pool.acquire(new ServiceRequest('', ''));
  });

  after(async () => {
    await pool.release(connection);
    await pool.end();
  });

  async function runsOf(sql: string): Promise<RowBatch[]> {
    const runs: RowBatch[] = [];
    await connection.run(sql, sinkOf(runs));
    return runs;
  }

  const cells = (runs: readonly RowBatch[]) =>
    runs.flatMap((run) => [...rowsOf(run)].map((at) => cellsOf(run.bytes, at, 1)[0]));

  it('hold every row, in order, wherever the packets are cut on their way', async () => {
    const runs = await runsOf('select repeat(char(97 + seq % 26), seq * 37 % 300) from seq_1_to_20000');
    const expected = Array.from({ length: 20_000 }, (_, i) =>
      String.fromCharCode(97 + ((i + 1) % 26)).repeat(((i + 1) * 37) % 300),
    );
    expect(cells(runs).map(String)).to.deep.equal(expected);
    expect(runs.reduce((sum, { rows }) => sum + rows, 0)).to.equal(20_000);
  });

  it('are much fewer than rows', async () => {
    expect((await runsOf('select seq from seq_1_to_20000')).length).to.be.below(500);
  });

  it('hold rows beyond 16 MB, where MySQL splits packets', async () => {
    // A row may be as large as max_allowed_packet, which only new sessions see.
    const lengths = [2 ** 24 - 6, 2 ** 24 - 5, 2 ** 24 - 4, 2 ** 24, 3];
    const [[before] = []] = [cells(await runsOf('select @@global.max_allowed_packet'))];
    await runsOf('set global max_allowed_packet = 64 * 1024 * 1024');
    const large = new ConnectionPool(parseMysqlUrl(url).connection);
    const own = await large.acquire(new ServiceRequest('', ''));
    const runs: RowBatch[] = [];
    await own.run(lengths.map((length) => `select repeat('x', ${length})`).join(' union all '), sinkOf(runs));
    await large.release(own);
    await large.end();
    await runsOf(`set global max_allowed_packet = ${before}`);
    expect(cells(runs).map((cell) => cell?.length)).to.deep.equal(lengths);
  });
});

function sinkOf(runs: RowBatch[]): ResultSink {
  return { beginRows() {}, addRows: (run) => runs.push(run), endRows() {}, addOutcome() {} };
}
