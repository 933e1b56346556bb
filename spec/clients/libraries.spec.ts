import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parseMysqlUrl } from '#lib/database/index.js';
import { DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { projectFile } from '../support/project-file.js';
import { pend } from '../support/test-server.js';

/** The Python of Debian, which has Debian's libraries. */
const PYTHON = '/usr/bin/python3';
const SCHEMAS = ['libraries_mysqldb', 'libraries_netsvc'];

describe('Python libraries over netsvc_dbapi', () => {
  let gateway: DatabaseGateway;
  let database: string;

  before(async function () {
    database = testDatabase(this);
    gateway = await DatabaseGateway.start(database);
    for (const schema of SCHEMAS) {
      await gateway.execute(`drop database if exists ${schema}`);
      await gateway.execute(`create database ${schema} character set utf8mb4`);
    }
  });

  after(async () => {
    for (const schema of SCHEMAS) await gateway?.execute(`drop database ${schema}`);
    await gateway?.stop();
  });

  it('run a Django project as with MySQLdb', async function () {
    need(this, 'MySQLdb', 'django');
    const { user, password = '', host, port, socketPath } = parseMysqlUrl(database).connection;
    const place = socketPath === undefined ? { HOST: host, PORT: String(port) } : { HOST: socketPath };
    const mysql = { ENGINE: 'django.db.backends.mysql', USER: user, PASSWORD: password, ...place };
    const netsvc = { ENGINE: 'netsvc_django', HOST: gateway.url };
    const settings = [
      { ...mysql, NAME: SCHEMAS[0], OPTIONS: { charset: 'utf8mb4' } },
      { ...netsvc, NAME: SCHEMAS[1] },
    ];
    const [expected, printed] = await Promise.all(
      settings.map((setting) => run('django_project.py', JSON.stringify({ default: setting }))),
    );
    expect(printed?.split('\n')).to.deep.equal(expected?.split('\n'));
    expect(expected).to.match(/loaded/);
  }).timeout(60_000);

  it('run a program with SQLAlchemy and pandas as with MySQLdb', async function () {
    need(this, 'MySQLdb', 'sqlalchemy', 'pandas');
    const { user, password = '', host, port, socketPath } = parseMysqlUrl(database).connection;
    const login = `${user}:${encodeURIComponent(password)}`;
    const place = socketPath === undefined ? `${host}:${port}` : 'localhost';
    const socket = socketPath === undefined ? '' : `&unix_socket=${encodeURIComponent(socketPath)}`;
    const urls = [
      `mysql+mysqldb://${login}@${place}/${SCHEMAS[0]}?charset=utf8mb4${socket}`,
      gateway.url.replace('http:', 'netsvc:'),
    ];
    const [expected, printed] = (await run('sqlalchemy_program.py', ...urls))
      .split('\nnext\n')
      .map((text) => text.trim());
    expect(printed?.split('\n')).to.deep.equal(expected?.split('\n'));
    expect(expected).to.match(/reflected/);
  }).timeout(60_000);

  it('run the programs of docs/getting-started.md', async function () {
    need(this, 'sqlalchemy', 'pandas', 'django', 'peewee');
    const text = await readFile(projectFile('docs/getting-started.md'), 'utf8');
    const section = text.slice(text.indexOf('\n## SQLAlchemy'));
    const programs = [...section.matchAll(/```python\n(.*?)```/gs)].map(([, program = '']) => program);
    expect(programs).to.have.length(4);
    // One after the other in one process: each imports for a second.
    const program = programs
      .join('\n')
      .replace(/netsvc:\/\/[^"?]+/, gateway.url.replace('http:', 'netsvc:'))
      .replaceAll(/"https?:\/\/[^"]+"/g, JSON.stringify(gateway.url));
    const expected = [...program.matchAll(/^ *print\(.*\) *# (.*)$/gm)].map(([, line = '']) => `${line}\n`);
    expect(expected).to.have.length(5);
    expect(await python('-c', program)).to.equal(expected.join(''));
  }).timeout(60_000);
});

/** Makes a spec pending unless Debian's Python has the modules. */
function need(spec: Mocha.Context, ...modules: string[]): void {
  // To import them takes seconds.
  const program = 'import sys; from importlib.util import find_spec; sys.exit(not all(map(find_spec, sys.argv[1:])))';
  if (spawnSync(PYTHON, ['-c', program, ...modules]).status === 0) return;
  const packages = modules.map((name) => `python3-${name.toLowerCase()}`).join(', ');
  if (process.env.CI) expect.fail(`there is no ${packages}`);
  pend(spec, `${packages}: not all are installed`);
}

const run = (program: string, ...args: string[]) =>
  python(projectFile(`spec/clients/python/libraries/${program}`), ...args);

/** Runs a program and returns its output; fails with its traceback. */
async function python(...args: string[]): Promise<string> {
  const env = { ...process.env, PYTHONPATH: projectFile('clients/python'), PYTHONIOENCODING: 'utf-8' };
  const { stdout } = await promisify(execFile)(PYTHON, ['-B', '-W', 'ignore', ...args], { env, timeout: 60_000 });
  return stdout;
}
