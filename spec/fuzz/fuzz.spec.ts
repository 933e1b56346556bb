import { expect } from 'chai';
import { findPython } from '../support/python.js';
import { Expat } from './expat.js';
import { fuzz } from './fuzz.js';
import { startTarget } from './fuzz-target.js';

describe('mutated requests', () => {
  it('are accepted or rejected in time, and well-formed exactly if Python says so', async () => {
    const python = findPython('3');
    const expat = python && new Expat(python);
    const { daemon, url } = await startTarget();
    const { failures, answers } = await fuzz({ count: 2000, seed: Date.now() % 2 ** 31, urls: [url], expat });
    expat?.stop();
    await daemon.stop();
    expect(failures).to.deep.equal([]);
    for (const kind of ['result', 'fault 54', '400']) expect(answers.get(kind), kind).to.be.greaterThan(10);
  });
});
