import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'chai';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2';
import {
  addCommand,
  destroySocket,
  ENCODINGS,
  type LargeRows,
  receiveLargeRows,
  serverAddress,
} from '#lib/database/driver/driver-internals.js';
import { driverOptions } from '#lib/database/driver/driver-options.js';
import { DISCARD, type ResultSink } from '#lib/database/driver/result-sink.js';
import { StatementCommand, type StatementObserver } from '#lib/database/driver/statement-command.js';
import { parseMysqlUrl } from '#lib/database/index.js';
import { cellRows } from '#lib/database/rows/row-packet.js';
import { testDatabase } from '../../support/mariadb.js';
import { until } from '../../support/until.js';

/** The status flags behind a statement. */
const AUTOCOMMIT = 2;

describe('the internals of mysql2', () => {
  let driver: Connection;
  let largeRows: LargeRows;

  beforeEach(async function () {
    const url = testDatabase(this);
    driver = createConnection(driverOptions(parseMysqlUrl(url).connection, 10_000, false));
    await new Promise<void>((resolve, reject) => driver.connect((error) => (error ? reject(error) : resolve())));
    largeRows = receiveLargeRows(driver);
  });

  afterEach(() => driver.destroy());

  /** Runs a statement. */
  const run = (sql: string, sink: Partial<ResultSink>, observer: Partial<StatementObserver> = {}) =>
    new Promise<void>((resolve, reject) => {
      const whole = { received() {}, noteOk() {}, noteRowsEnd() {}, ...observer, end: () => resolve(), fail: reject };
      addCommand(driver, new StatementCommand(sql, { ...DISCARD, ...sink }, whole, largeRows));
    });

  it('addCommand runs a command with the packets of its answer, of which buffer, offset and end give rows', async () => {
    const rows: string[] = [];
    const addRows: ResultSink['addRows'] = (batch) => {
      for (const [cell] of cellRows(1, [batch])) rows.push(String(cell));
    };
    const ends: number[] = [];
    const noteRowsEnd = (status: number) => ends.push(status & AUTOCOMMIT);
    await run("select 'a' union all select 'b' union all select 'c'", { addRows }, { noteRowsEnd });
    expect([rows, ends]).to.deep.equal([['a', 'b', 'c'], [AUTOCOMMIT]]);
  });

  it('packet.isError() and packet.asError() tell of an error', async () => {
    const error = await run('select * from missing', {}).then(
      () => undefined,
      (error: { errno: number; sqlState: string }) => [error.errno, error.sqlState],
    );
    expect(error).to.deep.equal([1146, '42S02']);
  });

  it('CharsetToEncoding has the encodings of collations', () => {
    expect([ENCODINGS[8], ENCODINGS[45], ENCODINGS[63]]).to.deep.equal(['latin1', 'utf8', 'binary']);
  });

  it('packetParser.largePacketParts and _flushLargePacket receive a row of several packets', async () => {
    const order: unknown[] = [];
    let bytes = 0;
    await run("select repeat('x', 15000000), repeat('y', 15000000), 1", {
      addToLargeRow: ({ length }) => {
        bytes += length;
      },
      endLargeRow: () => order.push(bytes),
      addRows: () => order.push('rows'),
      endRows: () => order.push('end'),
    });
    expect(order).to.deep.equal([15_000_004 * 2 + 2, 'end']);
  });

  it('packetParser.execute receives the packets of more than 1 MB in parts, in the order of the rows', async () => {
    // Of two values together. That of one is limited by max_allowed_packet.
    const packets = [16_777_206, 16_777_207, 16_777_208];
    const sizes = [10, 3_000_000, 20, 1_100_000, 17_000_000, 2_000_000, 30, ...packets, 40, 900_000, 50];
    const rows: string[] = [];
    let large: Buffer[] = [];
    const selects = sizes.map((size, i) => {
      const half = (length: number) => `repeat('${String.fromCharCode(97 + i)}', ${length})`;
      return `select ${half(Math.floor(size / 2))}, ${half(Math.ceil(size / 2))}`;
    });
    await run(selects.join(' union all '), {
      addRows: (batch) => {
        for (const cells of cellRows(2, [batch])) {
          const bytes = Buffer.concat(cells.map((cell) => cell ?? Buffer.alloc(0)));
          rows.push(`${bytes.length} ${bytes.at(-1)}`);
        }
      },
      addToLargeRow: (part) => {
        expect(part.length).to.be.at.most(1024 ** 2);
        large.push(Buffer.from(part));
      },
      endLargeRow: () => {
        const row = Buffer.concat(large);
        large = [];
        // The length of each value has four bytes.
        rows.push(`${row.length - 8} ${row.at(-1)}`);
      },
    });
    expect(rows).to.deep.equal(sizes.map((size, i) => `${size} ${97 + i}`));
  });

  it('connection.stream is the socket', async () => {
    driver.on('error', () => {});
    const other = createConnection(
      driverOptions(parseMysqlUrl(process.env.NETSVC_TEST_DATABASE ?? '').connection, 10_000, false),
    );
    const isOpen = async () => {
      const query = `select id from information_schema.processlist where id = ${driver.threadId}`;
      const [rows] = await other.promise().query<RowDataPacket[]>(query);
      return rows.length === 1;
    };
    expect(await isOpen()).to.equal(true);
    destroySocket(driver);
    await until(async () => !(await isOpen()));
    other.destroy();
  });

  it('connection.stream has the address of the server', async () => {
    const server = createServer((socket) => socket.on('error', () => {}));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const connecting = createConnection({ host: 'localhost', port });
    connecting.on('error', () => {});
    await until(() => serverAddress(connecting) !== undefined);
    expect(serverAddress(connecting)).to.equal('127.0.0.1');
    connecting.destroy();
    destroySocket(connecting);
    server.close();
  });
});
