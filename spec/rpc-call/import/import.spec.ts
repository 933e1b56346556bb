import { spawn } from 'node:child_process';
import { expect } from 'chai';
import { rpcCall } from '../../support/command.js';
import { ended } from '../../support/netsvc-process.js';
import { projectFile } from '../../support/project-file.js';
import { recreate } from '../../support/recreate.js';
import { SuiteFolder } from '../../support/suite-folder.js';
import { suiteGateway } from '../../support/suite-gateway.js';
import { serverKind } from '../../support/test-server.js';
import { until } from '../../support/until.js';

describe('bin/rpc-call --import', () => {
  const gateway = suiteGateway();
  const folder = new SuiteFolder();

  beforeEach(() => recreate(gateway, 'table goods (id int primary key, name varchar(20) default "-", price double)'));

  afterEach(async () => {
    expect([...gateway.registry.sessions], 'open sessions').to.deep.equal([]);
    await gateway.execute('drop table if exists goods');
  });

  const load = (text: string, ...args: string[]) =>
    rpcCall([gateway.url, '--import', '-', '--table', 'goods', ...args], text);
  const rows = () => gateway.execute('select * from goods order by id');
  const primaryKey = () => (serverKind() === 'MySQL' ? "'goods.PRIMARY'" : "'PRIMARY'");
  const ok = (stderr: string) => ({ status: 0, stdout: '', stderr });

  it('imports CSV into the columns that its header names', async () => {
    const csv = '\ufeffprice,id,name\r\n1.5,1,"a, ""b""\r\nc%s"\r\n,2,""\r\n1e300,3,\r\n';
    expect(await load(csv, '--format', 'csv')).to.deep.equal(ok('imported 3 rows\n'));
    expect(await rows()).to.deep.equal([
      [1, 'a, "b"\r\nc%s', 1.5],
      [2, '', null],
      [3, null, 1e300],
    ]);
  });

  it('takes the form of a file from its extension', async () => {
    const file = await folder.write('rows.TSV', 'id\tname\n1\ta\\tb\n2\tNULL\n');
    const { status, stderr } = await rpcCall([gateway.url, '--import', file, '--table', '`goods`']);
    expect([status, stderr]).to.deep.equal([0, 'imported 2 rows\n']);
    expect(await rows()).to.deep.equal([
      [1, 'a\tb', null],
      [2, null, null],
    ]);
    const unknown = await rpcCall([gateway.url, '--import', 'rows.dat', '--table', 'goods']);
    expect([unknown.status, unknown.stderr]).to.deep.equal([
      2,
      'rpc-call: the form of "rows.dat" is not known: use --format csv, tsv or jsonl\n',
    ]);
  });

  it('imports rows without a header, into all columns or some', async () => {
    expect((await load('1,a,2\n', '--format=csv', '--no-header')).stderr).to.equal('imported 1 row\n');
    expect((await load('b,2\n', '--format=csv', '--no-header', '--columns', 'name,`id`')).status).to.equal(0);
    expect((await load('x,y\nc,3\n', '--format=csv', '--columns=name,id')).status).to.equal(0);
    expect(await rows()).to.deep.equal([
      [1, 'a', 2],
      [2, 'b', null],
      [3, 'c', null],
    ]);
  });

  it('imports objects of JSON, whose absent members have the default', async () => {
    const lines = '{"id": 1, "name": "a"}\n{"id": 2}\n{"id": 3, "name": null, "price": 0.1}\n[4, {"k": [1.0]}, 2]\n';
    expect((await load(lines, '--format', 'jsonl')).stderr).to.equal('imported 4 rows\n');
    expect(await rows()).to.deep.equal([
      [1, 'a', null],
      [2, '-', null],
      [3, null, 0.1],
      [4, '{"k":[1]}', 2],
    ]);
  });

  it('imports exact values, and those that rpc-call prints', async () => {
    await gateway.execute(
      'create table kinds (id int primary key, u bigint unsigned, d decimal(65,30), b blob, bits bit(64), y year, ' +
        't text, f double, ts datetime(6), j json)',
    );
    await gateway.execute(
      'insert into kinds values (1, 18446744073709551615, 12345678901234567890123456789.123456789012345678901234567891, ' +
        "x'0000ff5c27', 18446744073709551615, 0, '0xAB\\u000b\\n\\t\\\\N <&>]]>', 1e-300, '2024-02-29 23:59:59.000001', " +
        `'{"a": 1}'), (2, null, null, null, null, null, '', null, null, null), (3, 0, -0.5, '', 5, 1999, ' ', -0e0, null, '1')`,
    );
    for (const format of ['csv', 'tsv', 'jsonl'] as const) {
      const flags = format === 'tsv' ? [] : [`--${format}`];
      const { stdout } = await rpcCall([gateway.url, '--sql', 'select * from kinds order by id', ...flags]);
      await gateway.execute('create table again like kinds');
      const { stderr } = await rpcCall([gateway.url, '--import', '-', '--table', 'again', '--format', format], stdout);
      expect(stderr, format).to.equal('imported 3 rows\n');
      const [[a], [b]] = (await gateway.execute(
        "select group_concat(hex(concat_ws('|', id, u, d, b, bits+0, y, t, f, ts, j)) order by id) from kinds union all " +
          "select group_concat(hex(concat_ws('|', id, u, d, b, bits+0, y, t, f, ts, j)) order by id) from again",
      )) as [[string], [string]];
      expect(b, format).to.equal(a);
      await gateway.execute('drop table again');
    }
    await gateway.execute('drop table kinds');
  });

  it('imports nothing if a row is refused, and tells its line', async () => {
    const csv = `id,name\n${Array.from({ length: 12_000 }, (_, i) => `${i},"a\nb"\n`).join('')}5,c\n`;
    expect(await load(csv, '--format', 'csv')).to.deep.include({
      status: 1,
      stderr: `fault 1062 at line 24002: mysql -- Duplicate entry '5' for key ${primaryKey()}\nimported 0 rows\n`,
    });
    expect(await rows()).to.deep.equal([]);
  });

  it('finds the row in each of several batches', async () => {
    // Two full batches, and a third one of three rows.
    const length = 20_003;
    for (const line of [2, 10_003, 20_001, 20_004]) {
      const ids = Array.from({ length }, (_, i) => (i + 2 === line ? 'x' : i));
      const { status, stderr } = await load(`id\n${ids.join('\n')}\n`, '--format', 'csv');
      expect([status, stderr.replace(/ mysql.*/, '')]).to.deep.equal([
        1,
        `fault 1366 at line ${line}:\nimported 0 rows\n`,
      ]);
    }
    expect((await load(`id\n${Array.from({ length }, (_, i) => i).join('\n')}`, '--format', 'csv')).status).to.equal(0);
    const sum = String((length * (length - 1)) / 2);
    expect(await gateway.execute('select count(*), sum(id) from goods')).to.deep.equal([[length, sum]]);
  });

  it('tells the row that is larger than a request or a packet may be', async () => {
    await gateway.execute('create table texts (id int, t longtext)');
    // The limits are 16 MB and 64 MB.
    const csv = `id,t\n1,a\n2,${'x'.repeat(17_000_000)}\n3,c\n`;
    const run = (text: string, ...args: string[]) =>
      rpcCall([gateway.url, '--import', '-', '--table', 'texts', '--format=csv', ...args], text);
    expect((await run(csv)).stderr).to.match(/^fault 1153 at line 3: mysql -- .*\nimported 0 rows\n$/);
    expect((await run(`${csv}4,${'x'.repeat(67_200_000)}\n5,d\n`, '--continue')).stderr).to.match(
      /^fault 1153 at line 3: .*\nfault 1153 at line 5: HTTP 413 .*\nimported 3 rows, 2 failed\n$/,
    );
    expect(await gateway.execute('select group_concat(id order by id) from texts')).to.deep.equal([['1,3,5']]);
    await gateway.execute('drop table texts');
  });

  it('imports the others with --continue', async () => {
    const [[name]] = (await gateway.execute('select database()')) as [[string]];
    const column = serverKind() === 'MySQL' ? "'id'" : `\`${name}\`.\`goods\`.\`id\``;
    const lines = ['id,name', '1,a', '1,b', '2', 'x,c', '"3","d"', '2,e'].join('\n');
    expect(await load(lines, '--format', 'csv', '--continue')).to.deep.include({
      status: 1,
      stderr:
        'rpc-call: standard input: line 4: 1 value instead of 2\n' +
        `fault 1062 at line 3: mysql -- Duplicate entry '1' for key ${primaryKey()}\n` +
        `fault 1366 at line 5: mysql -- Incorrect integer value: 'x' for column ${column} at row 1\n` +
        'imported 3 rows, 3 failed\n',
    });
    expect(await rows()).to.have.length(3);
  });

  it('repeats no row in a table without transactions', async () => {
    await gateway.execute('create table heap (id int, unique (id)) engine = myisam');
    const run = (...args: string[]) =>
      rpcCall([gateway.url, '--import', '-', '--table', 'heap', '--format=csv', ...args], 'id\n1\n2\n1\n3\n');
    expect((await run()).stderr).to.match(/^fault 1062 at line 4: .*\nimported 2 rows\n$/);
    await gateway.execute('delete from heap');
    expect((await run('--continue')).stderr).to.match(/^fault 1062 at line 4: .*\nimported 3 rows, 1 failed\n$/);
    await gateway.execute('drop table heap');
  });

  const failing: [string, string, string, RegExp][] = [
    ['a table that does not exist', 'id\n1\n', 'nothing', /^fault 1: db -- .*\n\n.*doesn't exist/],
    [
      'an unknown column',
      'id,nmae\n1,a\n',
      'goods',
      /^rpc-call: standard input: line 1: the table has no column "nmae"\n/,
    ],
    ['quotes that are not closed', 'id,name\n1,a\n2,"b\n', 'goods', /^rpc-call: standard input: line 3: the quotes/],
    ['a row with too many values', 'id\n1\n\n2,3\n', 'goods', /line 4: 2 values instead of 1\nimported 0 rows\n$/],
  ];
  for (const [what, csv, table, message] of failing) {
    it(`reports ${what}`, async () => {
      const { status, stderr } = await rpcCall([gateway.url, '--import=-', '--table', table, '--format=csv'], csv);
      expect(stderr).to.match(message);
      expect(status).to.equal(1);
      expect(await rows()).to.deep.equal([]);
    });
  }

  it('imports another delimiter and another encoding', async () => {
    const options = ['--format=csv', '--delimiter', ';', '--encoding', 'windows-1252'];
    const csv = Buffer.from('id;name\n1;"a;b, \x80"\n2;gr\xfcn\n', 'latin1');
    const file = await folder.write('euro.csv', csv);
    const { stderr } = await rpcCall([gateway.url, '--import', file, '--table', 'goods', ...options]);
    expect(stderr).to.equal('imported 2 rows\n');
    expect(await gateway.execute('select name from goods order by id')).to.deep.equal([['a;b, €'], ['grün']]);
    expect(await load('', '--format=csv', '--encoding=klingon')).to.include({
      status: 2,
      stderr: 'rpc-call: unknown encoding "klingon"\n',
    });
  });

  it('reports the line that is not UTF-8', async () => {
    const file = await folder.write('latin1.csv', Buffer.from('id,name\n1,a\n2,caf\xe9\n', 'latin1'));
    const { status, stderr } = await rpcCall([gateway.url, '--import', file, '--table', 'goods', '--continue']);
    expect([status, stderr]).to.deep.equal([
      1,
      `rpc-call: ${file}: line 3: not UTF-8: name the encoding, as by --encoding windows-1252\nimported 1 row\n`,
    ]);
  });

  const modified = 'select count(*) from information_schema.innodb_trx where trx_rows_modified >= 10000';
  for (const [flags, sent, imported] of [
    [[], modified, '0 rows'],
    [['--continue'], 'select count(*) = 10000 from goods', '10,000 rows'],
  ] as const) {
    it(`tells on Ctrl-C that ${imported} are in the table`, async () => {
      const args = [gateway.url, '--import', '-', '--table', 'goods', '--format=csv', ...flags];
      const child = spawn(projectFile('bin/rpc-call'), args);
      const end = ended(child);
      child.stdin.write(`id\n${Array.from({ length: 10_003 }, (_, i) => i).join('\n')}\n`);
      await until(async () => {
        // InnoDB renews its table of transactions only if it has not been read for 0.1 seconds.
        await gateway.execute('do sleep(0.15)');
        return JSON.stringify(await gateway.execute(sent)) === '[[1]]';
      });
      child.kill('SIGINT');
      expect(await end).to.deep.include({ status: 130, stderr: `interrupted\nimported ${imported}\n` });
      expect(await gateway.execute('select count(*) from goods')).to.deep.equal([
        [Number.parseInt(imported.replace(',', ''), 10)],
      ]);
    });
  }
});
