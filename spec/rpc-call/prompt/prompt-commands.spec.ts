import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { rpcCall } from '../../support/command.js';
import { projectFile } from '../../support/project-file.js';
import { SuiteFolder } from '../../support/suite-folder.js';
import { suiteGateway } from '../../support/suite-gateway.js';
import { CTRL_C, CTRL_R, Terminal, UP } from '../terminal.js';

/** Databases of this spec. The second name needs quotes. */
const SCHEMA = 'rpc_call_prompt';
const OTHER = 'rpc-call docs';

describe('the commands of the prompt', () => {
  const gateway = suiteGateway();
  const folder = new SuiteFolder('spec');

  before(async () => {
    for (const statement of [
      `drop database if exists ${SCHEMA}`,
      `drop database if exists \`${OTHER}\``,
      `create database ${SCHEMA}`,
      `create database \`${OTHER}\``,
      `create table ${SCHEMA}.parts (id int, name varchar(20), \`order\` int, price_in_cents int)`,
      `insert into ${SCHEMA}.parts values (1, 'nut', 2, 25)`,
      `create table ${SCHEMA}.part_lists (part_number int)`,
      `create table \`${OTHER}\`.pages (headline text)`,
    ]) {
      await gateway.execute(statement);
    }
  });

  const start = async (context: Mocha.Context, env: NodeJS.ProcessEnv = {}) => {
    const command = [projectFile('bin/rpc-call'), gateway.url];
    const terminal = Terminal.start(context, command, { XDG_STATE_HOME: folder.path, ...env });
    await terminal.until('database> ');
    return terminal;
  };
  /** Presses Tab until the line is completed, since names arrive in the background. */
  const complete = async (terminal: Terminal, typed: string, completed: string) => {
    terminal.type(typed);
    await terminal.tab(completed);
    terminal.type(CTRL_C);
    await terminal.until('^C');
    await terminal.until('> ');
  };

  it('follows use, in all its forms', async function () {
    const terminal = await start(this);
    const script = await folder.write('use.sql', `USE ${SCHEMA};\nselect 1;\n`);
    for (const [typed, name] of [
      [`use ${SCHEMA}`, SCHEMA],
      [`use ${OTHER.replace(' ', ' ')};`, SCHEMA],
      [`use \`${OTHER}\`;`, OTHER],
      [`source ${script}`, SCHEMA],
      [`\\u '${OTHER}'`, OTHER],
      [`/* a comment */ USE\n${SCHEMA};`, SCHEMA],
      [`select 1; use \`${OTHER}\`;`, OTHER],
    ] as const) {
      await terminal.ask(typed, `\n${name}> `);
    }
    await gateway.execute(`create database ${SCHEMA}_2`);
    await terminal.ask(`use ${SCHEMA}_2`, `\n${SCHEMA}_2> `);
    await terminal.ask(`drop database ${SCHEMA}_2;`, '\n(none)> ');
    await terminal.quit();
  });

  it('keeps the current database if the server closes the session', async function () {
    const terminal = await start(this);
    await terminal.ask(`use ${SCHEMA};`, `\n${SCHEMA}> `);
    await Promise.all([...gateway.registry.sessions].map((session) => session.close()));
    await terminal.ask('select 1;', 'Session closed');
    await terminal.until(`\n${SCHEMA}> `);
    await terminal.ask('select name from parts;', '| nut  |');
    await terminal.until(`\n${SCHEMA}> `);
    await terminal.quit();
  });

  it('completes words, tables, columns and databases', async function () {
    const terminal = await start(this);
    await terminal.ask(`use ${SCHEMA};`, `\n${SCHEMA}> `);
    await complete(terminal, 'select pri', 'ce_in_cents');
    await complete(terminal, 'SEL', 'ECT');
    await complete(terminal, 'select 1 PRIV', 'ILEGES');
    await complete(terminal, 'select * from parts where pr', 'ice_in_cents');
    await complete(terminal, 'select PRICE', 'price_in_cents');
    await complete(terminal, 'select 1 from parts p where p.pri', 'ce_in_cents');
    await complete(terminal, 'update part_', 'lists');
    await complete(terminal, 'select * from parts order by parts.ord', '`order`');
    await complete(terminal, 'use rpc-', '`rpc-call docs`');
    await complete(terminal, `select * from \`${OTHER}\`.`, 'pages');
    await complete(terminal, `select \`${OTHER}\`.pages.`, 'headline');
    await terminal.ask('select', '-> ');
    await complete(terminal, 'id from parts where pri', 'ce_in_cents');
    await terminal.ask('create table later_made (a int);', `\n${SCHEMA}> `);
    await complete(terminal, 'select * from late', 'r_made');
    terminal.type('select "pri\t";\r');
    await terminal.until('| pri |');
    await terminal.quit();
  });

  it('lists what Tab can complete, and takes keys that come with it', async function () {
    const terminal = await start(this);
    await terminal.ask(`use ${SCHEMA};`, `\n${SCHEMA}> `);
    await complete(terminal, 'select * from parts where pr', 'ice_in_cents');
    terminal.type('select name from par\t\t');
    expect(await terminal.until(`\n${SCHEMA}> select name from part`)).to.match(/part_lists +parts\n/);
    terminal.type('s where pri\t = 25;\r');
    await terminal.until('| nut  |');
    terminal.type('\u001b[200~select\n\t7,\n\tpri\t+ 1\u001b[201~');
    await terminal.until('+ 1');
    terminal.type(CTRL_C);
    await terminal.quit();
  });

  it('recalls statements of several lines, also in another prompt', async function () {
    const first = await start(this);
    await first.ask('select 1,', '-> ');
    await first.ask('\t2;');
    await first.ask('select 3;');
    first.type(`${UP}${UP}\r`);
    await first.until('| 1 | 2 |');
    await first.quit();
    expect(await readFile(folder.file('rpc-call/history'), 'utf8')).to.equal(
      'select 1,\n\t\t2;\nselect 3;\nselect 1,\n\t\t2;\n',
    );
    const second = await start(this);
    second.type(`${UP}\r`);
    await second.until('| 1 | 2 |');
    await second.quit();
  });

  it('searches the history on Ctrl-R', async function () {
    await folder.write('.rpc_call_history', 'select 41;\nselect 42,\n\t43;\nselect 5;\n');
    const terminal = await start(this, { XDG_STATE_HOME: '', HOME: folder.path });
    terminal.type(CTRL_R);
    await terminal.until("(reverse-i-search)'': ");
    terminal.type('4');
    await terminal.until('select 42');
    terminal.type(CTRL_R);
    await terminal.until("'4': select 41;");
    terminal.type(CTRL_R);
    await terminal.until('(failed reverse-i-search)');
    terminal.type('\r');
    await terminal.until('| 41 |');
    terminal.type(`${CTRL_R}43\r`);
    await terminal.until('| 42 | 43 |');
    await terminal.until('database> ');
    terminal.type(`sel${CTRL_R}41\u0007`);
    await terminal.until('database> sel');
    terminal.type('ect 6;\r');
    await terminal.until('| 6 |');
    await terminal.quit();
  });

  it('prints rows that fit into the terminal, and long bytes short', async function () {
    const terminal = await start(this);
    terminal.enter("select repeat(x'ab', 256) as a, repeat(x'cd', 32) as b;");
    const bytes = `0x${'AB'.repeat(16)}... (256 bytes)`;
    expect(await terminal.until('database> ')).to.contain(`\na: ${bytes}\nb: 0x${'CD'.repeat(32)}\n`);
    expect(await terminal.ask("select repeat(x'ab', 256) as a;")).to.contain(`\n| ${bytes} |\n`);
    expect(await terminal.ask("select repeat('a', 60) as a, repeat('b', 33) as b;")).to.contain(
      `\n| ${'a'.repeat(60)} | ${'b'.repeat(33)} |\n`,
    );
    expect(await terminal.ask("select repeat('a', 60) as a, repeat('b', 34) as b;")).to.contain(
      `\na: ${'a'.repeat(60)}\nb: ${'b'.repeat(34)}\n`,
    );
    expect(await terminal.ask("select repeat(x'ab', 64) as a\\G")).to.contain(`\na: 0x${'AB'.repeat(64)}\n`);
    expect(await terminal.ask('select * from parts where 1 = 0;'.replace('parts', `${SCHEMA}.parts`))).to.contain(
      'Empty set',
    );
    await terminal.quit();
  });

  it('shows rows with a pager', async function () {
    const terminal = await start(this, { PAGER: 'tr 5 Z; echo end' });
    await terminal.ask('pager');
    expect(await terminal.ask('select 555;')).to.match(/\| ZZZ \|\n.*\nend\n1 row in set/);
    expect(await terminal.ask('set @a = 1;')).to.match(/;\nQuery OK/);
    await terminal.ask('pager head -n 1');
    expect(await terminal.ask('select a.seq from numbers a, numbers b;')).to.not.contain('|');
    await terminal.ask('\\n');
    await terminal.ask('select 5;', '| 5 |');
    await terminal.quit();
  });

  it('tells its status', async function () {
    const terminal = await start(this);
    for (const command of ['\\s', 'status', 'STATUS;']) {
      expect(await terminal.ask(command)).to.match(/URL: +http:.*\nCurrent database: +\w+\n/);
    }
    await terminal.quit();
  });

  it('discards a statement with \\c', async function () {
    const terminal = await start(this);
    await terminal.ask('select nothing', '-> ');
    await terminal.ask('\\c');
    await terminal.ask('select 8;', '| 8 |');
    await terminal.quit();
  });

  it('edits a statement', async function () {
    const terminal = await start(this, { EDITOR: 'sed -i s/nothing/99/' });
    await terminal.ask('select', '-> ');
    await terminal.ask('nothing;\\e');
    await terminal.ask('\\e', 'database> select\n99;');
    terminal.type('\r');
    await terminal.until('| 99 |');
    await terminal.quit();
  });

  it('runs the statements of a file, up to the first fault', async function () {
    const text = 'select 1;\nsource other.sql\nselect\nmissing;\nselect 3;\n';
    const script = await folder.write('a script.sql', text);
    await folder.write('other.sql', 'delimiter //\nselect 2//\n');
    const terminal = await start(this);
    await terminal.ask('\\. missing.sql', 'rpc-call: missing.sql: no such file');
    await terminal.until('database> ');
    await terminal.ask(`source ${folder.file('other.sql')};`, '| 2 |');
    await terminal.until('database> ');
    await terminal.ask(`\\. '${script}'`, '| 1 |');
    await terminal.until('rpc-call: other.sql: no such file');
    await folder.write('a script.sql', text.replace('source other.sql\n', ''));
    const shown = await terminal.ask(`source ${script}`);
    await terminal.quit();
    expect(shown).to.not.contain('| 3 |');
  });

  it('refuses the commands of mysql that do not exist, and letters that are none', async function () {
    const terminal = await start(this);
    for (const command of ['tee a.txt', '\\! id', 'system id;', '\\T a', 'prompt x', '\\y', 'select 1 \\W']) {
      await terminal.ask(command, 'rpc-call: ');
      await terminal.until('> ');
    }
    terminal.type(CTRL_C);
    await terminal.until('database> ');
    await terminal.quit();
  });
});

describe('the commands of scripts', () => {
  const gateway = suiteGateway();
  const folder = new SuiteFolder();

  const script = (input: string, ...args: string[]) => rpcCall([gateway.url, '--raw', ...args], input);

  it('run other files, and end the script', async () => {
    const file = await folder.write('inner.sql', 'select 2;\nquit\nselect 3;');
    const { status, stdout } = await script(`select 1;\nsource ${file}\nselect 4;\n\\q\nselect 5;\n`);
    expect([status, stdout]).to.deep.equal([0, '1\n2\n4\n']);
  });

  it('tell the file and the line of a fault', async () => {
    const file = await folder.write('fault.sql', 'select 1;\n\nselect nothing;\n');
    expect((await script(`source ${file}`)).stderr).to.match(new RegExp(`^fault 1054 at line 3 of ${file}: `));
  });

  it('refuse files that contain each other without end', async () => {
    const file = folder.file('endless.sql');
    await folder.write('endless.sql', `source ${file}`);
    const { status, stderr } = await script(`source ${file}`);
    expect([status, stderr]).to.deep.equal([2, 'rpc-call: source: more than 16 files that contain each other\n']);
  });

  it('are refused if they do not exist', async () => {
    const { status, stdout, stderr } = await script('select 1;\ntee a.txt\nselect 2;\n');
    expect([status, stdout]).to.deep.equal([2, '1\n']);
    expect(stderr).to.equal('rpc-call: line 2: there is no command tee, as in mysql (\\h lists the commands)\n');
    expect((await script('select 1;\npager less\nselect 2;\n', '--force')).stdout).to.equal('1\n2\n');
  });
});
