import { userInfo } from 'node:os';
import { expect } from 'chai';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import type { MysqlError } from '#lib/database/errors/mysql-error.js';
import { ConnectionPool, parseMysqlUrl } from '#lib/database/index.js';
import { StartFailure } from '#lib/server/configuration/problems.js';
import { faultOf } from '../../support/client.js';
import { DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { PrivateMysql } from '../../support/private-mysql.js';
import { onlyOn, type PerServer, pend, perServer } from '../../support/test-server.js';

const USER = 'netsvc_spec';

/** MariaDB gives every account rights on the schemas `test` and `test_...`. */
const SCHEMA = 'netsvc_spec';

/** Passwords that differ in how clients encode them. */
const PASSWORDS = ['secret', '', 'pässwörd€😀'];

type Transport = 'TCP' | 'TLS' | 'a Unix socket';

describe('an account of the server', () => {
  let administrator: Connection;
  /** The plugins that a spec has installed. */
  const installed: string[] = [];

  before(async function () {
    const { connection } = parseMysqlUrl(testDatabase(this));
    administrator = await createConnection({ ...connection, multipleStatements: true });
    await administrator.query(`create database if not exists ${SCHEMA}`);
  });

  after(async () => {
    await administrator?.query(`drop database ${SCHEMA}`);
    await administrator?.end();
  });

  afterEach(async () => {
    await administrator?.query(`drop user if exists ${USER}`);
    for (const plugin of installed.splice(0)) await administrator.query(`uninstall plugin ${plugin}`);
  });

  const variable = async (name: string) => {
    const [rows] = await administrator.query<RowDataPacket[]>('show global variables like ?', [name]);
    return String(rows[0]?.Value ?? '');
  };

  /** Returns the URL of the account. */
  const urlFor = async (context: Mocha.Context, transport: Transport, password: string): Promise<string> => {
    const login = `${USER}:${encodeURIComponent(password)}`;
    const { socketPath } = parseMysqlUrl(testDatabase(context)).connection;
    if (transport === 'a Unix socket') {
      if (socketPath === undefined) pend(context, 'the server has no Unix socket');
      return `mysql://${login}@localhost/${SCHEMA}?socket=${encodeURIComponent(socketPath)}`;
    }
    const port = await variable('port');
    if ((await variable('skip_networking')) === 'ON' || port === '0') pend(context, 'the server has no TCP');
    return transport === 'TCP'
      ? `mysql://${login}@127.0.0.1:${port}/${SCHEMA}`
      : `mysql://${login}@localhost:${port}/${SCHEMA}?ssl-mode=REQUIRED`;
  };

  /** The URL by which the specs reach the server, with another user. */
  const sameUrl = (context: Mocha.Context, password = 'secret') => {
    const url = new URL(testDatabase(context));
    url.pathname = SCHEMA;
    url.username = USER;
    url.password = encodeURIComponent(password);
    return url.href;
  };

  const create = async (options: string) => {
    await administrator.query(`drop user if exists ${USER}; create user ${USER} ${options}`);
    await administrator.query(`grant select on ${SCHEMA}.* to ${USER}`);
  };

  const quoted = (text: string) => administrator.escape(text);

  /** Installs a plugin for a spec, unless the server has it already. */
  const install = async (context: Mocha.Context, plugin: string, library = '') => {
    const find = 'select 1 from information_schema.plugins where plugin_name = ?';
    const [rows] = await administrator.query<RowDataPacket[]>(find, [plugin]);
    if (rows.length > 0) return;
    try {
      await administrator.query(`install plugin ${plugin} soname '${library}.so'`);
      installed.push(plugin);
    } catch {
      pend(context, `the server does not have ${plugin}`);
    }
  };

  describe('of MySQL', () => {
    before(function () {
      onlyOn('MySQL', this, 'the plugins are those of MySQL');
    });

    for (const plugin of ['caching_sha2_password', 'sha256_password']) {
      for (const transport of ['TCP', 'TLS', 'a Unix socket'] as const) {
        for (const password of PASSWORDS) {
          it(`with ${plugin} and the password "${password}" is used through ${transport}`, async function () {
            await install(this, plugin);
            await create(`identified with ${plugin} by ${quoted(password)}`);
            const url = await urlFor(this, transport, password);
            // The server forgets all passwords that it has verified.
            await administrator.query('flush privileges');
            for (const _ of ['cold', 'warm']) expect(await login(url)).to.equal(`${USER}@%`);
            const wrong = await urlFor(this, transport, 'wrong');
            expect(await loginError(wrong)).to.include({ errno: 1045 });
          });
        }
      }
    }

    it('with auth_socket is used through a Unix socket, and not otherwise', async function () {
      await install(this, 'auth_socket', 'auth_socket');
      await create(`identified with auth_socket as ${quoted(userInfo().username)}`);
      expect(await login(await urlFor(this, 'a Unix socket', ''))).to.equal(`${USER}@%`);
      expect(await loginError(await urlFor(this, 'TCP', ''))).to.include({ errno: 1698 });
    });
  });

  describe('of MariaDB', () => {
    before(function () {
      onlyOn('MariaDB', this, 'the plugins are those of MariaDB');
    });

    for (const [plugin, library] of [
      ['mysql_native_password', ''],
      ['ed25519', 'auth_ed25519'],
      ['parsec', 'auth_parsec'],
    ] as const) {
      for (const password of PASSWORDS) {
        it(`with ${plugin} and the password "${password}" is used`, async function () {
          await install(this, plugin, library);
          await create(`identified via ${plugin} using password(${quoted(password)})`);
          if (plugin === 'ed25519' && password === '') {
            const [[account] = []] = await administrator.query<RowDataPacket[]>(`show create user ${USER}`);
            if (!JSON.stringify(account).includes('USING')) pend(this, 'this version does not accept empty passwords');
          }
          expect(await login(sameUrl(this, password))).to.equal(`${USER}@%`);
          expect(await loginError(sameUrl(this, 'wrong'))).to.include({ errno: 1045 });
        });
      }
    }
  });

  describe('causes a fault', () => {
    const refusal = async (context: Mocha.Context) => {
      await using gateway = await DatabaseGateway.start(sameUrl(context));
      return await faultOf(gateway.execute('select 1'));
    };

    const expired = {
      MySQL: {
        code: 1862,
        string:
          'mysql -- Your password has expired. To log in you must change it using a client that supports expired ' +
          'passwords.',
      },
      MariaDB: {
        code: 1820,
        string:
          'mysql -- You must SET PASSWORD before executing this statement (the password of the account has expired)',
      },
    };
    const denied = "mysql -- Access denied for user 'netsvc_spec'@'localhost'";
    const wrong = { code: 1045, string: `${denied} (using password: YES)` };
    const locked = {
      MySQL: { code: 3118, string: `${denied}. Account is locked.` },
      MariaDB: { code: 4151, string: 'mysql -- Access denied, this account is locked' },
    };
    const rows: [what: string, options: string, fault: PerServer<{ code: number; string: string }>][] = [
      ['1045 with a wrong password', "identified by 'other'", { MySQL: wrong, MariaDB: wrong }],
      ['3118 or 4151 if it is locked', "identified by 'secret' account lock", locked],
      ['1862 or 1820 if its password has expired', "identified by 'secret' password expire", expired],
    ];
    for (const [what, options, fault] of rows) {
      it(what, async function () {
        await create(options);
        expect(await refusal(this)).to.deep.equal(perServer(fault));
      });
    }

    it('with which the server does not start', async function () {
      await create("identified by 'secret' password expire");
      const error = await RunningServer.start(['--database', sameUrl(this)]).catch((error: Error) => error);
      expect(error).to.be.instanceOf(StartFailure);
      expect(error).to.have.property(
        'message',
        `database database: ${perServer(expired).string.slice('mysql -- '.length)}`,
      );
    });

    it('1226 beyond its number of connections', async function () {
      // COM_RESET_CONNECTION of MariaDB sets the number of connections to 0.
      const limit = perServer({ MySQL: 'max_user_connections', MariaDB: 'max_connections_per_hour' });
      await create(`identified by 'secret' with ${limit} 1`);
      await using gateway = await DatabaseGateway.start(sameUrl(this), { connectWait: 1 });
      const session = await gateway.cursor();
      await session.execute('set @mine = 1');
      const { code, string } = await faultOf(gateway.execute('select 1'));
      expect(code).to.equal(1226);
      expect(string).to.match(new RegExp(`^mysql -- User 'netsvc_spec' has exceeded the '${limit}' resource`));
      expect(await session.rows('select @mine')).to.deep.equal([[1]]);
      await session.call('close');
      expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
    });

    it('1044 if it may not use the database', async function () {
      await create("identified by 'secret'");
      await administrator.query(`revoke select on ${SCHEMA}.* from ${USER}`);
      expect((await refusal(this)).code).to.equal(1044);
    });
  });
});

describe('a MariaDB server', () => {
  before(function () {
    onlyOn('MariaDB', this, 'the plugins are those of MariaDB');
  });

  const mariadb = new PrivateMysql(['--skip-secure-auth']);

  it('with an account of the operating system is used through a Unix socket', async () => {
    const { username } = userInfo();
    await mariadb.query(`grant all on *.* to ${username}@localhost identified via unix_socket with grant option`);
    expect(await login(mariadb.url(username))).to.equal(`${username}@localhost`);
  });

  it('with an account of MySQL 4.0 causes fault 2059, with the name of the plugin', async () => {
    await mariadb.query(`create user ${USER} identified via mysql_old_password using '428567f408994404'`);
    const error = await loginError(mariadb.url(`${USER}:secret`));
    expect(error.errno).to.equal(2059);
    expect(error.message).to.match(/^Authentication plugin 'mysql_old_password' cannot be loaded: netsvc does not/);
  });
});

/** Logs in and returns the account. */
async function login(url: string): Promise<string> {
  await using pool = new ConnectionPool(parseMysqlUrl(url).connection, { connections: 1, connectWait: 5 });
  const connection = await pool.acquire();
  const [[account = ''] = []] = await connection.query('select current_user()');
  await pool.release(connection);
  return account;
}

function loginError(url: string): Promise<MysqlError> {
  return login(url).then(
    (account) => expect.fail(`logged in as ${account}`),
    (error: MysqlError) => error,
  );
}
