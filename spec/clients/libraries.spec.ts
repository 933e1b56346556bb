import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { projectFile } from '../support/project-file.js';
import { pend } from '../support/test-server.js';

/** The Python of Debian, which has Debian's libraries. */
const PYTHON = '/usr/bin/python3';

describe('Python libraries over netsvc_dbapi', () => {
  let gateway: DatabaseGateway;

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this));
  });

  after(() => gateway?.stop());

  it('run the programs of docs/python.md', async function () {
    need(this, 'sqlalchemy', 'pandas', 'django', 'peewee');
    const text = await readFile(projectFile('docs/python.md'), 'utf8');
    const section = text.slice(text.indexOf('## Libraries'), text.indexOf('## Differences'));
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
  if (spawnSync(PYTHON, ['-c', `import ${modules.join(', ')}`]).status === 0) return;
  const packages = modules.map((name) => `python3-${name.toLowerCase()}`).join(', ');
  if (process.env.CI) expect.fail(`there is no ${packages}`);
  pend(spec, `${packages}: not all are installed`);
}

/** Runs a program and returns its output; fails with its traceback. */
async function python(...args: string[]): Promise<string> {
  const env = { ...process.env, PYTHONPATH: projectFile('clients/python'), PYTHONIOENCODING: 'utf-8' };
  const { stdout } = await promisify(execFile)(PYTHON, ['-B', '-W', 'ignore', ...args], { env, timeout: 60_000 });
  return stdout;
}
