import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { call, faultOf, statusOf } from '../support/client.js';
import { testDatabase } from '../support/mariadb.js';
import { NetsvcProcess, run } from '../support/netsvc-process.js';
import { projectFile } from '../support/project-file.js';
import { findPython, runPython } from '../support/python.js';

const MISSING = `db -- Programming Error\n\n(1146, "Table 'test.missing' doesn't exist")`;
const DUPLICATE = "mysql -- Duplicate entry '1' for key 'PRIMARY'";
const TEXT = "it's höpper 😀";

/** What a session of `session.py` must see. */
const STEPS: Readonly<Record<string, unknown>> = {
  execute: 5,
  description: [
    ['seq', 8, 1, 20, 20, 0, 0],
    ["it's höpper ?", 253, 17, 52, 52, 39, 0],
  ],
  fetchone: [1, TEXT],
  fetchmany: [
    [2, TEXT],
    [3, TEXT],
  ],
  fetchall: [
    [4, TEXT],
    [5, TEXT],
  ],
  exhausted: [],
  rowcount: 5,
  named: [1, [[1.5, '100%']]],
  binary: [[0, 255], 1, null],
  missing: [1, MISSING],
  executemany: 2,
  duplicate: [1062, DUPLICATE],
  unknown: [55, 'netsvc -- Method Unavailable'],
  timeout: [
    56,
    'netsvc -- Parameters Incorrect\n\ntimeout: expected more than 0 and at most 3600 seconds, received -1.',
  ],
  nan: [56, 'netsvc -- Parameters Incorrect\n\ntimeout: expected more than 0 and at most 3600 seconds, received NaN.'],
  close: 0,
  closed: [404, 'Not Found'],
};

describe('a session with a private MariaDB', () => {
  let folder: string;
  let netsvc: NetsvcProcess;

  before(async function () {
    testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-interop-'));
    netsvc = await NetsvcProcess.start(['--data', folder]);
  });

  after(async () => {
    if (netsvc) expect(await netsvc.stop()).to.include({ status: 0, stderr: '' });
    if (folder) await rm(folder, { recursive: true });
  });

  for (const major of ['2.7', '3'] as const) {
    const python = findPython(major);
    it(`works from ${python ? `Python ${python.version}` : `Python ${major}, which is not on this machine`}`, async function () {
      if (python === undefined) return process.env.CI ? expect.fail(`there is no Python ${major}`) : this.skip();
      const script = projectFile('spec/interop/session.py');
      const printed = await runPython(python, script, netsvc.url);
      const steps = Object.fromEntries(
        printed
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      );
      expect(steps).to.deep.equal(STEPS);
    });
  }

  it('works from the xmlrpc package', async () => {
    const url = `${netsvc.url}/${await call(netsvc.url, 'cursor', 30)}`;
    const query = 'select seq, %s from seq_1_to_6 where seq < %s';
    expect(await call(url, 'execute', query, [TEXT, 6])).to.equal(STEPS.execute);
    for (const [method, ...params] of [['description'], ['fetchone'], ['fetchmany', 2], ['fetchall'], ['rowcount']]) {
      expect(await call(url, String(method), ...params), String(method)).to.deep.equal(STEPS[String(method)]);
    }
    expect(await faultOf(call(url, 'execute', 'select * from missing'))).to.deep.equal({ code: 1, string: MISSING });
    expect(await call(url, 'close')).to.equal(0);
    expect(await statusOf(call(url, 'rowcount'))).to.equal(404);
  });

  it('works from bin/rpc-call', async () => {
    const rpcCall = async (...args: string[]) => JSON.parse((await run('rpc-call', args)).stdout);
    const url = `${netsvc.url}/${await rpcCall(netsvc.url, 'cursor', '30')}`;
    const query = 'select seq, %s from seq_1_to_6 where seq < %s';
    expect(await rpcCall(url, 'execute', query, JSON.stringify([TEXT, 6]))).to.equal(STEPS.execute);
    for (const [method, ...params] of [['description'], ['fetchone'], ['fetchmany', '2'], ['fetchall'], ['rowcount']]) {
      expect(await rpcCall(url, String(method), ...params), method).to.deep.equal(STEPS[String(method)]);
    }
    expect(await run('rpc-call', [url, 'execute', 'select * from missing'])).to.include({
      status: 1,
      stderr: `fault 1: ${MISSING}\n`,
    });
    expect(await rpcCall(url, 'close')).to.equal(0);
    expect((await run('rpc-call', [url, 'rowcount'])).stderr).to.equal('rpc-call: HTTP 404 Not Found\n');
  });
});
