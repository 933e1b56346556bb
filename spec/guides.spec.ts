import { spawn, spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { parseMysqlUrl } from '#lib/database/index.js';
import { fencesOf, sideOf, textOf } from './support/markdown.js';
import { ended } from './support/netsvc-process.js';
import { projectFile } from './support/project-file.js';
import { findPython, type Python } from './support/python.js';
import { recreate } from './support/recreate.js';
import { SuiteFolder } from './support/suite-folder.js';
import { suiteGateway } from './support/suite-gateway.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { pend } from './support/test-server.js';

/** The Python of Debian, which alone has Debian's MySQLdb and PyMySQL. */
const DEBIAN: Python = { command: '/usr/bin/python3', version: '3' };

/** How programs move. libraries.spec.ts runs its programs with libraries. */
const MOVING = 'docs/getting-started.md';

/** Runs the examples of a text with Python's doctest, ignoring the modules of exceptions. */
const DOCTEST = `
import doctest, sys
flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
sys.exit(doctest.testfile(sys.argv[1], module_relative=False, optionflags=flags).failed)
`;

/** Runs programs one after the other, and before each the statements that create their tables. */
const PROGRAMS = `
import json, sys
import netsvc_dbapi

url, statements, programs = json.loads(sys.argv[1])
for program in programs:
    connection = netsvc_dbapi.connect(url, autocommit=True)
    for statement in statements:
        connection.cursor().execute(statement)
    connection.close()
    exec(compile(program, "program", "exec"), {"__name__": "__main__"})
    print("--")
`;

/** Makes two transactions wait for each other, with the function of docs/reference.md. */
const DEADLOCK = `
import threading

arrived = [threading.Event(), threading.Event()]
attempts = []


def transfer(mine, other):
    def work(session):
        attempts.append(mine)
        session.execute("update accounts set balance = balance - 1 where id = %s", [mine + 1])
        arrived[mine].set()
        arrived[other].wait(10)
        session.execute("update accounts set balance = balance + 1 where id = %s", [other + 1])

    in_transaction("http://127.0.0.1:8000/database", work)


threads = [threading.Thread(target=transfer, args=pair) for pair in ((0, 1), (1, 0))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(attempts) > 2)  # True
`;

describe('the guides', () => {
  const gateway = suiteGateway();
  const folder = new SuiteFolder();

  for (const version of ['2.7', '3'] as const) {
    const python = findPython(version);

    describe(`in Python ${python?.version ?? version}`, () => {
      before(function () {
        if (python === undefined && process.env.CI) expect.fail(`there is no Python ${version}`);
        if (python === undefined) pend(this, 'it is not installed');
      });

      it('show transactions that are true', async () => {
        const { examples, programs } = pythonOf('docs/reference.md');
        expect(examples).to.have.length.greaterThan(6);
        await runExamples(python, examples.join('\n'));
        await expectTrue(python, programs);
      });

      it('begin with a session and a program in README.md that are true', async () => {
        const { examples, programs } = pythonOf('README.md');
        expect(examples).to.have.length.greaterThan(0);
        // It imports xmlrpclib.
        if (version === '2.7') await runExamples(python, examples.join('\n'));
        expect(programs).to.have.length.greaterThan(0);
        await expectTrue(python, programs);
      });

      it('show how to repeat a transaction after a deadlock', async () => {
        const program = programWith('docs/reference.md', 'def in_transaction');
        await recreate(gateway, 'table accounts (id int primary key, balance int) engine=InnoDB');
        await gateway.execute('insert into accounts values (1, 100), (2, 100)');
        await expectTrue(python, [program + DEADLOCK]);
        expect(await gateway.execute('select * from accounts')).to.deep.equal([
          [1, 200],
          [2, 100],
        ]);
      });

      it('show how to make each entry once if responses are lost', async () => {
        const proxy = await TcpProxy.start({ port: Number(new URL(gateway.url).port) });
        try {
          let answers = 0;
          let lost = 0;
          proxy.lose(0.5, () => {
            answers++;
            if (answers % 5 > 0) return 1;
            lost++;
            return 0;
          });
          const url = gateway.url.replace(/:\d+\//, `:${proxy.port}/`);
          await expectTrue(python, [programWith('docs/reference.md', 'class Session')], { url });
          expect(lost).to.be.greaterThan(5);
        } finally {
          await proxy.stop();
        }
      });
    });
  }

  describe('on moving a program', () => {
    let tables: string[];

    before(() => {
      const sql = fencesOf(MOVING).find(({ language }) => language === 'sql')?.text ?? '';
      tables = ['drop table if exists parts', ...sql.split(';\n').filter(Boolean)];
    });

    for (const version of ['2.7', '3'] as const) {
      const python = findPython(version);
      it(`show programs that work with netsvc in Python ${python?.version ?? version}`, async function () {
        if (python === undefined && process.env.CI) expect.fail(`there is no Python ${version}`);
        if (python === undefined) pend(this, 'it is not installed');
        const { programs } = pythonOf(MOVING, { before: '## SQLAlchemy' });
        expect(programs).to.have.length.greaterThan(1);
        const after = changed('+');
        expect(after).to.have.length.greaterThan(2);
        await expectTrue(python, [...after, ...programs], { tables });
      });
    }

    for (const module of ['MySQLdb', 'pymysql']) {
      it(`show programs that work with ${module}`, async function () {
        if (spawnSync(DEBIAN.command, ['-c', `import ${module}`]).status !== 0) {
          if (process.env.CI) expect.fail(`there is no ${module}`);
          pend(this, 'it is not installed');
        }
        const before = changed('-').filter((text) => text.includes(module));
        expect(before).to.have.length.greaterThan(0);
        const connected = before.map((text) => text.replace(/host="[^)]*?="shop"/, driverArguments(module)));
        await expectTrue(DEBIAN, connected, { tables });
      });
    }
  });

  /** Runs examples in one session of Python. */
  async function runExamples(python: Python | undefined, examples: string): Promise<void> {
    const file = await folder.write('examples.txt', at(examples, gateway.url));
    const { output, status } = await run(python, ['-c', DOCTEST, file]);
    expect(status, output).to.equal(0);
  }

  /** Runs programs, each of whose lines `print(...)  # ...` must print what its comment says. */
  async function expectTrue(
    python: Python | undefined,
    programs: readonly string[],
    { url = gateway.url, tables = [] }: { url?: string; tables?: readonly string[] } = {},
  ): Promise<void> {
    const input = [gateway.url, tables, programs.map((program) => at(program, url))];
    const { output } = await run(python, ['-c', PROGRAMS, JSON.stringify(input)]);
    const expected = programs.map((program) => {
      const printed = [...program.matchAll(/^ *print\(.*\) *# (.*)$/gm)].map(([, line]) => `${line}\n`);
      expect(printed, program).to.have.length.greaterThan(0);
      return `${printed.join('')}--\n`;
    });
    expect(output).to.equal(expected.join(''));
  }
});

/** A text with another address of the database service. */
function at(text: string, url: string): string {
  return text.replaceAll(
    /http:\/\/(?:127\.0\.0\.1:8000\/database|grace:secret@gateway\.example\.org:8000\/shop)/g,
    url,
  );
}

/** The programs of the guide, before or after their change. */
function changed(side: '-' | '+'): string[] {
  return fencesOf(MOVING).flatMap(({ language, text }) => (language === 'diff' ? [sideOf(text, side)] : []));
}

/** The arguments of `connect` of a driver for the database of the specs. */
function driverArguments(module: string): string {
  const { connection } = parseMysqlUrl(process.env.NETSVC_TEST_DATABASE ?? '');
  const { host, port, user, password = '', database, socketPath } = connection;
  const names = module === 'pymysql' ? ['password', 'database'] : ['passwd', 'db'];
  const place = socketPath === undefined ? { host, port } : { unix_socket: socketPath };
  const given = { ...place, user, [names[0] ?? '']: password, [names[1] ?? '']: database };
  return Object.entries(given)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ');
}

/** The examples with prompts, and the programs, of a document or of what is before one of its headings. */
function pythonOf(document: string, { before }: { before?: string } = {}): { examples: string[]; programs: string[] } {
  const end =
    before === undefined
      ? -1
      : textOf(document)
          .split('\n')
          .findIndex((line) => line.startsWith(before));
  const read = fencesOf(document).filter(({ language, line }) => language === 'python' && (end < 0 || line < end));
  const blocks = read.map(({ text }) => text);
  return {
    examples: blocks.filter((block) => block.startsWith('>>>')),
    programs: blocks.filter((block) => !block.startsWith('>>>')),
  };
}

function programWith(document: string, text: string): string {
  const { programs } = pythonOf(document);
  return programs.find((program) => program.includes(text)) ?? expect.fail(`${document} has no ${text}`);
}

/** Runs Python and returns what it prints, errors too. */
async function run(
  python: Python | undefined,
  args: readonly string[],
): Promise<{ output: string; status: number | null }> {
  if (python === undefined) throw new Error('the version is not installed');
  const env = { ...process.env, PYTHONPATH: projectFile('clients/python'), PYTHONIOENCODING: 'utf-8' };
  const { status, stdout, stderr } = await ended(spawn(python.command, ['-B', ...args], { env, timeout: 60_000 }));
  return { output: stdout + stderr, status };
}
