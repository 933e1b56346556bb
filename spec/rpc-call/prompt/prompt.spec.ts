import { readFile, stat } from 'node:fs/promises';
import { expect } from 'chai';
import { projectFile } from '../../support/project-file.js';
import { runs, untilItRuns } from '../../support/running-statement.js';
import { SuiteFolder } from '../../support/suite-folder.js';
import { suiteGateway } from '../../support/suite-gateway.js';
import { until } from '../../support/until.js';
import { CTRL_C, CTRL_D, Terminal, UP } from '../terminal.js';

describe('the prompt of bin/rpc-call', () => {
  const gateway = suiteGateway();
  const folder = new SuiteFolder('spec');

  const sessions = () => [...gateway.registry.sessions].length;
  const history = () => folder.file('rpc-call/history');
  const start = async (context: Mocha.Context, env: NodeJS.ProcessEnv = {}) => {
    const command = [projectFile('bin/rpc-call'), gateway.url];
    const terminal = Terminal.start(context, command, { XDG_STATE_HOME: folder.path, ...env });
    await terminal.until('database> ');
    return terminal;
  };

  it('runs statements of several lines, and quits', async function () {
    const terminal = await start(this);
    await terminal.ask("select 'a;b' as x,", '       -> ');
    await terminal.ask("'c", "       '> ");
    expect(await terminal.ask("d' as y; select 2;")).to.match(
      /\| a;b \| c\\nd \|\n(.*\n)*1 row in set \(\d+\.\d{3} sec\)\n(.*\n)*\| 2 \|/,
    );
    await terminal.quit();
    expect(sessions()).to.equal(0);
  });

  it('goes on after a fault', async function () {
    const terminal = await start(this);
    expect(await terminal.ask('select * from missing;')).to.contain(
      "fault 1: db -- Programming Error\n\n(1146, \"Table 'test.missing'",
    );
    expect(await terminal.ask('select 1\\G')).to.contain('1. row');
    terminal.type(CTRL_D);
    expect(await terminal.end()).to.include({ status: 0 });
  });

  it('prints its help', async function () {
    const terminal = await start(this);
    expect(await terminal.ask('\\h', 'ends the\nsession.')).to.contain('delimiter //');
    terminal.enter('quit');
    expect(await terminal.end()).to.include({ status: 0 });
  });

  it('stops the running statement on Ctrl-C, at once, and keeps the session', async function () {
    const terminal = await start(this);
    await terminal.ask('set @a = 5;');
    terminal.enter('select sleep(71);');
    await untilItRuns(gateway, 'select sleep(71)');
    const begun = performance.now();
    terminal.type(CTRL_C);
    expect(await terminal.until('database> ')).to.contain('interrupted');
    await until(async () => !(await runs(gateway, 'select sleep(71)')));
    expect(performance.now() - begun).to.be.lessThan(1900);
    expect(await terminal.ask('select @a;')).to.match(/\| +5 \|/);
    terminal.enter('exit');
    expect(await terminal.end()).to.include({ status: 0 });
  });

  it('runs statements after Ctrl-C among the rows of another', async function () {
    const terminal = await start(this);
    await terminal.ask('select a.seq, sleep(0.001) from numbers a, numbers b;', '+\n| ');
    terminal.type(CTRL_C);
    await terminal.until('interrupted');
    await terminal.ask('select 3 + 4;', '|     7 |');
    await terminal.quit();
  });

  it('discards what has been typed on Ctrl-C', async function () {
    const terminal = await start(this);
    await terminal.ask('select 1,', '       -> ');
    terminal.type(`2 ${CTRL_C}`);
    await terminal.until('^C');
    await terminal.until('database> ');
    expect(await terminal.ask('select 5;', '1 row in set')).to.contain('| 5 |');
    await terminal.quit();
  });

  it('closes the session on a second Ctrl-C, with status 130', async function () {
    const terminal = await start(this);
    terminal.type(CTRL_C);
    await terminal.until('to quit');
    terminal.type(CTRL_C);
    expect(await terminal.end()).to.include({ status: 130 });
    expect(sessions()).to.equal(0);
  });

  it('opens another session if the server has closed it', async function () {
    const terminal = await start(this);
    await Promise.all([...gateway.registry.sessions].map((session) => session.close()));
    await terminal.ask('select 1;', 'rpc-call: HTTP 404 Session closed\n');
    await terminal.ask('select 2;', '| 2 |');
    await terminal.quit();
  });

  it('remembers complete statements, and none with a password', async function () {
    const first = await start(this);
    for (const line of ['select 1;', 'select', '"password";', 'do "IDENTIFIED by";', 'select', '2;']) {
      await first.ask(line, '> ');
    }
    await first.quit();
    expect(await readFile(history(), 'utf8')).to.equal('select 1;\nselect\n\t2;\n');
    expect((await stat(history())).mode & 0o777).to.equal(0o600);

    const second = await start(this);
    second.type(`${UP}${UP}\r`);
    expect(await second.until('1 row in set')).to.contain('database> select 1;');
    await second.quit();
  });

  it('makes a history that others can read private', async function () {
    await folder.write('.rpc_call_history', 'select 1;\n', 0o644);
    const terminal = await start(this, { XDG_STATE_HOME: '', HOME: folder.path });
    await terminal.ask('select 2;', '1 row in set');
    await terminal.quit();
    expect(await readFile(folder.file('.rpc_call_history'), 'utf8')).to.equal('select 1;\nselect 2;\n');
    expect((await stat(folder.file('.rpc_call_history'))).mode & 0o777).to.equal(0o600);
  });

  it('prints rows to a file and the prompt to the terminal', async function () {
    const file = folder.file('rows');
    const command = ['sh', '-c', `"$0" "$1" > ${file}`, projectFile('bin/rpc-call'), gateway.url];
    const terminal = Terminal.start(this, command, { XDG_STATE_HOME: folder.path });
    await terminal.until('database> ');
    await terminal.ask('select 1 as a, null as b;', '1 row in set');
    await terminal.quit();
    expect(await readFile(file, 'utf8')).to.equal('a\tb\n1\tNULL\n');
  });
});

describe('bin/rpc-call in a terminal', () => {
  const gateway = suiteGateway();

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
    await untilItRuns(gateway, 'select sleep(73)');
    terminal.type(CTRL_C);
    expect(await terminal.end()).to.deep.equal({ status: 130, shown: '^C' });
    expect([...gateway.registry.sessions]).to.deep.equal([]);
    expect(await runs(gateway, 'select sleep(73)')).to.equal(false);
  });
});
