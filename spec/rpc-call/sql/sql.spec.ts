import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { rpcCall } from '../../support/command.js';
import { ended } from '../../support/netsvc-process.js';
import { projectFile } from '../../support/project-file.js';
import { recreate } from '../../support/recreate.js';
import { runs, untilItRuns } from '../../support/running-statement.js';
import { SuiteFolder } from '../../support/suite-folder.js';
import { suiteGateway } from '../../support/suite-gateway.js';
import { pend } from '../../support/test-server.js';
import { until } from '../../support/until.js';

describe('bin/rpc-call with SQL', () => {
  const gateway = suiteGateway();
  const folder = new SuiteFolder();

  afterEach(() => expect([...gateway.registry.sessions], 'open sessions').to.deep.equal([]));

  const start = (args: readonly string[], input?: string) => {
    const child = spawn(projectFile('bin/rpc-call'), [gateway.url, ...args]);
    child.stdin.end(input);
    return child;
  };
  const sql = (...args: string[]) => rpcCall([gateway.url, '--sql', ...args]);
  const script = (input: string, ...args: string[]) => rpcCall([gateway.url, ...args], input);

  it('prints rows with a header, separated by tabs', async () => {
    expect(await sql("select 1 as id, 'a\tb' as text union all select 2, null")).to.deep.equal({
      status: 0,
      stdout: 'id\ttext\n1\ta\\tb\n2\tNULL\n',
      stderr: '',
    });
  });

  it('prints CSV, JSON, raw values or a table', async () => {
    const select = "select 1 as id, 'a,b' as text";
    expect((await sql(select, '--csv')).stdout).to.equal('id,text\r\n1,"a,b"\r\n');
    expect((await sql(select, '--json')).stdout).to.equal('[\n{"id":1,"text":"a,b"}\n]\n');
    expect((await sql(select, '--jsonl')).stdout).to.equal('{"id":1,"text":"a,b"}\n');
    expect((await sql(select, '--raw')).stdout).to.equal('1\ta,b\n');
    const { stdout, stderr } = await sql(select, '--table');
    expect(stdout).to.equal('+----+------+\n| id | text |\n+----+------+\n|  1 | a,b  |\n+----+------+\n');
    expect(stderr).to.equal('');
  });

  it('sends arguments in place of %s', async () => {
    const { stdout } = await sql(
      'select %s, %s, %s, %s in %s, %s',
      '-5',
      'text',
      'null',
      '2',
      '[1, 2]',
      'base64:AAE=',
      '--raw',
    );
    expect(stdout).to.equal('-5\ttext\tNULL\t1\t0x0001\n');
    expect((await sql("select '50%' as a", '--raw')).stdout).to.equal('50%\n');
  });

  it('prints text with control characters as text', async () => {
    const query = "select 'two\u000blines' as a, '0x74' as b, x'00ff' as c";
    expect((await sql(query, '--raw')).stdout).to.equal('two\u000blines\t0x74\t0x00FF\n');
    expect((await sql(query, '--jsonl')).stdout).to.equal('{"a":"two\\u000blines","b":"0x74","c":{"base64":"AP8="}}\n');
  });

  it('sends the members of a struct in place of %(name)s', async () => {
    const { stdout } = await sql('select %(a)s, 2 in %(b)s', '{"a": "x", "b": [1, 2]}', '--raw');
    expect(stdout).to.equal('x\t1\n');
  });

  it('reports statements without rows on stderr', async () => {
    const statements =
      'create temporary table t (a int); insert into t values (1), (2); update t set a = 5 where a = 2';
    const { status, stdout, stderr } = await sql(statements);
    expect([status, stdout]).to.deep.equal([0, '']);
    expect(stderr.replace(/\d\.\d{3}/g, 'N')).to.equal(
      'Query OK, 0 rows affected (N sec)\nQuery OK, 2 rows affected (N sec)\nQuery OK, 1 row affected (N sec)\n',
    );
  });

  it('prints all results of a procedure', async () => {
    await recreate(gateway, 'procedure two_results() begin select 1 as a; select 2 as b union select 3; end');
    const { stdout, stderr } = await sql('call two_results()');
    expect(stdout).to.equal('a\n1\nb\n2\n3\n');
    expect(stderr).to.match(/^Query OK, 0 rows affected/);
  });

  it('prints a header also without rows', async () => {
    expect((await sql('select 1 as a where false', '--csv')).stdout).to.equal('a\r\n');
    expect((await sql('select 1 as a where false', '--json')).stdout).to.equal('[]\n');
  });

  it('prints exact values', async () => {
    const values =
      "9223372036854775807, -9223372036854775808, 18446744073709551615, 12345678901234567890.123456789, 0.1e0, 1e300, '', " +
      "'0000-00-00'";
    const shown =
      '9223372036854775807\t-9223372036854775808\t18446744073709551615\t12345678901234567890.123456789\t0.1\t1e300\t\t' +
      '0000-00-00\n';
    expect((await sql(`select ${values}`, '--raw')).stdout).to.equal(shown);
    const { stdout } = await sql('select 9223372036854775807 as big, 1.50 as decimal_, 1e0/3 as third', '--jsonl');
    expect(stdout).to.equal('{"big":9223372036854775807,"decimal_":"1.50","third":0.3333333333333333}\n');
  });

  it('reads statements from standard input', async () => {
    const statements = "select 1 as a;\n-- it's a comment; \nselect '\u2028;é' as b";
    const { status, stdout } = await ended(start(['--raw'], statements));
    expect([status, stdout]).to.deep.equal([0, '1\n\u2028;é\n']);
    expect(await script('select 2;', '--sql', '-', '--csv')).to.include({ status: 0, stdout: '2\r\n2\r\n' });
    expect(await script('')).to.deep.equal({ status: 0, stdout: '', stderr: '' });
  });

  it('reads statements from a file, with another delimiter for routines', async () => {
    const file = await folder.write(
      'routine.sql',
      'drop procedure if exists p;\ndelimiter //\ncreate procedure p()\nbegin\n  select 7 as seven;\nend//\ndelimiter ;\n' +
        'call p();\ndrop procedure p;\n',
    );
    expect(await script('', '--file', file)).to.include({ status: 0, stdout: 'seven\n7\n' });
  });

  it('refuses a file that does not exist or is not UTF-8', async () => {
    const missing = await script('', '--file', folder.file('missing'));
    expect(missing.status).to.equal(2);
    expect(missing.stderr).to.match(/^rpc-call: \S+missing\S*: no such file\n$/);
    const file = await folder.write('latin1.sql', Buffer.from("select 'é';", 'latin1'));
    expect(await script('', '--file', file)).to.deep.equal({
      status: 2,
      stdout: '',
      stderr: `rpc-call: ${file}: line 1: not UTF-8: convert the file to UTF-8\n`,
    });
  });

  it('ends at the first fault, and tells its line', async () => {
    const { status, stdout, stderr } = await script('select 1;\nselect\n* from missing;\nselect 2;', '--raw');
    expect([status, stdout]).to.deep.equal([1, '1\n']);
    expect(stderr).to.equal(
      "fault 1 at line 2: db -- Programming Error\n\n(1146, \"Table 'test.missing' doesn't exist\")\n",
    );
  });

  it('continues after faults with --force, with status 1', async () => {
    const { status, stdout, stderr } = await script('select 1;\nkill 0;\nselect 2;', '--raw', '-f');
    expect([status, stdout]).to.deep.equal([1, '1\n2\n']);
    expect(stderr).to.match(/^fault 1094 at line 2: mysql -- Unknown thread id: 0/i);
  });

  it('continues after a fault among rows', async () => {
    // Its rows come before its error.
    const failing = 'select seq, if(seq = 50000, (select 1 union select 2), 1) from numbers';
    const { status, stdout, stderr } = await script(`${failing}; select 5;`, '--raw', '--force');
    expect([status, stdout.endsWith('\n5\n')]).to.deep.equal([1, true]);
    expect(stderr).to.contain('fault 1242 at line 1');
  });

  it('prints many rows once each, in order', async () => {
    const { stdout } = await sql('select seq from numbers order by seq', '--raw');
    expect(stdout).to.equal(Array.from({ length: 100_000 }, (_, i) => `${i + 1}\n`).join(''));
  });

  it('prints rows that are longer than what is sent at a time', async () => {
    const { stdout } = await sql(
      "select repeat('x', 3000000) as x, repeat('&', 1000) as y union all select 'a', 'b'",
      '--raw',
    );
    expect(stdout).to.equal(`${'x'.repeat(3_000_000)}\t${'&'.repeat(1000)}\na\tb\n`);
  });

  it('ends silently if the reader of its output does', async () => {
    for (const args of [
      ['--sql', 'select seq from numbers limit 40000'],
      ['execute', 'select seq from numbers limit 40000'],
    ]) {
      const child = start(args);
      const end = ended(child);
      child.stdout.once('data', () => child.stdout.destroy());
      expect(await end).to.include({ status: 141, stderr: '' });
    }
    await until(() => [...gateway.registry.sessions].length === 0);
  });

  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    it(`closes the session on ${signal}, with status ${status}`, async () => {
      const statement = `select sleep(74), '${signal}'`;
      const child = start(['--sql', statement]);
      const end = ended(child);
      await untilItRuns(gateway, statement);
      child.kill(signal);
      expect(await end).to.deep.equal({ status, stdout: '', stderr: '' });
      expect(await runs(gateway, statement)).to.equal(false);
    });
  }

  it('closes the session if it is interrupted while it waits for statements', async () => {
    const child = spawn(projectFile('bin/rpc-call'), [gateway.url]);
    const end = ended(child);
    child.stdin.write('do 1;\n');
    await once(child.stderr, 'data'); // that the statement has ended
    child.kill('SIGINT');
    expect(await end).to.include({ status: 130 });
  });

  it('stops one statement on SIGINT with --force', async () => {
    const child = start(['--raw', '-f'], "select sleep(75);\nselect 'next';");
    const end = ended(child);
    await untilItRuns(gateway, 'select sleep(75)');
    child.kill('SIGINT');
    expect(await end).to.deep.equal({ status: 1, stdout: 'next\n', stderr: 'interrupted\n' });
  });

  it('waits for a reader that is slow', async () => {
    const child = start(['--sql', "select seq, repeat('x', 100) from numbers", '--raw']);
    const end = once(child, 'close');
    let length = 0;
    let waited = false;
    for await (const chunk of child.stdout) {
      length += (chunk as Buffer).length;
      if (waited || length < 100_000) continue;
      waited = true;
      // The rest is more than the pipe and the buffers on the way hold.
      await until(() => child.stdout.readableLength > 0);
    }
    expect(await end).to.deep.equal([0, null]);
    const digits = Array.from({ length: 100_000 }, (_, i) => String(i + 1).length).reduce((sum, count) => sum + count);
    expect(length).to.equal(digits + 100_000 * 102);
  });

  describe('beside mysql', () => {
    const client = ['mariadb', 'mysql'].find((name) => spawnSync(name, ['--version']).status === 0);
    const table =
      'table beside (i int, u bigint unsigned, d decimal(12,3), f float, e double, g double(8,2), ' +
      'n varchar(20) not null, t text, dt datetime(3), y year)';
    const rows =
      "insert into beside values (1, 18446744073709551615, 1.5, 0.1, 1e15, 1, 'x', 'tab\t, \\\\', '2020-01-01', 2020), " +
      "(-20, 0, -0.001, 1e20, 1e-16, 2.345, '', 'lf\ncr', '1999-12-31 23:59:59.999', 1999), " +
      "(null, null, null, null, null, null, 'x', 'höpper', null, null)";

    before(async function () {
      if (client === undefined) pend(this, 'there is no mysql client');
      await recreate(gateway, table);
      await gateway.execute(rows);
    });

    /** What the client of MySQL prints. */
    const mysql = async (...args: string[]) => {
      const { username, pathname, searchParams } = new URL(process.env.NETSVC_TEST_DATABASE ?? '');
      const socket = searchParams.get('socket') ?? '';
      const all = ['--no-defaults', '-u', username, '--socket', socket, '--default-character-set=utf8mb4', ...args];
      const { stdout } = await promisify(execFile)(client ?? '', [...all, pathname.slice(1)]);
      return stdout;
    };

    it('prints what mysql --batch prints', async () => {
      expect((await sql('select * from beside')).stdout).to.equal(await mysql('--batch', '-e', 'select * from beside'));
    });

    it('prints the table that mysql prints', async () => {
      const select = 'select i, u, d, f, e, g, n, dt, y from beside';
      expect((await sql(select, '--table')).stdout).to.equal(await mysql('--table', '-e', select));
    });

    it('prints what mysql prints for \\G', async () => {
      const statement = 'select * from beside\\G';
      expect((await sql(statement)).stdout).to.equal(await mysql('-e', statement));
    });
  });

  it('reports what keeps it from the database', async () => {
    const run = (url: string) => rpcCall([url, '--sql', 'select 1']);
    expect(await run(`${gateway.url}/unknown`)).to.deep.equal({
      status: 3,
      stdout: '',
      stderr: 'rpc-call: HTTP 404 Not Found: The endpoint does not exist.\n',
    });
    expect((await run('http://127.0.0.1:1/database')).stderr).to.match(/^rpc-call: 127.0.0.1:1: connection refused\n$/);
  });
});
