import { expect } from 'chai';
import type { Cursor } from '#lib/database/index.js';
import { statementLabel } from '#lib/database/sql/statement-label.js';
import { call, faultOf } from '../../support/client.js';
import { recreate } from '../../support/recreate.js';
import { suiteGateway } from '../../support/suite-gateway.js';
import { until } from '../../support/until.js';

describe('the label of statements', () => {
  const gateway = suiteGateway({ label: true });

  before(() => recreate(gateway, 'table labelled (id int auto_increment primary key, v longtext)'));

  it('cannot be ended, or made a comment that MySQL executes, by the name of a user', () => {
    expect(statementLabel('grace', 'x3Fm0a9_')).to.equal('/* netsvc user=grace session=x3Fm0a9_ */ ');
    expect(statementLabel('')).to.equal('/* netsvc */ ');
    expect(statementLabel('*/ drop table t; /*!\n\0é😀')).to.equal('/* netsvc user=???drop?table?t????????? */ ');
    expect(statementLabel('a'.repeat(100))).to.equal(`/* netsvc user=${'a'.repeat(32)} */ `);
  });

  it('names the session in the process list', async () => {
    const cursor = await gateway.cursor();
    const session = gateway.registry.lookupServiceName(`database/${cursor.id}`) as Cursor;
    const digest = session.logName.replace('database/#', '');
    const sleeping = cursor.execute('select sleep(60)').catch(() => {});
    const list = () => gateway.execute("select info from information_schema.processlist where info like '%sleep(60)'");
    await until(
      async () =>
        JSON.stringify(await list()) === JSON.stringify([[`/* netsvc session=${digest} */ select sleep(60)`]]),
    );
    await session.close();
    await sleeping;
  });

  it('changes no error, and neither statements with many rows nor large ones', async () => {
    const { string } = await faultOf(gateway.execute('select 1\nfrom from'));
    expect(string).to.contain("near 'from' at line 2");
    expect((await faultOf(gateway.execute(''))).code).to.equal(1065);
    const cursor = await gateway.cursor();
    const rows = Array.from({ length: 100 }, (_, i) => [i]);
    expect(await cursor.call('executemany', 'insert into labelled (v) values (%s)', rows)).to.equal(100);
    expect(await cursor.rows('select last_insert_id(), row_count()')).to.deep.equal([[1, 100]]);
    // It stays parked, so that the label has not made it pinned.
    await until(() => gateway.pool.counts.parked === 1);
    const [[packet]] = (await gateway.execute('select @@max_allowed_packet')) as [[number]];
    const largest = (length: number) => `select length('${'x'.repeat(length - "select length('')".length)}')`;
    const fits = packet - 2;
    expect(await call(gateway.url, 'execute', largest(fits))).to.deep.equal([[fits - "select length('')".length]]);
    expect((await faultOf(call(gateway.url, 'execute', largest(packet + 1)))).code).to.equal(1153);
  });
});
