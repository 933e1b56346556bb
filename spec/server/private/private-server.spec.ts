import { mkdir, mkdtemp, readdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { MysqldProgram, SERVER_KINDS, ServerUnavailable } from '#lib/server/private/mysqld-program.js';
import { PrivateServer } from '#lib/server/private/private-server.js';
import { failureOf } from '../../support/client.js';
import { startPrivateServer, testDatabase } from '../../support/mariadb.js';
import { copyNewData } from '../../support/new-data.js';
import { runOnce } from '../../support/run-once.js';
import { SuiteFolder } from '../../support/suite-folder.js';
import { pend } from '../../support/test-server.js';

/** What servers print with --version. */
const VERSIONS = [
  ['MariaDB 10.11.19', 'mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)'],
  ['MariaDB 5.5.68', 'mysqld  Ver 5.5.68-MariaDB for Linux on x86_64 (MariaDB Server)'],
  ['MySQL 9.7.0', '/usr/sbin/mysqld  Ver 9.7.0 for Linux on x86_64 (MySQL Community Server - GPL)'],
  ['MySQL 8.4.5', "/usr/sbin/mysqld  Ver 8.4.5-5 for Linux on x86_64 (Percona Server (GPL), Release 5, Revision 'a1')"],
] as const;

describe('the private server', () => {
  const folder = new SuiteFolder('spec');

  before(function () {
    testDatabase(this);
  });

  /** Runs statements, each of which has one value. */
  const values = async ({ options }: PrivateServer, ...statements: string[]): Promise<unknown[]> => {
    const found: unknown[] = [];
    for (const statement of statements) found.push((await runOnce(options, statement))[0]?.[0]);
    return found;
  };

  it('is the server that is installed, without a TCP port, and keeps its data', async () => {
    const first = await PrivateServer.start(folder.path);
    const { kind, version } = first.program;
    const [running, networking] = await values(first, 'select version()', 'select @@skip_networking');
    expect(running).to.match(new RegExp(`^${version.replaceAll('.', '\\.')}`));
    expect(/mariadb/i.test(String(running)) ? 'MariaDB' : 'MySQL').to.equal(kind);
    expect(networking).to.equal(1);
    await values(first, 'create table kept (id int)', 'insert into kept values (7)');
    await first.stop();
    expect(await readdir(folder.path)).to.include(kind.toLowerCase());
    const second = await startPrivateServer(folder.path);
    expect(await values(second, 'select id from kept', 'select @@character_set_server')).to.deep.equal([7, 'utf8mb4']);
    await second.stop();
  });

  describe('with a path that is too long for a socket', () => {
    const { TMPDIR } = process.env;
    let temporary: string;
    let home: string;

    beforeEach(async () => {
      temporary = folder.file('tmp');
      await mkdir(temporary);
      process.env.TMPDIR = temporary;
      // 60 characters of two bytes each.
      home = folder.file('ä'.repeat(60));
    });

    afterEach(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });

    it('has its socket in a folder of temporary files, as long as it runs', async () => {
      const server = await startPrivateServer(home);
      expect(await readdir(temporary)).to.have.lengthOf(1);
      expect(await values(server, 'select 1')).to.deep.equal([1]);
      await server.stop();
      expect(await readdir(temporary)).to.deep.equal([]);
    });

    it('leaves no folder if it does not start', async () => {
      await copyNewData(home);
      const error = await failureOf(PrivateServer.start(home, ['--no-such-flag']));
      expect(error).to.be.an.instanceof(ServerUnavailable);
      expect(await readdir(temporary)).to.deep.equal([]);
    });

    it('removes the folder of one whose netsvc was killed', async () => {
      const { kind } = (await MysqldProgram.find()) ?? {};
      const left = await mkdtemp(join(temporary, 'netsvc-'));
      await mkdir(home);
      await symlink(join(left, 'server.sock'), join(home, `${kind?.toLowerCase()}.sock`));
      const server = await startPrivateServer(home);
      expect(await readdir(temporary))
        .to.have.lengthOf(1)
        .and.not.include(basename(left));
      await server.stop();
      expect(await readdir(temporary)).to.deep.equal([]);
    });
  });

  it('that does not start: an error with its name and reason', async () => {
    const { name } = (await MysqldProgram.find()) ?? {};
    await copyNewData(folder.path);
    const error = await failureOf(PrivateServer.start(folder.path, ['--no-such-option=1']));
    expect(error).to.be.instanceOf(ServerUnavailable);
    expect(String(error)).to.contain(`cannot start the private ${name}: `);
    expect(String(error)).to.match(/unknown variable 'no-such-option=1'/);
  });

  it('is not created if the data folder has data of a server that is not installed', async function () {
    const installed = await Promise.all(SERVER_KINDS.map((kind) => MysqldProgram.find([kind])));
    const missing = SERVER_KINDS[installed.indexOf(undefined)];
    if (missing === undefined) pend(this, 'MySQL and MariaDB are installed');
    await mkdir(folder.file(missing.toLowerCase()));
    const error = await failureOf(PrivateServer.start(folder.path));
    expect(error).to.be.instanceOf(ServerUnavailable);
    expect(String(error)).to.contain(`cannot use data folder ${folder.path}: it requires ${missing}`);
  });

  for (const [name, printed] of VERSIONS) {
    it(`is recognised: ${name}`, async () => {
      const path = await folder.write('mysqld', `#!/bin/sh\ncat <<'END'\n${printed}\nEND\n`, 0o755);
      expect((await MysqldProgram.at(path)).name).to.equal(name);
    });
  }

  it('is no other program', async () => {
    const error = await failureOf(MysqldProgram.at('/bin/true'));
    expect(error).to.be.instanceOf(ServerUnavailable);
    expect(String(error)).to.contain('/bin/true is not a MySQL or MariaDB server');
  });
});
