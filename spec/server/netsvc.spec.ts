import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { StartFailure } from '#lib/server/configuration/problems.js';
import { MysqldProgram } from '#lib/server/private/mysqld-program.js';
import { call, callDocument, failureOf, faultOf } from '../support/client.js';
import { netsvc as runHere } from '../support/command.js';
import { CursorClient, DatabaseGateway } from '../support/database-gateway.js';
import { ask, askBytes } from '../support/http.js';
import { testDatabase } from '../support/mariadb.js';
import { NetsvcProcess, run } from '../support/netsvc-process.js';
import { RunningServer } from '../support/netsvc-server.js';
import { copyNewData } from '../support/new-data.js';
import { untilItRuns } from '../support/running-statement.js';
import { SuiteFolder } from '../support/suite-folder.js';
import { until } from '../support/until.js';

describe('bin/netsvc', () => {
  let mysql: string;

  before(function () {
    mysql = testDatabase(this);
  });

  describe('without a database', () => {
    const folder = new SuiteFolder();

    it('starts a private server, prints its URLs, and stops both on SIGTERM', async () => {
      const netsvc = await NetsvcProcess.start(['--data', folder.path]);
      const [first, second] = netsvc.ready;
      expect(first).to.match(/^netsvc listening on http:\/\/127\.0\.0\.1:\d+\/$/);
      expect(second).to.equal(`${first?.replace('netsvc listening on ', '')}database`);
      await call(netsvc.url, 'execute', 'create table kept (id int)');
      const held = await run('netsvc', ['--port', '0', '--data', folder.path]);
      expect(held.status).to.equal(1);
      expect(held.stderr).to.match(/^netsvc: cannot use data folder \S+: in use by process \d+\n$/);
      expect(await netsvc.stop()).to.include({ status: 0, stderr: '' });
    });

    it('keeps its data, and stops a server that a killed netsvc left running', async () => {
      const killed = await NetsvcProcess.start(['--data', folder.path]);
      killed.child.kill('SIGKILL');
      await killed.ended;
      const netsvc = await NetsvcProcess.start(['--data', folder.path]);
      expect(await call(netsvc.url, 'execute', 'select count(*) from kept')).to.deep.equal([[0]]);
      expect((await netsvc.stop()).status).to.equal(0);
    });
  });

  it('serves several databases', async () => {
    const netsvc = await RunningServer.start(['--database', `one=${mysql}`, '--database', `more/two=${mysql}`]);
    const { endpoints } = netsvc;
    expect(endpoints.map((url) => new URL(url).pathname)).to.deep.equal(['/one', '/more/two']);
    for (const url of endpoints) expect(await (await CursorClient.open(url)).rows('select 1')).to.deep.equal([[1]]);
    await netsvc.stop();
  });

  describe('on SIGTERM', () => {
    const folder = new SuiteFolder();

    it('lets in-flight requests finish, refuses new sessions, rolls back and exits with status 0', async () => {
      const gateway = await DatabaseGateway.start(mysql);
      await gateway.execute('drop table if exists drained');
      await gateway.execute('create table drained (id int)');
      const netsvc = await NetsvcProcess.start(['--database', mysql]);
      const [working, writing] = [await CursorClient.open(netsvc.url), await CursorClient.open(netsvc.url)];
      await writing.call('begin');
      await writing.execute('insert into drained values (1)');
      const answer = working.execute('select sleep(1)');
      await untilItRuns(gateway, 'select sleep(1)');
      const opening = await beginRequest(netsvc.url, callDocument('cursor'));
      netsvc.child.kill('SIGTERM');
      await until(() => refused(netsvc.url));
      expect(await opening.finish()).to.contain('<int>58</int>');
      expect(await answer).to.equal(1);
      expect(await netsvc.ended).to.include({ status: 0, stderr: '' });
      expect(await gateway.execute('select count(*) from drained')).to.deep.equal([[0]]);
      await gateway.stop();
    });

    it('answers every accepted request, under load', async () => {
      const gateway = await DatabaseGateway.start(mysql);
      await gateway.execute('drop table if exists loaded');
      await gateway.execute('create table loaded (id int)');
      const netsvc = await NetsvcProcess.start(['--database', mysql, '--connections', '4']);
      const sessions = await Promise.all(Array.from({ length: 20 }, () => CursorClient.open(netsvc.url)));
      let acknowledged = 0;
      const working = sessions.map(async (session) => {
        for (;;) {
          // Later requests are refused with a fault, or the connection fails.
          const answer = await session.execute('insert into loaded values (1)').catch(() => undefined);
          if (answer === undefined) return;
          acknowledged++;
        }
      });
      await until(() => acknowledged > 200);
      expect(await netsvc.stop()).to.include({ status: 0, stderr: '' });
      await Promise.all(working);
      const rows = await gateway.execute('select count(*) from loaded');
      await gateway.stop();
      // Refused requests have had no effect.
      expect(rows).to.deep.equal([[acknowledged]]);
    });

    it('given twice exits at once, and leaves no private server running', async () => {
      const data = folder.path;
      await copyNewData(data);
      const netsvc = await NetsvcProcess.start(['--data', data]);
      const cursor = await CursorClient.open(netsvc.url);
      const answer = cursor.execute('select sleep(62)').catch((error: Error) => error);
      const { kind = '' } = (await MysqldProgram.find()) ?? {};
      const pid = Number(await readFile(folder.file(`${kind.toLowerCase()}.pid`), 'utf8'));
      const query = "select count(*) from information_schema.processlist where info = 'select sleep(62)'";
      await until(async () => JSON.stringify(await call(netsvc.url, 'execute', query)) === '[[1]]');
      netsvc.child.kill('SIGTERM');
      await until(() => refused(netsvc.url));
      netsvc.child.kill('SIGTERM');
      expect(await netsvc.ended).to.include({ status: 143 });
      expect(await answer).to.be.instanceOf(Error);
      await until(() =>
        access(`/proc/${pid}`).then(
          () => false,
          () => true,
        ),
      );
    });

    // `select sleep(61)` is a success in MySQL, even if it is killed.
    const statement = 'select 1 from dual where sleep(61)';
    const ways: [string, string, unknown[]][] = [
      ['', 'execute', [statement]],
      [' in once', 'once', [1, 'execute', [statement]]],
    ];
    for (const [how, method, params] of ways) {
      it(`stops a statement${how} that outlasts the grace period, with fault 58`, async () => {
        const gateway = await DatabaseGateway.start(mysql);
        const netsvc = await RunningServer.start(['--database', mysql, '--grace', '0.2']);
        const cursor = await CursorClient.open(netsvc.url);
        const answer = faultOf(cursor.call(method, ...params));
        await untilItRuns(gateway, statement);
        await netsvc.stop();
        expect(netsvc.log.filter(({ level }) => level === 'error')).to.deep.equal([]);
        const string = 'netsvc -- Response Aborted\n\nThe server is shutting down.';
        expect(await answer).to.deep.equal({ code: 58, string });
        await gateway.stop();
      });
    }
  });

  describe('that cannot start', () => {
    const failure = async (...args: string[]) => {
      const error = await failureOf(RunningServer.start(args));
      expect(error).to.be.instanceOf(StartFailure);
      return error.message;
    };

    it('fails in one line: an unreachable MySQL', async () => {
      expect(await failure('--database', 'mysql://root:secret@127.0.0.1:1/x')).to.equal(
        "database database: Can't connect to MySQL server on '127.0.0.1:1' (connection refused)",
      );
    });

    it('prints one line: wrong credentials', async () => {
      const url = mysql.replace('//root@', '//nobody:secret@');
      const { status, stderr } = await run('netsvc', ['--port', '0', '--database', url]);
      expect(status).to.equal(1);
      expect(stderr).to.match(/^netsvc: database database: Access denied for user 'nobody'@'localhost'.*\n$/);
    });

    for (const flag of ['--port', '--admin-port']) {
      it(`fails in one line: ${flag} is a port in use`, async () => {
        const server = createServer().listen(0, '127.0.0.1');
        await once(server, 'listening');
        const port = String((server.address() as AddressInfo).port);
        const message = await failure(flag, port, '--database', mysql);
        server.close();
        expect(message).to.equal(`cannot listen on 127.0.0.1:${port}: address already in use`);
      });
    }

    it('fails in one line: a folder that cannot be used', async () => {
      expect(await failure('--data', '/dev/null/x')).to.equal('cannot use data folder /dev/null/x: not a directory');
    });

    it('prints one line: wrong usage, with status 2', async () => {
      const { status, stderr } = await runHere(['--prot', '1']);
      expect(status).to.equal(2);
      expect(stderr).to.match(/^netsvc: unknown option '--prot'.*\n$/s);
    });
  });

  it('answers others while it receives and sends a large result', async () => {
    const netsvc = await NetsvcProcess.start(['--database', mysql]);
    const [busy, other] = [await CursorClient.open(netsvc.url), await CursorClient.open(netsvc.url)];
    const query = "select a.seq, repeat('x', 100), a.seq / 7 from numbers a";
    const all = ask(busy.url, { body: callDocument('execute', query) }).then(() =>
      askBytes(busy.url, { body: callDocument('fetchall') }),
    );
    let answered = 0;
    let ended = false;
    void all.finally(() => {
      ended = true;
    });
    for (; !ended; answered++) await other.call('rowcount');
    expect((await all).bytes.length).to.be.greaterThan(20_000_000);
    expect(answered).to.be.greaterThan(10);
    await netsvc.stop();
  });

  it('prints its flags', async () => {
    const help = await run('netsvc', ['--help']);
    expect(help).to.include({ status: 0, stderr: '' });
    expect(help.stdout).to.contain('--max-sessions <number>').and.contain('netsvc passwd <file> <user>');
    const passwd = await runHere(['passwd', '--help']);
    expect(passwd).to.include({ status: 0, stderr: '' });
    expect(passwd.stdout).to.contain('netsvc passwd <file> <user>');
  });
});

async function refused(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  return once(socket, 'connect').then(
    () => {
      socket.destroy();
      return false;
    },
    () => true,
  );
}

/** Sends a request without its last byte. */
async function beginRequest(url: string, body: string): Promise<{ finish(): Promise<string> }> {
  const { port, pathname } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  const head =
    `POST ${pathname} HTTP/1.1\r\nHost: x\r\n` + `Content-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n`;
  await new Promise((resolve) => socket.write(head + body.slice(0, -1), resolve));
  return {
    async finish() {
      socket.write(body.slice(-1));
      let answer = '';
      for await (const text of socket.setEncoding('utf8')) answer += text;
      return answer;
    },
  };
}
