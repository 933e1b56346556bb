import { expect } from 'chai';
import { faultOf } from '../../support/client.js';
import { recreate } from '../../support/recreate.js';
import { sessionForEach, suiteGateway } from '../../support/suite-gateway.js';

describe('UTF-8 is set again for a session', () => {
  const gateway = suiteGateway({ connections: 1 });
  const cursor = sessionForEach(gateway);

  before(async () => {
    await recreate(gateway, 'table written (id int auto_increment primary key, name varchar(20))');
    await recreate(gateway, "procedure write_two () insert into written (name) values ('é'), ('日')");
    await recreate(
      gateway,
      "procedure hide () begin set session_track_system_variables = ''; set names gbk; " +
        "insert into written (name) values ('a'), ('b'), ('c'); end",
    );
    await recreate(
      gateway,
      "procedure fail_behind () begin set session_track_system_variables = ''; set character_set_results = latin1; " +
        'select * from nowhere; end',
    );
  });

  it('and ROW_COUNT() stays that of a statement that may have changed the character set', async () => {
    await cursor.execute('call write_two()');
    expect(await cursor.rows('select row_count()')).to.deep.equal([[2]]);
  });

  it('after a change that MySQL did not report', async () => {
    await cursor.execute('call hide()');
    expect(await cursor.rows('select row_count()')).to.deep.equal([[3]]);
    expect(await cursor.rows('select %s, @@character_set_client', ['é日'])).to.deep.equal([['é日', 'utf8mb4']]);
  });

  it('after a procedure that has failed with an error of its body, in a session that is pinned', async () => {
    await cursor.execute('set @pinned = 1');
    expect(await cursor.rows("select '日'")).to.deep.equal([['日']]);
    expect(await faultOf(cursor.execute('call fail_behind()'))).to.have.property('code', 1);
    expect(await cursor.rows("select '日'")).to.deep.equal([['日']]);
  });

  it('before a query of ROW_COUNT() with an argument, which is then fault 51 instead of a wrong number', async () => {
    await cursor.execute('call hide()');
    expect(await faultOf(cursor.execute('select row_count(), %s', ['é日']))).to.include({ code: 51 });
    expect(await cursor.rows('select %s', ['é日'])).to.deep.equal([['é日']]);
  });
});
