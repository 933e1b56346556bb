import { expect } from 'chai';
import { createConnection } from 'mysql2';
import { isPluginError, unsupportedPlugin } from '#lib/database/driver/driver-internals.js';
import type { MysqlError } from '#lib/database/errors/mysql-error.js';
import { ConnectionPool, parseMysqlUrl } from '#lib/database/index.js';
import { StartFailure } from '#lib/server/configuration/problems.js';
import { faultOf } from '../../support/client.js';
import { DatabaseGateway } from '../../support/database-gateway.js';
import { type FakeConnection, FakeServer } from '../../support/fake-server.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { SuiteFolder } from '../../support/suite-folder.js';

/** The text of the error for a plugin that netsvc does not support. */
const unsupported = (plugin: string) =>
  `Authentication plugin '${plugin}' cannot be loaded: netsvc does not support it (use an account with ` +
  'caching_sha2_password, or in MariaDB with ed25519, parsec or mysql_native_password)';

describe('a server that requests an authentication plugin', () => {
  let server: FakeServer;
  const folder = new SuiteFolder();

  afterEach(() => server?.stop());

  const url = () => `mysql://root:secret@127.0.0.1:${server.port}/test`;

  const connectError = async (at: string): Promise<MysqlError> => {
    await using pool = new ConnectionPool(parseMysqlUrl(at).connection, { connections: 1, connectWait: 2 });
    return pool.check().then(
      () => expect.fail('it connected'),
      (error: MysqlError) => error,
    );
  };

  it('that netsvc does not support causes fault 2059, with the name of the plugin', async () => {
    server = await FakeServer.greeting(async (connection) => {
      await connection.requestPlugin('authentication_webauthn_client');
    });
    const gateway = await DatabaseGateway.start(url());
    const string = `mysql -- ${unsupported('authentication_webauthn_client')}`;
    expect(await faultOf(gateway.execute('select 1'))).to.deep.equal({ code: 2059, string });
    expect(await faultOf((await gateway.cursor()).execute('select 1'))).to.deep.equal({ code: 2059, string });
    await gateway.stop();
  });

  it('that netsvc does not support ends the start', async () => {
    server = await FakeServer.greeting(async (connection) => {
      await connection.requestPlugin('auth_gssapi_client');
    });
    const error = await RunningServer.start(['--database', url()]).catch((error: Error) => error);
    expect(error).to.be.instanceOf(StartFailure);
    expect(error).to.have.property('message', `database database: ${unsupported('auth_gssapi_client')}`);
  });

  it('that asks questions (PAM) causes an error that says how to avoid them', async () => {
    server = await FakeServer.greeting(async (connection) => {
      await connection.requestPlugin('dialog', Buffer.from('\x04Password: '));
    });
    const { errno, message } = await connectError(url());
    expect(errno).to.equal(2059);
    expect(message).to.equal(
      "Authentication plugin 'dialog' cannot be loaded: netsvc does not support it (set pam_use_cleartext_plugin in " +
        'MariaDB, and use TLS or a Unix socket)',
    );
  });

  describe('mysql_clear_password', () => {
    let received: Buffer | undefined;
    const requestPassword = async (connection: FakeConnection) => {
      received = await connection.requestPlugin('mysql_clear_password', Buffer.alloc(0));
      connection.sendError(1045, 'Access denied', '28000');
    };

    beforeEach(() => {
      received = undefined;
    });

    it('gets the password through a Unix socket', async () => {
      const socket = folder.file('fake.sock');
      server = await FakeServer.greeting(requestPassword, socket);
      const { errno } = await connectError(
        `mysql://root:p%C3%A4ss@localhost/test?socket=${encodeURIComponent(socket)}`,
      );
      expect(errno).to.equal(1045);
      expect(received).to.deep.equal(Buffer.from('päss\0'));
    });

    it('gets no password without TLS', async () => {
      server = await FakeServer.greeting(requestPassword);
      const { errno, message } = await connectError(url());
      expect(errno).to.equal(2059);
      expect(message).to.equal(
        "Authentication plugin 'mysql_clear_password' cannot be loaded: it would send the password unencrypted " +
          '(connect with TLS or through a Unix socket)',
      );
      expect(received).to.equal(undefined);
    });
  });

  it('and then violates its protocol causes fault 2061', async () => {
    server = await FakeServer.greeting(async (connection) => {
      await connection.requestPlugin('parsec', Buffer.alloc(32));
      connection.send(Buffer.of(1), 'P\xff', 'salt');
    });
    const { errno, message } = await connectError(url());
    expect(errno).to.equal(2061);
    expect(message).to.equal('Authentication plugin reported error: parsec: too many rounds of key derivation');
  });
});

describe('a server that refuses a client before it greets it', () => {
  // MySQL sends these without an SQL state.
  const errors: [number, string][] = [
    [1040, 'Too many connections'],
    [1129, "Host '10.0.0.1' is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'"],
    [1130, "Host '10.0.0.1' is not allowed to connect to this MySQL server"],
  ];
  for (const [errno, message] of errors) {
    it(`causes fault ${errno}`, async () => {
      const server = await FakeServer.start(async (connection) => connection.sendError(errno, message));
      const url = `mysql://root@127.0.0.1:${server.port}/test`;
      const gateway = await DatabaseGateway.start(url, { connectWait: 0.3 });
      expect(await faultOf(gateway.execute('select 1'))).to.deep.equal({ code: errno, string: `mysql -- ${message}` });
      await gateway.stop();
      await server.stop();
    });
  }
});

describe('the internals of mysql2 for authentication', () => {
  const requests: [string, string | undefined][] = [
    ['auth_gssapi_client', 'auth_gssapi_client'],
    ['', 'mysql_old_password'],
    ['mysql_clear_password', 'mysql_clear_password'],
  ];
  for (const [name, plugin] of requests) {
    it(`error.message names the plugin that the server requests: ${plugin}`, async () => {
      const server = await FakeServer.greeting(async (connection) => {
        if (name === '') connection.send(Buffer.of(0xfe));
        else await connection.requestPlugin(name);
      });
      const driver = createConnection({ host: '127.0.0.1', port: server.port });
      const error = await new Promise<NodeJS.ErrnoException>((resolve) => driver.on('error', resolve));
      expect(isPluginError(error)).to.equal(true);
      expect(unsupportedPlugin(error)).to.equal(plugin);
      driver.destroy();
      await server.stop();
    });
  }
});
