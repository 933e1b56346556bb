import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { projectFile } from '../support/project-file.js';
import { urlWith } from '../support/suite-gateway.js';
import { hasLua } from './client-programs.js';

/** What the program receives for each call. */
const RESULTS: Readonly<Record<string, unknown>> = {
  execute: [[1, 'a']],
  in: [[1], [2], [3]],
  mapping: [[5]],
  empty: [[1]],
  executemany: 2,
  multicall: [
    [[[7]]],
    {
      faultCode: 56,
      faultString: 'netsvc -- Parameters Incorrect\n\nExpected 1-2 arguments, received 0.',
    },
    [[[1]]],
  ],
  transaction: [1, 2, [[3, 'washer']]],
  statement: [56, 'netsvc -- Parameters Incorrect\n\nstatements[1]: expected array, received struct.'],
  session: [[1], [[['x']]]],
  // Of these, nil is an empty string.
  batch: [[''], [2], [''], [1], [[1]]],
  once: [[1], [[[8]]]],
  again: [[1], [[[8]]]],
  nothing: 1,
  callproc: [40, 2],
  called: [[42]],
  close: 0,
};

describe('lua-xmlrpc', () => {
  let gateway: DatabaseGateway;

  before(async function () {
    const url = testDatabase(this);
    if (!hasLua()) {
      if (process.env.CI) throw new Error('there is no lua-xmlrpc');
      this.skip();
    }
    gateway = await DatabaseGateway.start(urlWith(url, 'nulls=empty&bigints=string'));
  });

  after(() => gateway?.stop());

  it('calls every method that takes a list with plain tables, at any depth', async () => {
    const program = projectFile('spec/interop/clients/lua-tables.lua');
    const { stdout } = await promisify(execFile)('lua5.1', [program, gateway.url], { timeout: 20_000 });
    const lines: [string, unknown][] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(Object.fromEntries(lines)).to.deep.equal(RESULTS);
  });
});
