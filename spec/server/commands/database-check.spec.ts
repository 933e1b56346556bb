import { chmod } from 'node:fs/promises';
import { expect } from 'chai';
import { LOCKOUT_WARNING } from '#lib/server/instance/account-check.js';
import { netsvc } from '../../support/command.js';
import { DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { SuiteFolder } from '../../support/suite-folder.js';

describe('netsvc --check-database', () => {
  const folder = new SuiteFolder();
  let mysql: string;

  before(function () {
    mysql = testDatabase(this);
  });

  const check = async (databases: object) =>
    netsvc(['--config', await folder.write('netsvc.yaml', { databases }), '--check-database']);

  it('connects to each database, and prints its server', async () => {
    const gateway = await DatabaseGateway.start(mysql);
    const [[version]] = (await gateway.execute('select version()')) as [[string]];
    await gateway.stop();
    const [number = ''] = /^[\d.]+/.exec(version) ?? [];
    const kind = /mariadb/i.test(version) ? 'MariaDB' : 'MySQL';
    const warning = `warning: ${LOCKOUT_WARNING}`;
    expect(await check({ shop: { url: mysql }, 'old/stock': { url: mysql } })).to.deep.equal({
      status: 0,
      stdout:
        `database shop: ok (${kind} ${number})\ndatabase shop: ${warning}\n` +
        `database old/stock: ok (${kind} ${number})\ndatabase old/stock: ${warning}\n`,
      stderr: '',
    });
  });

  it('exits with status 1 if a database cannot be used, and prints why, for each', async () => {
    const { status, stdout, stderr } = await check({
      closed: { url: 'mysql://root:secret@127.0.0.1:1/x' },
      missing: { url: 'mysql://localhost/x?socket=/none' },
      denied: { url: mysql.replace('//root@', '//nobody:secret@') },
      broken: { url: mysql, init: ['select nonsense'] },
      shop: { url: mysql },
    });
    expect([status, stderr]).to.deep.equal([1, '']);
    expect(stdout).to.not.contain('secret');
    const lines = stdout.split('\n');
    expect(lines).to.have.lengthOf(7);
    expect(lines[0]).to.equal("database closed: Can't connect to MySQL server on '127.0.0.1:1' (connection refused)");
    expect(lines[1]).to.equal(
      "database missing: Can't connect to local MySQL server through socket '/none' (no such file)",
    );
    expect(lines[2]).to.match(/^database denied: Access denied for user 'nobody'@'localhost'/);
    expect(lines[3]).to.match(/^database broken: init statement "select nonsense": Unknown column 'nonsense'/);
    expect(lines[4]).to.match(/^database shop: ok \(/);
  });

  it('says that a private server would be started if there are no databases', async () => {
    expect(await check({})).to.deep.equal({
      status: 0,
      stdout: 'No databases are configured: netsvc starts a private server.\n',
      stderr: '',
    });
  });

  it('warns of the configuration first, as --check-config does', async () => {
    await chmod(folder.path, 0o755);
    const password = 'mysql://root:secret@127.0.0.1:1/x';
    const { status, stdout } = await check({ closed: { url: password } });
    expect(status).to.equal(1);
    expect(stdout).to.match(
      /^\S+:1: warning: URL with a password in \S+ can be read by everybody .*\ndatabase closed: /,
    );
  });

  it('validates the configuration first', async () => {
    const { status, stdout, stderr } = await check({ shop: { url: mysql, nul: 'empty' } });
    expect([status, stdout]).to.deep.equal([2, '']);
    expect(stderr).to.match(/:1: databases\.shop: unknown key "nul" \(known: .*, nulls, .*\)\n$/);
  });
});
