import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { projectFile } from '../../support/project-file.js';
import { until } from '../../support/until.js';
import { CTRL_C, CTRL_D, Terminal, UP } from '../terminal.js';

describe('the prompt of bin/rpc-call', () => {
  let gateway: DatabaseGateway;
  let folder: string;

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this));
  });

  after(() => gateway?.stop());

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rpc-call-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  const sessions = () => [...gateway.registry.sessions].length;
  const history = () => join(folder, 'rpc-call', 'history');
  const start = (context: Mocha.Context, ...args: string[]) =>
    Terminal.start(context, [projectFile('bin/rpc-call'), gateway.url, ...args], { XDG_STATE_HOME: folder });
  const runs = async (statement: string) =>
    JSON.stringify(
      await gateway.execute('select count(*) from information_schema.processlist where info = %s', [statement]),
    ) === '[[1]]';

  it('runs statements of several lines, and quits', async function () {
    const terminal = start(this);
    await terminal.until('database> ');
    terminal.enter("select 'a;b' as x,");
    await terminal.until('       -> ');
    terminal.enter("'c");
    await terminal.until("       '> ");
    terminal.enter("d' as y; select 2;");
    expect(await terminal.until('database> ')).to.match(
      /\| a;b \| c\\nd \|\n(.*\n)*1 row in set \(\d+\.\d{3} sec\)\n(.*\n)*\| 2 \|/,
    );
    terminal.enter('\\q');
    expect(await terminal.end()).to.include({ status: 0 });
    expect(sessions()).to.equal(0);
  });

  it('goes on after a fault', async function () {
    const terminal = start(this);
    await terminal.until('database> ');
    terminal.enter('select * from missing;');
    expect(await terminal.until('database> ')).to.contain(
      "fault 1: db -- Programming Error\n\n(1146, \"Table 'test.missing'",
    );
    terminal.enter('select 1\\G');
    expect(await terminal.until('database> ')).to.contain('1. row');
    terminal.type(CTRL_D);
    expect(await terminal.end()).to.include({ status: 0 });
  });

  it('prints its help', async function () {
    const terminal = start(this);
    await terminal.until('database> ');
    terminal.enter('\\h');
    expect(await terminal.until('ends the\nsession.')).to.contain('delimiter //');
    terminal.enter('quit');
    expect(await terminal.end()).to.include({ status: 0 });
  });

  it('stops the running statement on Ctrl-C, at once, and keeps the session', async function () {
    const terminal = start(this);
    await terminal.until('database> ');
    terminal.enter('set @a = 5;');
    await terminal.until('database> ');
    terminal.enter('select sleep(71);');
    await until(() => runs('select sleep(71)'));
    const begun = performance.now();
    terminal.type(CTRL_C);
    expect(await terminal.until('database> ')).to.contain('interrupted');
    await until(async () => !(await runs('select sleep(71)')));
    expect(performance.now() - begun).to.be.lessThan(1900);
    terminal.enter('select @a;');
    expect(await terminal.until('database> ')).to.match(/\| +5 \|/);
    terminal.enter('exit');
    expect(await terminal.end()).to.include({ status: 0 });
  });

  it('runs statements after Ctrl-C among the rows of another', async function () {
    const terminal = start(this);
    await terminal.until('database> ');
    terminal.enter('select a.seq, sleep(0.001) from numbers a, numbers b;');
    await terminal.until('+\n| ');
    terminal.type(CTRL_C);
    await terminal.until('interrupted');
    terminal.enter('select 3 + 4;');
    await terminal.until('|     7 |');
    terminal.enter('\\q');
    expect(await terminal.end()).to.include({ status: 0 });
  });

  it('discards what has been typed on Ctrl-C', async function () {
    const terminal = start(this);
    await terminal.until('database> ');
    terminal.enter('select 1,');
    await terminal.until('       -> ');
    terminal.type(`2 ${CTRL_C}`);
    await terminal.until('^C');
    await terminal.until('database> ');
    terminal.enter('select 5;');
    expect(await terminal.until('1 row in set')).to.contain('| 5 |');
    terminal.enter('\\q');
    expect(await terminal.end()).to.include({ status: 0 });
  });

  it('closes the session on a second Ctrl-C, with status 130', async function () {
    const terminal = start(this);
    await terminal.until('database> ');
    terminal.type(CTRL_C);
    await terminal.until('to quit');
    terminal.type(CTRL_C);
    expect(await terminal.end()).to.include({ status: 130 });
    expect(sessions()).to.equal(0);
  });

  it('opens another session if the server has closed it', async function () {
    const terminal = start(this);
    await terminal.until('database> ');
    await Promise.all([...gateway.registry.sessions].map((session) => session.close()));
    terminal.enter('select 1;');
    await terminal.until('rpc-call: HTTP 404 Session closed\n');
    terminal.enter('select 2;');
    await terminal.until('| 2 |');
    terminal.enter('\\q');
    expect(await terminal.end()).to.include({ status: 0 });
  });

  it('remembers complete statements, and none with a password', async function () {
    const first = start(this);
    await first.until('database> ');
    for (const line of ['select 1;', 'select', '"password";', 'do "IDENTIFIED by";', 'select', '2;']) {
      first.enter(line);
      await first.until('> ');
    }
    first.enter('\\q');
    await first.end();
    expect(await readFile(history(), 'utf8')).to.equal('select 1;\nselect\n\t2;\n');
    expect((await stat(history())).mode & 0o777).to.equal(0o600);

    const second = start(this);
    await second.until('database> ');
    second.type(`${UP}${UP}\r`);
    expect(await second.until('1 row in set')).to.contain('database> select 1;');
    second.enter('\\q');
    await second.end();
  });

  it('makes a history that others can read private', async function () {
    await writeFile(join(folder, '.rpc_call_history'), 'select 1;\n', { mode: 0o644 });
    const command = [projectFile('bin/rpc-call'), gateway.url];
    const terminal = Terminal.start(this, command, { XDG_STATE_HOME: '', HOME: folder });
    await terminal.until('database> ');
    terminal.enter('select 2;');
    await terminal.until('1 row in set');
    terminal.enter('\\q');
    await terminal.end();
    expect(await readFile(join(folder, '.rpc_call_history'), 'utf8')).to.equal('select 1;\nselect 2;\n');
    expect((await stat(join(folder, '.rpc_call_history'))).mode & 0o777).to.equal(0o600);
  });

  it('prints rows to a file and the prompt to the terminal', async function () {
    const file = join(folder, 'rows');
    const command = ['sh', '-c', `"$0" "$1" > ${file}`, projectFile('bin/rpc-call'), gateway.url];
    const terminal = Terminal.start(this, command, { XDG_STATE_HOME: folder });
    await terminal.until('database> ');
    terminal.enter('select 1 as a, null as b;');
    await terminal.until('1 row in set');
    terminal.enter('\\q');
    await terminal.end();
    expect(await readFile(file, 'utf8')).to.equal('a\tb\n1\tNULL\n');
  });
});

describe('bin/rpc-call in a terminal', () => {
  let gateway: DatabaseGateway;

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this));
  });

  after(() => gateway?.stop());

  it('prints a table and the number of rows', async function () {
    const terminal = Terminal.start(this, [projectFile('bin/rpc-call'), gateway.url, '--sql', 'select 1 as a']);
    const { status, shown } = await terminal.end();
    expect(status).to.equal(0);
    expect(shown).to.match(/^\+---\+\n\| a \|\n\+---\+\n\| 1 \|\n\+---\+\n1 row in set \(\d+\.\d{3} sec\)\n$/);
  });

  it('shows its progress if rows go elsewhere and take more than a second', async function () {
    const command = [projectFile('bin/rpc-call'), gateway.url, '--sql', 'select sleep(1.1)'];
    const terminal = Terminal.start(this, ['sh', '-c', '"$0" "$@" > /dev/null', ...command]);
    expect(await terminal.end()).to.deep.equal({ status: 0, shown: '\r1 row\r' });
  });

  it('closes the session on Ctrl-C, with status 130', async function () {
    const terminal = Terminal.start(this, [projectFile('bin/rpc-call'), gateway.url, '--sql', 'select sleep(73)']);
    const running = "select count(*) from information_schema.processlist where info = 'select sleep(73)'";
    await until(async () => JSON.stringify(await gateway.execute(running)) === '[[1]]');
    terminal.type(CTRL_C);
    expect(await terminal.end()).to.deep.equal({ status: 130, shown: '^C' });
    expect([...gateway.registry.sessions]).to.deep.equal([]);
    expect(await gateway.execute(running)).to.deep.equal([[0]]);
  });
});
