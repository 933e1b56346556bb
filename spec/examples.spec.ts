import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { call, faultOf, statusOf } from './support/client.js';
import { DatabaseGateway } from './support/database-gateway.js';
import { testDatabase } from './support/mariadb.js';
import { ended } from './support/netsvc-process.js';
import { projectFile } from './support/project-file.js';
import { SuiteFolder } from './support/suite-folder.js';

describe('the examples', () => {
  const folder = new SuiteFolder('spec');
  let child: ChildProcess;

  afterEach(async () => {
    const exit = ended(child);
    child.kill('SIGTERM');
    const { status, stderr } = await exit;
    expect([status, stderr]).to.deep.equal([0, '']);
  });

  /** Starts an example on a free port and returns its URL. */
  const start = async (name: string, ...args: string[]): Promise<string> => {
    child = spawn(process.execPath, [projectFile(`build/examples/${name}.js`), ...args], {
      env: { ...process.env, PORT: '0' },
    });
    if (child.stdout === null) throw new Error('the example has no output');
    for await (const line of createInterface(child.stdout)) {
      const [url] = /http:\/\/\S+/.exec(line) ?? [];
      if (url) return url;
    }
    throw new Error('the example printed no URL');
  };

  it('counter.ts gives each client a counter', async () => {
    const url = `${await start('counter')}counters`;
    const [mine, other] = [`${url}/${await call(url, 'open')}`, `${url}/${await call(url, 'open')}`];
    expect(await call(mine, 'add')).to.equal(1);
    expect(await call(mine, 'add', 41)).to.equal(42);
    expect(await call(other, 'add')).to.equal(1);
    expect(await call(mine, 'close')).to.equal(0);
    expect(await statusOf(call(mine, 'add'))).to.equal(404);
  });

  it('file-writer.ts writes files, and leaves nothing of an unfinished one', async () => {
    const url = `${await start('file-writer', folder.path)}files`;
    const create = async (name: string) => `${url}/${await call(url, 'create', name)}`;
    const file = await create('a.txt');
    expect(await call(file, 'append', Buffer.from('one '))).to.equal(4);
    expect(await call(file, 'append', Buffer.from('two'))).to.equal(7);
    expect(await readdir(folder.path))
      .to.have.lengthOf(1)
      .and.not.include('a.txt');
    await call(file, 'finish');
    await call(file, 'close');
    expect(await readdir(folder.path)).to.deep.equal(['a.txt']);
    expect(await readFile(folder.file('a.txt'), 'utf8')).to.equal('one two');

    const second = await create('a.txt');
    await call(second, 'append', Buffer.from('three'));
    expect(await faultOf(call(second, 'finish'))).to.deep.equal({ code: 1, string: 'files -- File Exists' });
    await call(second, 'close');
    expect(await readdir(folder.path)).to.deep.equal(['a.txt']);
    expect((await faultOf(create('../b.txt'))).code).to.equal(2);
  });

  it('sqlite.ts gives each client a connection, whose transaction is rolled back if it is lost', async () => {
    const file = folder.file('test.db');
    await mkdir(`${file}.lock`); // as a process that was killed leaves it
    const url = `${await start('sqlite', file)}sqlite`;
    const [mine, other] = [`${url}/${await call(url, 'connect')}`, `${url}/${await call(url, 'connect')}`];
    await call(mine, 'execute', 'create table parts (name text, price)');
    const insert = 'insert into parts values (?, ?), (?, ?)';
    expect(await call(mine, 'execute', insert, ['nut', 0.25, 'bolt', Buffer.from('ab')])).to.equal(2);
    await call(mine, 'execute', 'begin immediate');
    expect(await call(mine, 'execute', 'delete from parts')).to.equal(2);
    const locked = { code: 1, string: 'sqlite -- SQL Error\n\ndatabase is locked' };
    expect(await faultOf(call(other, 'query', 'select * from parts'))).to.deep.equal(locked);
    await call(mine, 'close');
    expect(await call(other, 'query', 'select * from parts where price <> ?', [new Date(0)])).to.deep.equal([
      { name: 'nut', price: 0.25 },
      { name: 'bolt', price: Buffer.from('ab') },
    ]);
    const { string } = await faultOf(call(other, 'query', 'select missing'));
    expect(string).to.equal('sqlite -- SQL Error\n\nno such column: missing');
  });

  it('shop.ts gives its report to everyone, and SQL to users', async function () {
    const database = testDatabase(this);
    const gateway = await DatabaseGateway.start(database);
    await gateway.execute('drop table if exists orders');
    await gateway.execute('create table orders (id int, status varchar(20))');
    await gateway.execute("insert into orders values (1, 'new'), (2, 'sent'), (3, 'sent')");
    await gateway.stop();
    const passwords = await folder.write('users', `grace:${hashSync('secret', 4)}\n`);
    const url = await start('shop', database, passwords);
    expect(await call(`${url}report`, 'orders')).to.deep.equal([
      ['new', 1],
      ['sent', 2],
    ]);
    expect(await statusOf(call(`${url}database`, 'execute', 'select 1'))).to.equal(401);
    const login = url.replace('//', '//grace:secret@');
    expect(await call(`${login}database`, 'execute', 'select 1')).to.deep.equal([[1]]);
  });
});

describe('npm run example', () => {
  it('lists the examples without the name of one', () => {
    for (const args of [[], ['nothing'], ['../spec/fences']]) {
      const { status, stderr } = spawnSync(projectFile('bin/example'), args, { encoding: 'utf8' });
      expect([status, ...stderr.split('\n')].slice(0, 3)).to.deep.equal([
        2,
        'usage: npm run example NAME [ARGUMENT...]; the examples are:',
        '  counter',
      ]);
    }
  });
});

describe('docs/framework.md', () => {
  it('shows the examples as they are', async () => {
    const document = await readFile(projectFile('docs/framework.md'), 'utf8');
    const shown = [...document.matchAll(/```ts\n\/\/ (examples\/[\w-]+\.ts)\n(.*?)```/gs)];
    expect(new Set(shown.map(([, file]) => file))).to.have.lengthOf(4);
    for (const [, file = '', code = ''] of shown) {
      expect(await readFile(projectFile(file), 'utf8'), file).to.contain(code.trimEnd());
    }
  });
});
