import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { documentedTexts } from '../support/documented-texts.js';
import { projectFile } from '../support/project-file.js';
import { findPython } from '../support/python.js';
import { compareWithPython } from './compare.js';
import { DIFFERENCES } from './differences.js';
import { Expat } from './expat.js';
import { fuzz } from './fuzz.js';
import { startTarget } from './fuzz-target.js';
import { PythonDecoder } from './python-decoder.js';

describe('mutated requests', () => {
  it('are accepted or rejected in time, and well-formed exactly if Python says so', async () => {
    const python = findPython('3');
    const expat = python && new Expat(python);
    const { daemon, url } = await startTarget();
    const { failures, answers } = await fuzz({ count: 1000, seed: Date.now() % 2 ** 31, urls: [url], expat });
    expat?.stop();
    await daemon.stop();
    expect(failures).to.deep.equal([]);
    for (const kind of ['result', 'fault 54', '400']) expect(answers.get(kind), kind).to.be.greaterThan(10);
  });

  for (const version of ['2.7', '3'] as const) {
    it(`of real clients are decoded as by Python ${version}, but for intended differences`, async function () {
      const python = findPython(version);
      if (python === undefined) return this.skip();
      const decoder = new PythonDecoder(python);
      const { counts, texts, failures } = await compareWithPython({
        count: 700,
        seed: Date.now() % 2 ** 31,
        python: decoder,
      });
      decoder.stop();
      expect(failures).to.deep.equal([]);
      // Of 700 requests, about 15 have tags in other places: fewer than 3 in one of 20,000 runs.
      for (const what of ['the same call', 'refused by both', 'Tags in other places'])
        expect(counts.get(what), what).to.be.greaterThan(2);
      const documented = await documentedTexts();
      for (const text of texts)
        expect(
          documented.some((pattern) => pattern.test(text)),
          text,
        ).to.equal(true);
    });
  }

  it('have their intended differences in spec/fuzz/differences.md, each with its reason', async () => {
    const page = await readFile(projectFile('spec/fuzz/differences.md'), 'utf8');
    const rows = [...page.matchAll(/^\| ([^|]+) \| [^|]{10,} \|$/gm)].map(([, name]) => name);
    expect(rows).to.deep.equal(Object.keys(DIFFERENCES));
  });
});
