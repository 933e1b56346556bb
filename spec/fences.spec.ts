import { execFile, spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from '@swc/core';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { StatementSplitter } from '#lib/rpc-call/sql/statement-splitter.js';
import { CODE_CHECKS, COMPILE_PYTHON } from './support/code-checks.js';
import { documents, type Fence, fencesOf, sideOf } from './support/markdown.js';
import { projectFile } from './support/project-file.js';
import { findPython } from './support/python.js';
import { SuiteFolder } from './support/suite-folder.js';
import { pend } from './support/test-server.js';

/** Its blocks are parts of declarations and of programs. */
const API = 'docs/api.md';

/** What is no code. */
const TEXT = ['text'];
/** The checks of this file, by language. */
const LANGUAGES = ['ts', 'js', 'json', 'yaml', 'console', 'python', 'diff', 'sql', ...Object.keys(CODE_CHECKS)];

describe('the code blocks of the documents', () => {
  const fences: Fence[] = [];
  const folder = new SuiteFolder();

  before(() => {
    for (const document of documents()) fences.push(...fencesOf(document));
  });

  const of = (...languages: string[]) => fences.filter(({ language }) => languages.includes(language));
  const nameOf = ({ document, line }: Fence) => `${document}:${line}`;

  it('end, and name a language that is checked', () => {
    expect(fences).to.have.length.greaterThan(80);
    const unknown = fences.filter(({ language }) => ![...TEXT, ...LANGUAGES].includes(language));
    expect(unknown.map((fence) => `${nameOf(fence)}: ${fence.language}`)).to.deep.equal([]);
  });

  it('are found wherever a mark of one is', () => {
    const block = '~~~~\n```\n~~~~\n';
    expect(fencesOf('x', `${block}- a\n\n  \`\`\`sh\n  b\n    c\n  \`\`\`\n`).map(({ text }) => text)).to.deep.equal([
      '```\n',
      'b\n  c\n',
    ]);
    for (const wrong of ['```ts\na ```\n', '```\na\n', 'a ```\n', '```\na\n``` b\n']) {
      expect(() => fencesOf('x', wrong), wrong).to.throw(/^x:\d: a (?:mark|block) that/);
    }
  });

  for (const [language, { suffix, installed, check, whole = (text: string) => text }] of Object.entries(CODE_CHECKS)) {
    it(`are valid ${language}`, async function () {
      if (spawnSync('sh', ['-c', installed]).status !== 0) pend(this, 'it is not installed');
      const files: string[] = [];
      for (const [i, fence] of of(language).entries()) {
        const name = `${fence.document.replaceAll(/\W/g, '_')}_${fence.line}_${i}${suffix}`;
        files.push(await folder.write(name, whole(fence.text)));
      }
      const { status, stdout, stderr } = spawnSync('sh', ['-c', check, 'sh', ...files], { encoding: 'utf8' });
      expect(status, stdout + stderr).to.equal(0);
    });
  }

  it('have commands that are valid sh', () => {
    for (const fence of of('console')) {
      const commands = fence.text.split('\n').flatMap((line) => (/^[$>] /.test(line) ? [line.slice(2)] : []));
      expect(commands, nameOf(fence)).not.to.deep.equal([]);
      const { status, stderr } = spawnSync('bash', ['-n'], { input: `${commands.join('\n')}\n`, encoding: 'utf8' });
      expect([status, stderr], nameOf(fence)).to.deep.equal([0, '']);
    }
  });

  for (const version of ['2.7', '3'] as const) {
    it(`are valid Python ${version}`, function () {
      const python = findPython(version);
      if (python === undefined) return pend(this, 'it is not installed');
      const other = version === '3' ? /Python 2/ : /Python 3|requests/;
      const programs: (readonly [string, string])[] = [];
      for (const fence of of('python', 'diff').filter(({ heading }) => !other.test(heading))) {
        const texts = fence.language === 'diff' ? [sideOf(fence.text, '-'), sideOf(fence.text, '+')] : [fence.text];
        for (const text of texts) programs.push([nameOf(fence), text]);
      }
      const input = JSON.stringify(programs);
      const { stdout, stderr } = spawnSync(python.command, ['-c', COMPILE_PYTHON], { input, encoding: 'utf8' });
      expect(stdout + stderr).to.equal('');
    });
  }

  it('are valid JSON, one value after the other', () => {
    for (const fence of of('json')) {
      let value = '';
      for (const line of fence.text.split('\n')) {
        value += line;
        if (isJson(value)) value = '';
      }
      expect(value, nameOf(fence)).to.equal('');
    }
  });

  it('are valid YAML', () => {
    for (const fence of of('yaml')) {
      for (const document of parseAllDocuments(fence.text)) {
        expect([...document.errors, ...document.warnings].map(String), nameOf(fence)).to.deep.equal([]);
      }
    }
  });

  it('are whole statements of SQL', () => {
    for (const fence of of('sql')) {
      const splitter = new StatementSplitter();
      const statements = splitter.write(fence.text);
      const rest = splitter.end();
      for (const { sql: text } of rest ? [...statements, rest] : statements) {
        const statement = text.replace(/^(?:--.*\n|\/\*.*\*\/ )*/, '');
        expect(statement, nameOf(fence)).to.match(/^(?:create|insert|grant|alter|select|set|show|kill)\b/i);
      }
    }
  });

  it('are valid JavaScript', async () => {
    for (const fence of of('js')) await parse(fence.text, { syntax: 'ecmascript', target: 'es2022' });
  });

  it('are valid TypeScript where they are parts', async () => {
    for (const fence of of('ts').filter(({ document }) => document === API)) {
      const around = [
        fence.text,
        `class Part extends Whole {\n${fence.text}\n}`,
        `declare ${fence.text}`,
        `() => {\n${fence.text}\n}`,
      ];
      const parsed = await Promise.allSettled(around.map((text) => parse(text, { syntax: 'typescript' })));
      expect(
        parsed.map(({ status }) => status),
        `${nameOf(fence)}: ${fence.text}`,
      ).to.include('fulfilled');
    }
  });

  it('are TypeScript that compiles, and tests that pass', async function () {
    this.timeout(60_000);
    // In the package, which they import by its name.
    const folder = projectFile('build/fences');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const blocks = of('ts').filter(({ document, text }) => !text.startsWith('// examples/') && document !== API);
    const files = new Map(blocks.map((fence) => [nameOf(fence).replaceAll(/\W/g, '-'), fence.text]));
    const example = await readFile(projectFile('examples/counter.ts'), 'utf8');
    const [classes = ''] = example.split('\nnew Counters();');
    files.set(
      'counters',
      classes
        .replace(', serve }', ' }')
        .replace("import { once } from 'node:events';\n", '')
        .replaceAll('class C', 'export class C'),
    );
    for (const [name, text] of files) await writeFile(join(folder, `${name}.ts`), text);
    const options = {
      extends: '../../tsconfig.json',
      compilerOptions: { rootDir: '.', outDir: '.', declaration: false, noEmitOnError: true },
      include: ['.'],
      exclude: [],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(options));
    const tsc = projectFile('node_modules/typescript/lib/tsc.js');
    const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    expect(status, stdout).to.equal(0);
    const tests = [...files].filter(([, text]) => text.includes('node:assert')).map(([name]) => `${name}.js`);
    expect(tests).to.have.length.greaterThan(0);
    for (const test of tests) await promisify(execFile)(process.execPath, [join(folder, test)]);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return text === '';
  }
}
