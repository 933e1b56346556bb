import { expect } from 'chai';
import { call } from '../../support/client.js';
import { testDatabase } from '../../support/mariadb.js';
import { otherGateway } from '../../support/suite-gateway.js';

describe('the value options of a database', () => {
  before(function () {
    testDatabase(this);
  });

  it('bigints=string: ids beyond 32 bits are strings', async () => {
    await using gateway = await otherGateway({}, 'bigints=string');
    const cursor = await gateway.cursor();
    await cursor.execute('create temporary table t (id bigint auto_increment primary key)');
    await cursor.execute('insert into t values (9007199254740993)');
    await cursor.execute('insert into t values ()');
    expect(await cursor.call('lastrowid')).to.equal('9007199254740994');
  });

  it('nulls=empty: every nil is an empty string', async () => {
    await using gateway = await otherGateway({}, 'nulls=empty');
    const cursor = await gateway.cursor();
    expect(await cursor.call('begin')).to.equal('');
    expect(await cursor.call('description')).to.equal('');
    await cursor.execute('select null');
    expect(await cursor.call('fetchone')).to.deep.equal(['']);
    expect(await cursor.call('fetchone')).to.equal('');
  });

  it('apply to that database only', async () => {
    await using one = await otherGateway({}, 'nulls=empty');
    await using other = await otherGateway({}, 'decimals=double');
    expect(await call(one.url, 'execute', 'select null, 1.10')).to.deep.equal([['', '1.10']]);
    expect(await call(other.url, 'execute', 'select null, 1.10')).to.deep.equal([[null, 1.1]]);
  });
});
