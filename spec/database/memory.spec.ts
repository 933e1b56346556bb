import { expect } from 'chai';
import type { Cursor } from '#lib/database/index.js';
import { MemoryAccounts, ServiceFailure, ServiceRequest } from '#lib/index.js';
import { spillUsage } from '#lib/memory/spill-file.js';
import { faultOf } from '../support/client.js';
import { memoryInUse } from '../support/memory-in-use.js';
import { suiteGateway } from '../support/suite-gateway.js';
import { until } from '../support/until.js';

const MB = 1024 ** 2;

describe('The memory of a session', () => {
  const memory = new MemoryAccounts({ process: 40 * MB, user: 20 * MB, session: 4 * MB });
  const gateway = suiteGateway({ memory });

  afterEach(async () => {
    await Promise.all([...gateway.registry.sessions].map((session) => session.close()));
    await until(() => memory.process.used === 0, 5);
    expect(spillUsage().files).to.equal(0);
  });

  /** Opens sessions without HTTP. */
  const open = (): Cursor => {
    const database = gateway.registry.lookupServiceName('database');
    const id = database?.perform('cursor', [], new ServiceRequest('', '127.0.0.1'));
    return gateway.registry.lookupServiceName(`database/${id}`) as Cursor;
  };

  it('is at most 1 KB before its first statement', () => {
    for (let i = 0; i < 1000; i++) open();
    const before = memoryInUse();
    for (let i = 0; i < 10_000; i++) open();
    expect((memoryInUse() - before) / 10_000).to.be.within(100, 1024);
  });

  it('is not taken for a first statement when the session has ended: it is not run', async () => {
    const cursor = open();
    await cursor.close();
    const request = new ServiceRequest('', '127.0.0.1');
    const outcome = await Promise.resolve(cursor.call('execute', ['select 1'], request)).catch(
      (error: unknown) => error,
    );
    expect(outcome).to.be.instanceOf(ServiceFailure).and.to.include({ error: 58, details: 'Session closed.' });
  });

  it('bounds a statement that short arguments make long: it is not run', async () => {
    const cursor = await gateway.cursor();
    await cursor.execute('create temporary table long_ones (a int)');
    const insert = `insert into long_ones select 1 where 'x' not in (${'%(a)s, '.repeat(2000)}'y')`;
    const { code, string } = await faultOf(cursor.execute(insert, { a: 'text '.repeat(1000) }));
    expect(code).to.equal(51);
    expect(string).to.contain('memory account of the session');
    expect(await cursor.rows('select count(*) from long_ones')).to.deep.equal([[0]]);
    expect(memory.usedByKind.statements).to.equal(0);
    expect(await cursor.execute(insert, { a: 'text' })).to.equal(1);
  });

  it('bounds the rows that it keeps: those that are refused memory are in a file', async () => {
    const cursor = await gateway.cursor();
    await cursor.execute("select seq, repeat('x', 1000) from numbers where seq <= 10000");
    expect(memory.usedByKind.rows).to.be.within(3 * MB, 4 * MB);
    expect(spillUsage().bytes).to.be.greaterThan(5 * MB);
    const rows = (await cursor.call('fetchall')) as readonly [number, string][];
    expect(rows.map(([seq]) => seq)).to.deep.equal(Array.from({ length: 10_000 }, (_, i) => i + 1));
    expect(new Set(rows.map(([, text]) => text))).to.deep.equal(new Set(['x'.repeat(1000)]));
    await cursor.execute('select 1');
    expect(memory.usedByKind.rows).to.be.below(10_000);
    expect(spillUsage().files).to.equal(0);
  });

  it('is as much as all sessions of a user have left', async () => {
    const cursors = await Promise.all(Array.from({ length: 7 }, () => gateway.cursor()));
    for (const cursor of cursors) await cursor.execute("select repeat('x', 1000) from numbers where seq <= 3900");
    expect(memory.userAccount('127.0.0.1').used).to.be.within(19 * MB, 21 * MB);
    expect(await cursors.at(-1)?.call('fetchall')).to.have.length(3900);
    const { string } = await faultOf(gateway.execute('select %s', 'x'.repeat(2 * MB)));
    expect(string).to.contain('memory account of the user');
  });

  it('includes the answer that once keeps', async () => {
    const cursor = await gateway.cursor();
    await cursor.call('once', 1, 'callproc', ['no_procedure', []]).catch(() => {});
    await cursor.execute("select repeat('x', 60000)");
    await cursor.call('once', 2, 'fetchone', []);
    expect(memory.usedByKind.answers).to.be.greaterThan(60_000);
    await cursor.call('once', 3, 'rowcount', []);
    expect(memory.usedByKind.answers).to.be.below(1000);
  });

  it('includes rows of an SS cursor that have been received and not been read', async () => {
    const cursor = await gateway.cursor(60, 'SSCursor');
    await cursor.execute("select repeat('x', 1000) from numbers where seq <= 10000");
    await until(() => memory.usedByKind.rows > 200_000);
    expect(memory.usedByKind.rows).to.be.below(3 * MB);
    expect(await cursor.call('fetchall')).to.have.length(10_000);
    expect(memory.usedByKind.rows).to.be.below(70_000);
  });

  it('bounds large rows of SS cursors: those that are refused memory are in files', async () => {
    const cursors = await Promise.all(Array.from({ length: 6 }, () => gateway.cursor(60, 'SSCursor')));
    for (const cursor of cursors) await cursor.execute("select repeat('x', 4200000), seq from numbers where seq <= 3");
    await until(() => spillUsage().files >= 6);
    expect(memory.usedByKind.rows).to.be.below(MB);
    expect(await cursors[0]?.call('fetchone')).to.deep.equal(['x'.repeat(4_200_000), 1]);
    expect(await cursors[0]?.call('nextset')).to.equal(null);
  });
});
