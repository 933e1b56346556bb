import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { FAULTS, type Service } from '#lib/index.js';
import { DatabaseGateway } from './support/database-gateway.js';
import { testDatabase } from './support/mariadb.js';
import { projectFile } from './support/project-file.js';
import { findPython, runPython } from './support/python.js';

/** Runs the examples of a text as Python's doctest does, whatever module an exception is from. */
const DOCTEST = `
import doctest, sys
flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
sys.exit(doctest.testfile(sys.argv[1], module_relative=False, optionflags=flags).failed)
`;

describe('the documents', () => {
  let gateway: DatabaseGateway;
  let reference: string;

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this));
    reference = (await readFile(projectFile('docs/reference.md'), 'utf8')).replaceAll(/ +/g, ' ');
  });

  after(() => gateway?.stop());

  const python = findPython('2.7');
  it(`show a session that is true in ${python ? `Python ${python.version}` : 'Python 2.7, which is not on this machine'}`, async function () {
    if (python === undefined) return process.env.CI ? expect.fail('there is no Python 2.7') : this.skip();
    const readme = await readFile(projectFile('README.md'), 'utf8');
    const [, session = ''] = /```python\n(.*?)```/s.exec(readme) ?? [];
    expect(session).to.contain('http://127.0.0.1:8000/');
    const folder = await mkdtemp(join(tmpdir(), 'netsvc-readme-'));
    const file = join(folder, 'session.txt');
    const { host, origin } = new URL(gateway.url);
    await writeFile(file, session.replaceAll('http://127.0.0.1:8000', origin).replaceAll('127.0.0.1:8000', host));
    await runPython(python, '-c', DOCTEST, file).catch((error: { stdout: string }) => expect.fail(error.stdout));
    await rm(folder, { recursive: true });
  });

  it('name every method, and each has its declaration and its help', async () => {
    const cursor = await gateway.cursor();
    const session = gateway.registry.lookupServiceName(`database/${cursor.id}`);
    for (const service of [gateway.database, session] as Service[]) {
      for (const name of service.exportedMethods()) {
        expect(reference, name).to.match(new RegExp(`\`${name.replace('.', '\\.')}[(\`]`));
        const { params, returns, help } = service.exportedMethod(name)?.declaration ?? {};
        expect([params, returns, help], name).to.not.include(undefined);
      }
    }
  });

  it('name every fault of the framework', () => {
    for (const { code, description, origin } of Object.values(FAULTS)) {
      expect(reference).to.contain(`| ${code} | ${description} | ${origin} |`);
    }
  });

  it('name, for everything that can break, a spec that there is', async function () {
    let root = this.test?.parent;
    while (root?.parent) root = root.parent;
    if (root?.suites.length === 1) return this.skip(); // The others are not being run.
    const titles: string[] = [];
    root?.eachTest((test) => titles.push(test.fullTitle()));
    const text = await readFile(projectFile('docs/reliability.md'), 'utf8');
    const named = text.split('\n').flatMap((line) => {
      const [, , , spec = ''] = line.split('|').map((cell) => cell.trim());
      return /^(spec|-*)$/.test(spec) ? [] : [spec];
    });
    expect(named).to.have.length.greaterThan(30);
    expect(titles).to.include.members(named);
  });
});
