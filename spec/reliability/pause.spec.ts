import { expect } from 'chai';
import { faultOf } from '../support/client.js';
import { type CursorClient, DatabaseGateway } from '../support/database-gateway.js';
import { PrivateMysql } from '../support/private-mysql.js';
import { until } from '../support/until.js';

const CLIENTS = 40;

describe('a pause of a database', () => {
  const mysql = new PrivateMysql();
  let gateway: DatabaseGateway;

  beforeEach(async () => {
    gateway = await DatabaseGateway.start(mysql.url(), { connections: 8, connectWait: 15 });
    await gateway.execute('create table if not exists entries (id int auto_increment primary key, client int)');
    await gateway.execute('truncate table entries');
  });

  afterEach(() => gateway?.stop());

  it(`makes a restart of MySQL a delay, and no fault, for ${CLIENTS} clients`, async function () {
    this.timeout(60_000);
    const sessions = await Promise.all(Array.from({ length: CLIENTS }, () => gateway.cursor()));
    const done = sessions.map(() => 0);
    let ending = false;
    const run = async (cursor: CursorClient, client: number) => {
      while (!ending) {
        expect(await cursor.execute('insert into entries (client) values (%s)', [client])).to.equal(1);
        const [[id] = []] = (await cursor.rows('select last_insert_id()')) as number[][];
        const [[owner] = []] = (await cursor.rows('select client from entries where id = %s', [id])) as number[][];
        expect(owner).to.equal(client);
        done[client] = (done[client] ?? 0) + 1;
      }
    };
    const running = Promise.all(sessions.map(run));
    const progress = (rounds: number) =>
      Promise.race([running, until(() => done.every((count) => count >= rounds), 30)]);
    await progress(1);
    await gateway.pool.pause(30);
    expect(gateway.pool.counts.open).to.equal(0);
    const before = [...done];
    await mysql.stop();
    await until(() => gateway.pool.counts.waiting > 0);
    await mysql.start();
    expect(done).to.deep.equal(before);
    gateway.pool.resume();
    await progress(Math.max(...before) + 1);
    ending = true;
    await running;
    const written = done.reduce((sum, count) => sum + count, 0);
    expect(await gateway.execute('select count(*) from entries')).to.deep.equal([[written]]);
  });

  it('waits for transactions, which go on', async () => {
    const cursor = await gateway.cursor();
    await cursor.call('begin');
    let quiet = false;
    const paused = gateway.pool.pause(20).then(() => {
      quiet = true;
    });
    await cursor.execute('insert into entries (client) values (1)');
    expect(quiet).to.equal(false);
    await cursor.call('commit');
    await paused;
    gateway.pool.resume();
    expect(await cursor.rows('select count(*) from entries')).to.deep.equal([[1]]);
  });

  it('is lifted by itself, and then says what is still in use', async () => {
    const cursor = await gateway.cursor();
    await cursor.call('begin');
    const failure = await gateway.pool.pause(0.2).catch((error: Error) => error);
    expect(String(failure)).to.match(/The pause was lifted while connections were in use: 1\.$/);
    expect(gateway.pool.paused).to.equal(false);
    expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
  });

  it('is replaced by another one while MySQL is stopped, and no statement is tried in between', async () => {
    await gateway.pool.pause(20);
    const waiting = gateway.execute('select 6');
    await until(() => gateway.pool.counts.waiting === 1);
    await mysql.stop();
    await gateway.pool.pause(30);
    await mysql.start();
    expect(gateway.pool.counts).to.include({ open: 0, waiting: 1 });
    gateway.pool.resume();
    expect(await waiting).to.deep.equal([[6]]);
  });

  it('does not count as the wait for a connection, which has its time again afterwards', async () => {
    await gateway.stop();
    gateway = await DatabaseGateway.start(mysql.url(), { connections: 1, connectWait: 0.3 });
    await gateway.pool.pause(10);
    const waiting = gateway.execute('select 5');
    await until(() => gateway.pool.counts.waiting === 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    gateway.pool.resume();
    expect(await waiting).to.deep.equal([[5]]);
    const cursor = await gateway.cursor();
    await cursor.call('begin');
    expect((await faultOf(gateway.execute('select 1'))).code).to.equal(51);
    await cursor.call('close');
  });
});
