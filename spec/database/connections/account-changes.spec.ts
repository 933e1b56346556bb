import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { faultOf } from '../../support/client.js';
import { DatabaseGateway, type GatewayOptions } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';

const SCHEMA = 'account_changes';
const ACCOUNT = 'account_changes@localhost';

/** Milliseconds after which MySQL is asked again about an idle connection. */
const STALE = 1100;

/** What MySQL answers without a privilege on the table or the schema, and with a wrong password or a locked account. */
const DENIED = [1142, 1044, 1045, 4151, 3118];

describe('what an administrator changes', () => {
  let url: URL;
  let administrator: DatabaseGateway;
  let gateway: DatabaseGateway;

  before(async function () {
    url = new URL(testDatabase(this));
    administrator = await DatabaseGateway.start(url.href);
    url.username = 'account_changes';
    url.password = 'first';
    url.pathname = SCHEMA;
  });

  beforeEach(async () => {
    await administrator.execute(`drop database if exists ${SCHEMA}`);
    await administrator.execute(`create database ${SCHEMA} character set latin1`);
    await administrator.execute(`create table ${SCHEMA}.t (id int)`);
    await administrator.execute(`drop user if exists ${ACCOUNT}`);
    await administrator.execute(`create user ${ACCOUNT} identified by 'first'`);
    await administrator.execute(`grant select, insert on ${SCHEMA}.* to ${ACCOUNT}`);
  });

  afterEach(() => gateway?.stop());

  after(async () => {
    await administrator?.execute(`drop user if exists ${ACCOUNT}`);
    await administrator?.execute(`drop database if exists ${SCHEMA}`);
    await administrator?.stop();
  });

  const start = async (options: GatewayOptions = {}) => {
    gateway = await DatabaseGateway.start(url.href, { connections: 1, ...options });
    await gateway.execute('select * from t');
  };

  const select = () => gateway.execute('select * from t');

  const code = async () => (await faultOf(select())).code;

  it('of the privileges on the schema takes effect in the session after the next reset', async () => {
    await start();
    const cursor = await gateway.cursor();
    await cursor.execute('select * from t');
    await administrator.execute(`revoke select on ${SCHEMA}.* from ${ACCOUNT}`);
    await cursor.call('close');
    expect(await code()).to.be.oneOf(DENIED);
    await administrator.execute(`grant select on ${SCHEMA}.* to ${ACCOUNT}`);
    await select().catch(() => {});
    expect(await select()).to.deep.equal([]);
  });

  for (const [title, statement] of [
    ['of some privileges on the schema', `revoke select on ${SCHEMA}.* from ${ACCOUNT}`],
    ['of all privileges on the schema', `revoke all privileges, grant option from ${ACCOUNT}`],
  ] as const) {
    it(`${title} takes effect in the next session, also if its connection was idle`, async () => {
      await start();
      await setTimeout(STALE);
      await administrator.execute(statement);
      expect(await code()).to.be.oneOf(DENIED);
    });
  }

  it('of the default character set of the schema takes effect in the next session', async () => {
    await start();
    const query = 'select @@character_set_database';
    expect(await gateway.execute(query)).to.deep.equal([['latin1']]);
    await administrator.execute(`alter database ${SCHEMA} character set utf8mb4`);
    await gateway.execute('select 1');
    expect(await gateway.execute(query)).to.deep.equal([['utf8mb4']]);
    await administrator.execute(`drop database ${SCHEMA}`);
    await administrator.execute(`create database ${SCHEMA} character set ascii`);
    await gateway.execute('select 1');
    expect(await gateway.execute(query)).to.deep.equal([['ascii']]);
  });

  for (const [title, statement] of [
    ['that drops the account', `drop user ${ACCOUNT}`],
    ['that locks the account', `alter user ${ACCOUNT} account lock`],
    ['of the password', `alter user ${ACCOUNT} identified by 'second'`],
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
    await administrator.execute(`grant select on *.* to ${ACCOUNT}`);
    await setTimeout(400);
    expect(await gateway.execute(query)).to.deep.equal([[1]]);
  });
});
