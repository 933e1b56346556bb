import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { AccountGateway } from '../../support/account-gateway.js';
import { type Fault, faultOf } from '../../support/client.js';
import type { DatabaseGateway, GatewayOptions } from '../../support/database-gateway.js';
import { until } from '../../support/until.js';

const SCHEMA = 'account_changes';

/** Milliseconds after which MySQL is asked again about an idle connection. */
const STALE = 1100;

/** What MySQL answers without a privilege on the table or the schema, and with a wrong password or a locked account. */
const DENIED = [1142, 1044, 1045, 4151, 3118];

describe('what an administrator changes', () => {
  const changed = new AccountGateway('account_changes', SCHEMA);
  const { account } = changed;
  let administrator: DatabaseGateway;
  let gateway: DatabaseGateway;

  beforeEach(async () => {
    administrator = changed.administrator;
    await administrator.execute(`drop database if exists ${SCHEMA}`);
    await administrator.execute(`create database ${SCHEMA} character set latin1`);
    await administrator.execute(`create table ${SCHEMA}.t (id int)`);
    await administrator.execute(`grant select, insert on ${SCHEMA}.* to ${account}`);
  });

  afterEach(() => administrator?.execute(`drop database if exists ${SCHEMA}`));

  const start = async (options: GatewayOptions = {}) => {
    gateway = await changed.start(options);
    await gateway.execute('select * from t');
  };

  const select = () => gateway.execute('select * from t');

  const code = async () => (await faultOf(select())).code;

  it('of the privileges on the schema takes effect within a second, also on a connection in use', async () => {
    await start();
    await administrator.execute(`revoke select on ${SCHEMA}.* from ${account}`);
    const denied = () => select().catch((fault: Fault) => DENIED.includes(fault.faultCode));
    await until(async () => (await denied()) === true, 1);
    await administrator.execute(`grant select on ${SCHEMA}.* to ${account}`);
    await until(async () => Array.isArray(await denied()), 1);
  });

  for (const [title, statement] of [
    ['of some privileges on the schema', `revoke select on ${SCHEMA}.* from ${account}`],
    ['of all privileges on the schema', `revoke all privileges, grant option from ${account}`],
  ] as const) {
    it(`${title} takes effect in the next session, also if its connection was idle`, async () => {
      await start();
      await setTimeout(STALE);
      await administrator.execute(statement);
      expect(await code()).to.be.oneOf(DENIED);
    });
  }

  it('of the default character set of the schema takes effect within a second', async () => {
    await start();
    const query = 'select @@character_set_database';
    for (let i = 0; i < 3; i++) expect(await gateway.execute(query)).to.deep.equal([['latin1']]);
    await administrator.execute(`alter database ${SCHEMA} character set utf8mb4`);
    const found = async () => String(await gateway.execute(query));
    await until(async () => (await found()) === 'utf8mb4', 1);
    await administrator.execute(`drop database ${SCHEMA}`);
    await administrator.execute(`create database ${SCHEMA} character set ascii`);
    await until(async () => (await found()) === 'ascii', 1);
    // And it is the same behind each kind of reset.
    for (let i = 0; i < 10; i++) expect(await found()).to.equal('ascii');
  });

  for (const [title, statement] of [
    ['that drops the account', `drop user ${account}`],
    ['that locks the account', `alter user ${account} account lock`],
    ['of the password', `alter user ${account} identified by 'second'`],
  ] as const) {
    it(`${title} takes effect when the connections are replaced`, async () => {
      await start();
      await administrator.execute(statement);
      gateway.pool.replaceConnections();
      expect(await code()).to.be.oneOf(DENIED);
    });
  }

  it('of global privileges takes effect when a connection is as old as it may be', async () => {
    await start({ maxConnectionAge: 0.3 });
    const query = 'select count(*) from mysql.user where user = "account_changes"';
    expect((await faultOf(gateway.execute(query))).code).to.be.oneOf(DENIED);
    await administrator.execute(`grant select on *.* to ${account}`);
    await setTimeout(400);
    expect(await gateway.execute(query)).to.deep.equal([[1]]);
  });
});
