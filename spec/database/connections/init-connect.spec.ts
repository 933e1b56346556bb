import { expect } from 'chai';
import { AccountGateway } from '../../support/account-gateway.js';
import { faultOf } from '../../support/client.js';
import type { DatabaseGateway, GatewayOptions } from '../../support/database-gateway.js';
import { perServer } from '../../support/test-server.js';

describe('init_connect of the server', () => {
  const prepared = new AccountGateway('init_connect');
  let administrator: DatabaseGateway;
  let gateway: DatabaseGateway;

  beforeEach(async () => {
    administrator = prepared.administrator;
    await administrator.execute(`grant select on test.* to ${prepared.account}`);
  });

  afterEach(() => administrator?.execute("set global init_connect = ''"));

  const start = async (statements: string, options: GatewayOptions = {}) => {
    await administrator.execute('set global init_connect = %s', [statements]);
    gateway = await prepared.start(options);
  };

  it('takes effect in each session, as on a connection of its own', async () => {
    await start("set time_zone = '+07:00'");
    for (let session = 0; session < 3; session++) {
      const cursor = await gateway.cursor();
      expect(await cursor.rows('select @@time_zone')).to.deep.equal([['+07:00']]);
      await cursor.execute("set time_zone = '+02:00'");
      await cursor.call('close');
    }
  });

  it('can be several statements, although clients cannot send several in one', async () => {
    await start("set time_zone = '+07:00'; set @first = 1; select 1; ");
    for (let session = 0; session < 2; session++) {
      expect(await gateway.execute('select @@time_zone, @first')).to.deep.equal([['+07:00', 1]]);
      expect((await faultOf(gateway.execute('select 1; select 2'))).string).to.contain('SQL syntax');
    }
  });

  it('takes effect before the configured statements', async () => {
    await start("set time_zone = '+07:00', @a = 1, sql_mode = 'ANSI'", { init: ["SET time_zone = '+08:00'"] });
    expect(await gateway.execute('select @@time_zone, @a')).to.deep.equal([['+08:00', 1]]);
  });

  it('changes neither autocommit nor the character set', async () => {
    await start('set autocommit = 0; set names latin1');
    const query = "select @@autocommit, @@character_set_client, 'é'";
    expect(await gateway.execute(query)).to.deep.equal([[1, 'utf8mb4', 'é']]);
  });

  it('does not take effect for an account with the privilege for that', async () => {
    const privilege = perServer({ MariaDB: 'connection admin', MySQL: 'connection_admin' });
    await administrator.execute(`grant ${privilege} on *.* to ${prepared.account}`);
    await start('set @first = 1');
    expect(await gateway.execute('select @first')).to.deep.equal([[null]]);
  });
});
