import { expect } from 'chai';
import { makeAuthority } from '../support/certificates.js';
import { findPythons, type Python } from '../support/python.js';
import { pend } from '../support/test-server.js';
import { run } from './netsvc-dbapi.js';

// They wait for time-outs, and need no database.
describe('netsvc_dbapi without a gateway', function () {
  this.timeout(60_000);

  let pythons: Python[];

  // What is here is about Python's HTTP and TLS, of which 3.6 has those of 3.13.
  before(function () {
    const all = findPythons();
    const latest = all.filter(({ version }) => version.startsWith('3.')).at(-1);
    pythons = [all.find(({ version }) => version.startsWith('2.7.')), latest].filter((python) => python !== undefined);
    if (latest === undefined) {
      if (process.env.CI) expect.fail('there is no Python 3');
      pend(this, 'there is no Python 3');
    }
  });

  it('raises errors that say no more than is known, within one time-out', async () => {
    const authority = await makeAuthority();
    try {
      const { certificate, key } = await authority.issue('localhost');
      const program = (python: Python) => run(python, 'outcomes.py', certificate, key, authority.ca);
      for (const output of await Promise.all(pythons.map(program))) expect(output).to.match(/^\d\d tests\n$/);
    } finally {
      await authority.remove();
    }
  });

  it('raises only errors of PEP 249, whatever a server answers', async () => {
    const outputs = await Promise.all(pythons.map((python) => run(python, 'hostile.py')));
    for (const output of outputs) expect(output).to.match(/^\d tests\n$/);
  });
});
