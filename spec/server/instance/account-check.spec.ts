import { expect } from 'chai';
import { ConnectionPool, parseMysqlUrl } from '#lib/database/index.js';
import { canLockOut } from '#lib/server/instance/account-check.js';
import { DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { onlyOn, perServer } from '../../support/test-server.js';

/** Its name and its password look like options of an account. */
const NAME = 'x PASSWORD REQUIRE CURRENT VIA';
const ACCOUNT = '`x PASSWORD REQUIRE CURRENT VIA`@localhost';
const PASSWORD = 'first OR unix_socket';

describe('the check of the MySQL account', () => {
  let url: URL;
  let administrator: DatabaseGateway;

  before(async function () {
    url = new URL(testDatabase(this));
    administrator = await DatabaseGateway.start(url.href);
    url.pathname = '/';
    url.username = encodeURIComponent(NAME);
    url.password = encodeURIComponent(PASSWORD);
  });

  afterEach(() => administrator.execute(`drop user if exists ${ACCOUNT}`));

  after(() => administrator?.stop());

  /** What the check says of an account, and whether a client can in fact lock netsvc out. */
  const checked = async (definition: string, privileges = 'select on test.*') => {
    await administrator.execute(`create user ${ACCOUNT} ${definition}`);
    await administrator.execute(`grant ${privileges} to ${ACCOUNT}`);
    await using pool = new ConnectionPool(parseMysqlUrl(url.href).connection, { connections: 2 });
    const connection = await pool.acquire();
    const says = await canLockOut(connection);
    const statements = perServer({
      MariaDB: ["set password = password('evil')"],
      MySQL: ["set password = 'evil'", "alter user user() identified by 'evil'", 'set password to random'],
    });
    for (const statement of statements) await connection.query(statement).catch(() => {});
    const isLockedOut = await Promise.resolve(pool.acquire()).then(
      () => false,
      () => true,
    );
    return [says, isLockedOut];
  };

  const BY_PASSWORD = `identified by '${PASSWORD}'`;

  it('warns of a password that a client can change', async () => {
    expect(await checked(BY_PASSWORD)).to.deep.equal([true, true]);
  });

  it('does not warn if the current password is required', async function () {
    onlyOn('MySQL', this, 'MariaDB cannot require the current password');
    expect(await checked(`${BY_PASSWORD} password require current`)).to.deep.equal([false, false]);
  });

  it('warns if the current password is required of an account that administers accounts', async function () {
    onlyOn('MySQL', this, 'MariaDB cannot require the current password');
    expect(await checked(`${BY_PASSWORD} password require current`, 'create user on *.*')).to.deep.equal([true, true]);
  });

  it('does not warn if the server requires the current password', async function () {
    onlyOn('MySQL', this, 'MariaDB cannot require the current password');
    await administrator.execute('set global password_require_current = on');
    try {
      expect(await checked(BY_PASSWORD)).to.deep.equal([false, false]);
    } finally {
      await administrator.execute('set global password_require_current = off');
    }
  });

  it('does not warn of an account without a password', async function () {
    onlyOn('MariaDB', this, 'MySQL is installed without its plugin');
    const [[version]] = (await administrator.execute('select version()')) as [[string]];
    if (Number.parseInt(version, 10) < 11) this.skip();
    const { username } = await import('node:os').then((os) => os.userInfo());
    const definition = `identified via unix_socket using '${username}'`;
    expect(await checked(definition)).to.deep.equal([false, false]);
  });
});
