import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'chai';
import {
  type Connection,
  createConnection,
  type FieldPacket,
  type Query,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2';
import {
  changedVariables,
  destroySocket,
  endedResultSets,
  fixCharset,
  receiveColumns,
  receiveLargeRows,
  receiveRows,
  reportsOnlyTransactions,
  serverAddress,
} from '#lib/database/connections/driver-internals.js';
import { parseMysqlUrl } from '#lib/database/index.js';
import { RowBatcher } from '#lib/database/rows/row-batch.js';
import { cellRows } from '#lib/database/rows/row-packet.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';
import { until } from '../../support/until.js';

/** The status flag behind a statement that has changed session state. */
const STATE_CHANGED = 0x4000;

describe('the internals of mysql2', () => {
  let driver: Connection;

  beforeEach(async function () {
    const url = testDatabase(this);
    driver = createConnection({ ...parseMysqlUrl(url).connection, charset: 'utf8mb4_general_ci' });
    await new Promise<void>((resolve, reject) => driver.connect((error) => (error ? reject(error) : resolve())));
  });

  afterEach(() => driver.destroy());

  /** Runs a statement and returns its OK packet. */
  const run = (sql: string) =>
    new Promise<ResultSetHeader>((resolve, reject) =>
      driver.query<ResultSetHeader>(sql, (error, header) => (error ? reject(error) : resolve(header))),
    );

  const ended = (query: Query) =>
    new Promise<void>((resolve, reject) => {
      query.on('end', resolve);
      query.on('error', reject);
    });

  it('query._resultIndex counts the result sets that have ended', async () => {
    await recreate({ execute: run }, 'procedure internals() begin select 1; select 2; select 3; end');
    const query = driver.query({ sql: 'call internals()' });
    const counts: number[] = [];
    query.on('fields', (fields: FieldPacket[] | undefined) => {
      if (fields) counts.push(endedResultSets(query));
    });
    await ended(query);
    expect(counts).to.deep.equal([0, 1, 2]);
  });

  it('query.row handles the packets of rows, of which buffer, offset and end give the bytes', async () => {
    const rows: string[] = [];
    const batcher = new RowBatcher((batch) => {
      for (const [cell] of cellRows(1, [batch])) rows.push(String(cell));
    });
    const ends: [number, number][] = [];
    const query = driver.query({ sql: "select 'a' union all select 'b' union all select 'c'" });
    receiveRows(query, batcher, (status, warnings) => ends.push([status & 2, warnings]));
    await ended(query);
    expect(rows).to.deep.equal(['a', 'b', 'c']);
    // The flag SERVER_STATUS_AUTOCOMMIT, and no warnings.
    expect(ends).to.deep.equal([[2, 0]]);
  });

  it('query.readField handles the definitions of _fieldCount columns, and query.fieldsEOF the packet behind', async () => {
    const names: string[][] = [];
    const query = driver.query({ sql: "select 'a' as `ä`, 1 as b union all select 'c', 2" });
    receiveColumns(query, (columns) => names.push(columns.map(({ name, encoding }) => `${name} ${encoding}`)));
    let rows = 0;
    receiveRows(query, new RowBatcher((batch) => (rows += batch.rows)), () => {});
    await ended(query);
    expect([names, rows]).to.deep.equal([[['ä utf8', 'b binary']], 2]);
  });

  it('packet.eofWarningCount() counts the warnings of a query', async () => {
    const warnings: number[] = [];
    const query = driver.query({ sql: "select cast('x' as signed)" });
    receiveRows(query, new RowBatcher(() => {}), (_status, count) => warnings.push(count));
    await ended(query);
    expect(warnings).to.deep.equal([1]);
  });

  it('header.stateChanges.systemVariables has the variables that MySQL reports as changed', async () => {
    await run("set session_track_system_variables = 'character_set_client'");
    expect(changedVariables(await run('set character_set_client = latin1'))).to.include({
      character_set_client: 'latin1',
    });
    expect(changedVariables(await run('do 0'))).to.deep.equal({});
  });

  it('header.stateChanges has the schema, and whether other state has changed, but no transactions', async () => {
    await run('set session_track_state_change = 1');
    for (const change of ['set @x = 1', 'create temporary table internals (id int)', 'use information_schema']) {
      const header = await run(change);
      expect([header.serverStatus & STATE_CHANGED, reportsOnlyTransactions(header)], change).to.deep.equal([
        STATE_CHANGED,
        false,
      ]);
    }
    for (const transaction of ['begin', 'commit']) {
      const header = await run(transaction);
      expect(reportsOnlyTransactions(header), transaction).to.equal((header.serverStatus & STATE_CHANGED) !== 0);
    }
  });

  it('connection.config.charsetNumber is the character set in which statements are encoded', async () => {
    fixCharset(driver);
    await run("set session_track_system_variables = 'character_set_client'");
    await run('set character_set_client = latin1');
    const query = driver.query({ sql: "select hex('é')" });
    const rows: string[] = [];
    const batcher = new RowBatcher((batch) => {
      for (const [cell] of cellRows(1, [batch])) rows.push(String(cell));
    });
    receiveRows(query, batcher, () => {});
    await ended(query);
    // MySQL was told latin1 and has read the two bytes of UTF-8 as two characters, which it converts back.
    expect(rows).to.deep.equal(['C383C2A9']);
  });

  it('packetParser.largePacketParts and _flushLargePacket receive a row of several packets', async () => {
    const query = driver.query({ sql: "select repeat('x', 15000000), repeat('y', 15000000), 1" });
    const order: unknown[] = [];
    let bytes = 0;
    receiveLargeRows(driver, {
      part: ({ length }) => {
        bytes += length;
      },
      end: () => order.push(bytes),
    });
    receiveRows(query, new RowBatcher(() => order.push('rows')), () => order.push('end'));
    await ended(query);
    expect(order).to.deep.equal([15_000_004 * 2 + 2, 'end']);
  });

  it('connection.stream is the socket', async () => {
    driver.on('error', () => {});
    const other = createConnection(parseMysqlUrl(process.env.NETSVC_TEST_DATABASE ?? '').connection);
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
