import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { rpcCall } from '../../support/command.js';
import { DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { projectFile } from '../../support/project-file.js';
import { CTRL_C, CTRL_R, Terminal, UP } from '../terminal.js';

/** Databases of this spec. The second name needs quotes. */
const SCHEMA = 'rpc_call_prompt';
const OTHER = 'rpc-call docs';

describe('the commands of the prompt', () => {
  let gateway: DatabaseGateway;
  let folder: string;

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this));
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

  after(async () => {
    await gateway?.execute(`drop database ${SCHEMA}`);
    await gateway?.execute(`drop database \`${OTHER}\``);
    await gateway?.stop();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rpc-call-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  const start = async (context: Mocha.Context, env: NodeJS.ProcessEnv = {}) => {
    const command = [projectFile('bin/rpc-call'), gateway.url];
    const terminal = Terminal.start(context, command, { XDG_STATE_HOME: folder, ...env });
    await terminal.until('database> ');
    return terminal;
  };
  const quit = async (terminal: Terminal) => {
    terminal.enter('\\q');
    expect(await terminal.end()).to.include({ status: 0 });
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
    const script = join(folder, 'use.sql');
    await writeFile(script, `USE ${SCHEMA};\nselect 1;\n`);
    for (const [typed, name] of [
      [`use ${SCHEMA}`, SCHEMA],
      [`use ${OTHER.replace(' ', ' ')};`, SCHEMA],
      [`use \`${OTHER}\`;`, OTHER],
      [`source ${script}`, SCHEMA],
      [`\\u '${OTHER}'`, OTHER],
      [`/* a comment */ USE\n${SCHEMA};`, SCHEMA],
      [`select 1; use \`${OTHER}\`;`, OTHER],
    ] as const) {
      terminal.enter(typed);
      await terminal.until(`\n${name}> `);
    }
    await gateway.execute(`create database ${SCHEMA}_2`);
    terminal.enter(`use ${SCHEMA}_2`);
    await terminal.until(`\n${SCHEMA}_2> `);
    terminal.enter(`drop database ${SCHEMA}_2;`);
    await terminal.until('\n(none)> ');
    await quit(terminal);
  });

  it('keeps the current database if the server closes the session', async function () {
    const terminal = await start(this);
    terminal.enter(`use ${SCHEMA};`);
    await terminal.until(`\n${SCHEMA}> `);
    await Promise.all([...gateway.registry.sessions].map((session) => session.close()));
    terminal.enter('select 1;');
    await terminal.until('Session closed');
    await terminal.until(`\n${SCHEMA}> `);
    terminal.enter('select name from parts;');
    await terminal.until('| nut  |');
    await terminal.until(`\n${SCHEMA}> `);
    await quit(terminal);
  });

  it('completes words, tables, columns and databases', async function () {
    const terminal = await start(this);
    terminal.enter(`use ${SCHEMA};`);
    await terminal.until(`\n${SCHEMA}> `);
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
    terminal.enter('select');
    await terminal.until('-> ');
    await complete(terminal, 'id from parts where pri', 'ce_in_cents');
    terminal.enter('create table later_made (a int);');
    await terminal.until(`\n${SCHEMA}> `);
    await complete(terminal, 'select * from late', 'r_made');
    terminal.type('select "pri\t";\r');
    await terminal.until('| pri |');
    await quit(terminal);
  });

  it('lists what Tab can complete, and takes keys that come with it', async function () {
    const terminal = await start(this);
    terminal.enter(`use ${SCHEMA};`);
    await terminal.until(`\n${SCHEMA}> `);
    await complete(terminal, 'select * from parts where pr', 'ice_in_cents');
    terminal.type('select name from par\t\t');
    expect(await terminal.until(`\n${SCHEMA}> select name from part`)).to.match(/part_lists +parts\n/);
    terminal.type('s where pri\t = 25;\r');
    await terminal.until('| nut  |');
    terminal.type('\u001b[200~select\n\t7,\n\tpri\t+ 1\u001b[201~');
    await terminal.until('+ 1');
    terminal.type(CTRL_C);
    await quit(terminal);
  });

  it('recalls statements of several lines, also in another prompt', async function () {
    const first = await start(this);
    first.enter('select 1,');
    await first.until('-> ');
    first.enter('\t2;');
    await first.until('database> ');
    first.enter('select 3;');
    await first.until('database> ');
    first.type(`${UP}${UP}\r`);
    await first.until('| 1 | 2 |');
    await quit(first);
    const history = join(folder, 'rpc-call', 'history');
    expect(await readFile(history, 'utf8')).to.equal('select 1,\n\t\t2;\nselect 3;\nselect 1,\n\t\t2;\n');
    const second = await start(this);
    second.type(`${UP}\r`);
    await second.until('| 1 | 2 |');
    await quit(second);
  });

  it('searches the history on Ctrl-R', async function () {
    await writeFile(join(folder, '.rpc_call_history'), 'select 41;\nselect 42,\n\t43;\nselect 5;\n');
    const terminal = await start(this, { XDG_STATE_HOME: '', HOME: folder });
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
    await quit(terminal);
  });

  it('prints rows that fit into the terminal, and long bytes short', async function () {
    const terminal = await start(this);
    terminal.enter("select repeat(x'ab', 256) as a, repeat(x'cd', 32) as b;");
    const bytes = `0x${'AB'.repeat(16)}... (256 bytes)`;
    expect(await terminal.until('database> ')).to.contain(`\na: ${bytes}\nb: 0x${'CD'.repeat(32)}\n`);
    terminal.enter("select repeat(x'ab', 256) as a;");
    expect(await terminal.until('database> ')).to.contain(`\n| ${bytes} |\n`);
    terminal.enter("select repeat('a', 60) as a, repeat('b', 33) as b;");
    expect(await terminal.until('database> ')).to.contain(`\n| ${'a'.repeat(60)} | ${'b'.repeat(33)} |\n`);
    terminal.enter("select repeat('a', 60) as a, repeat('b', 34) as b;");
    expect(await terminal.until('database> ')).to.contain(`\na: ${'a'.repeat(60)}\nb: ${'b'.repeat(34)}\n`);
    terminal.enter("select repeat(x'ab', 64) as a\\G");
    expect(await terminal.until('database> ')).to.contain(`\na: 0x${'AB'.repeat(64)}\n`);
    terminal.enter('select * from parts where 1 = 0;'.replace('parts', `${SCHEMA}.parts`));
    expect(await terminal.until('database> ')).to.contain('Empty set');
    await quit(terminal);
  });

  it('shows rows with a pager', async function () {
    const terminal = await start(this, { PAGER: 'tr 5 Z; echo end' });
    terminal.enter('pager');
    await terminal.until('database> ');
    terminal.enter('select 555;');
    expect(await terminal.until('database> ')).to.match(/\| ZZZ \|\n.*\nend\n1 row in set/);
    terminal.enter('set @a = 1;');
    expect(await terminal.until('database> ')).to.match(/;\nQuery OK/);
    terminal.enter('pager head -n 1');
    await terminal.until('database> ');
    terminal.enter('select a.seq from numbers a, numbers b;');
    expect(await terminal.until('database> ')).to.not.contain('|');
    terminal.enter('\\n');
    await terminal.until('database> ');
    terminal.enter('select 5;');
    await terminal.until('| 5 |');
    await quit(terminal);
  });

  it('tells its status', async function () {
    const terminal = await start(this);
    for (const command of ['\\s', 'status', 'STATUS;']) {
      terminal.enter(command);
      expect(await terminal.until('database> ')).to.match(/URL: +http:.*\nCurrent database: +\w+\n/);
    }
    await quit(terminal);
  });

  it('discards a statement with \\c', async function () {
    const terminal = await start(this);
    terminal.enter('select nothing');
    await terminal.until('-> ');
    terminal.enter('\\c');
    await terminal.until('database> ');
    terminal.enter('select 8;');
    await terminal.until('| 8 |');
    await quit(terminal);
  });

  it('edits a statement', async function () {
    const terminal = await start(this, { EDITOR: 'sed -i s/nothing/99/' });
    terminal.enter('select');
    await terminal.until('-> ');
    terminal.enter('nothing;\\e');
    await terminal.until('database> ');
    terminal.enter('\\e');
    await terminal.until('database> select\n99;');
    terminal.type('\r');
    await terminal.until('| 99 |');
    await quit(terminal);
  });

  it('runs the statements of a file, up to the first fault', async function () {
    const script = join(folder, 'a script.sql');
    await writeFile(script, 'select 1;\nsource other.sql\nselect\nmissing;\nselect 3;\n');
    await writeFile(join(folder, 'other.sql'), 'delimiter //\nselect 2//\n');
    const terminal = await start(this);
    terminal.enter('\\. missing.sql');
    await terminal.until('rpc-call: missing.sql: no such file');
    await terminal.until('database> ');
    terminal.enter(`source ${folder}/other.sql;`);
    await terminal.until('| 2 |');
    await terminal.until('database> ');
    terminal.enter(`\\. '${script}'`);
    await terminal.until('| 1 |');
    await terminal.until('rpc-call: other.sql: no such file');
    await writeFile(script, 'select 1;\nselect\nmissing;\nselect 3;\n');
    terminal.enter(`source ${script}`);
    const shown = await terminal.until('database> ');
    await quit(terminal);
    expect(shown).to.not.contain('| 3 |');
  });

  it('refuses the commands of mysql that do not exist, and letters that are none', async function () {
    const terminal = await start(this);
    for (const command of ['tee a.txt', '\\! id', 'system id;', '\\T a', 'prompt x', '\\y', 'select 1 \\W']) {
      terminal.enter(command);
      await terminal.until('rpc-call: ');
      await terminal.until('> ');
    }
    terminal.type(CTRL_C);
    await terminal.until('database> ');
    await quit(terminal);
  });
});

describe('the commands of scripts', () => {
  let gateway: DatabaseGateway;
  let folder: string;

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this));
    folder = await mkdtemp(join(tmpdir(), 'rpc-call-'));
  });

  after(async () => {
    await gateway?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  const script = (input: string, ...args: string[]) => rpcCall([gateway.url, '--raw', ...args], input);

  it('run other files, and end the script', async () => {
    const file = join(folder, 'inner.sql');
    await writeFile(file, 'select 2;\nquit\nselect 3;');
    const { status, stdout } = await script(`select 1;\nsource ${file}\nselect 4;\n\\q\nselect 5;\n`);
    expect([status, stdout]).to.deep.equal([0, '1\n2\n4\n']);
  });

  it('tell the file and the line of a fault', async () => {
    const file = join(folder, 'fault.sql');
    await writeFile(file, 'select 1;\n\nselect nothing;\n');
    expect((await script(`source ${file}`)).stderr).to.match(new RegExp(`^fault 1054 at line 3 of ${file}: `));
  });

  it('refuse files that contain each other without end', async () => {
    const file = join(folder, 'endless.sql');
    await writeFile(file, `source ${file}`);
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
