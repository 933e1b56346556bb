import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { rpcCall as runHere } from '../support/command.js';
import { DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { NetsvcProcess, run } from '../support/netsvc-process.js';
import { urlWith } from '../support/suite-gateway.js';
import { perServer } from '../support/test-server.js';
import { type ClientProgram, clientPrograms } from './client-programs.js';
import { type Outcomes, outcomeIn, readTable, writeTable } from './client-table.js';
import { type HostileValue, READ_VALUES, SENT_VALUES, valuesFile } from './hostile-values.js';

const TEXT = "it's höpper";

/** What every client must receive in a session. */
const steps = (database: string): Readonly<Record<string, unknown>> => ({
  execute: 5,
  description: [
    ['seq', 3, 1, 11, 11, 0, 0],
    // The scale is that of no fixed number of decimals.
    [TEXT, 253, 12, 44, 44, perServer({ MariaDB: 39, MySQL: 31 }), 0],
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
  named: [[1.5, '100%']],
  missing: [1, `db -- Programming Error\n\n(1146, "Table '${database}.missing' doesn't exist")`],
  executemany: 2,
  duplicate: [1062, `mysql -- Duplicate entry '1' for key '${perServer({ MariaDB: '', MySQL: 't.' })}PRIMARY'`],
  unknown: [55, 'netsvc -- Method Unavailable\n\nThere is no method "unknown".'],
  timeout: [
    56,
    'netsvc -- Parameters Incorrect\n\ntimeout: expected more than 0 and at most 3600 seconds, received -1.',
  ],
  close: 0,
  closed: 404,
});

/** If this is set, the tables of docs/clients.md are written instead of compared. */
const REWRITE = process.env.NETSVC_REWRITE_CLIENTS !== undefined;

describe('the clients', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netsvc-clients-'));
  const programs = clientPrograms(folder);
  const values = join(folder, 'values');
  const seen = { sent: newTable(SENT_VALUES), read: newTable(READ_VALUES) };
  let netsvc: NetsvcProcess;
  let database: string;

  before(async function () {
    const url = testDatabase(this);
    database = new URL(url).pathname.slice(1);
    const gateway = await DatabaseGateway.start(url, { init: ["set sql_mode = ''"] });
    await gateway.execute('drop table if exists zero_date');
    await gateway.execute('create table zero_date (day date)');
    await gateway.execute("insert into zero_date values ('0000-00-00')");
    await gateway.stop();
    const plain = urlWith(url, 'nulls=empty&bigints=string');
    netsvc = await NetsvcProcess.start(['--database', `any=${url}`, '--database', `plain=${plain}`], 2);
    writeFileSync(values, valuesFile());
  });

  after(async () => {
    if (netsvc) expect(await netsvc.stop()).to.include({ status: 0, stderr: '' });
    rmSync(folder, { recursive: true });
    const columns = [...new Set(programs.map(({ column }) => column))];
    if (REWRITE) for (const [title, table] of Object.entries(seen)) writeTable(title, columns, table);
  });

  /** The output of a client: its steps, and the outcome of each value. */
  async function drive(program: ClientProgram): Promise<{ steps: Record<string, unknown>; outcomes: string[] }> {
    const [command = '', ...args] = program.command ?? [];
    const url = netsvc.ready[program.plain ? 2 : 1] ?? '';
    const options = { timeout: 60_000, env: { ...process.env, TZ: 'UTC' } };
    const { stdout } = await promisify(execFile)(command, [...args, url, values], options);
    const lines: [string | number, ...unknown[]][] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const all = [...SENT_VALUES, ...READ_VALUES];
    return {
      steps: Object.fromEntries(lines.filter(([name]) => typeof name === 'string')),
      outcomes: lines
        .filter(([name]) => typeof name === 'number')
        .map(([index, kind, text]) => outcome(all[Number(index)], String(kind), String(text), program.plain)),
    };
  }

  for (const program of programs) {
    it(`work: ${program.name}${program.command ? '' : ', which is not on this machine'}`, async function () {
      if (program.command === undefined) {
        return process.env.CI ? expect.fail(`there is no ${program.name}`) : this.skip();
      }
      const { steps: taken, outcomes } = await drive(program);
      if (this.test) this.test.title = `work: ${taken.version}`;
      const expected: Record<string, unknown> = {
        ...steps(database),
        ...(program.closed === undefined ? {} : { closed: program.closed }),
      };
      for (const step in expected) expect(said(taken[step]), step).to.deep.equal(expected[step]);
      expect(outcomes).to.have.length(SENT_VALUES.length + READ_VALUES.length);
      for (const [i, { name }] of SENT_VALUES.entries()) seen.sent.get(name)?.set(program.column, outcomes[i] ?? '');
      for (const [i, { name }] of READ_VALUES.entries()) {
        seen.read.get(name)?.set(program.column, outcomes[SENT_VALUES.length + i] ?? '');
      }
      if (REWRITE) return;
      for (const [title, table] of Object.entries(seen)) {
        const written = readTable(title);
        for (const value of written.keys()) expect([...table.keys()], title).to.include(value);
        const expected = [...table.keys()].map((value) => [value, outcomeIn(written, value, program.column)]);
        expect(column(table, program.column), title).to.deep.equal(Object.fromEntries(expected));
      }
    });
  }

  it('work: bin/rpc-call', async () => {
    const [, url = ''] = netsvc.ready;
    const expected = steps(database);
    const rpcCall = async (...args: string[]) => JSON.parse((await runHere(args)).stdout);
    const cursor = `${url}/${JSON.parse((await run('rpc-call', [url, 'cursor', '30'])).stdout)}`;
    const query = 'select seq, %s from numbers where seq < %s';
    expect(await rpcCall(cursor, 'execute', query, JSON.stringify([TEXT, 6]))).to.equal(expected.execute);
    for (const [method, ...params] of [['description'], ['fetchone'], ['fetchmany', '2'], ['fetchall'], ['rowcount']]) {
      expect(await rpcCall(cursor, String(method), ...params), method).to.deep.equal(expected[String(method)]);
    }
    const [code, string] = expected.missing as [number, string];
    expect(await runHere([cursor, 'execute', 'select * from missing'])).to.include({
      status: 1,
      stderr: `fault ${code}: ${string}\n`,
    });
    expect(await rpcCall(cursor, 'close')).to.equal(0);
    expect((await runHere([cursor, 'rowcount'])).stderr).to.equal('rpc-call: HTTP 404 Session closed\n');
  });
});

function newTable(of: readonly HostileValue[]): Map<string, Map<string, string>> {
  return new Map(of.map(({ name }) => [name, new Map<string, string>()]));
}

function column(table: Outcomes, name: string): Record<string, string | undefined> {
  return Object.fromEntries([...table].map(([value, outcomes]) => [value, outcomes.get(name)]));
}

/** xmlrpc-c prepends text to the server's. */
function said(step: unknown): unknown {
  if (!Array.isArray(step) || typeof step[1] !== 'string') return step;
  return [step[0], step[1].replace(/^RPC failed at server\. {2}/, '')];
}

/** The outcome of a value in a short form: `=` if it came back equal. */
function outcome(value: HostileValue | undefined, kind: string, text: string, plain = false): string {
  if (value === undefined) return 'unknown';
  if (kind === 'refused') return `fault ${/\d+/.exec(text)?.[0] ?? 54}`;
  if (kind === 'not sent' || kind === 'not read') return kind;
  const [type, expected] = value.back ?? [value.type, value.text];
  if (plain && type === 'nil') return kind === 'string' && text === '' ? '=' : kind;
  const same =
    type === 'double' || (type === 'int' && kind === 'double') ? Number(text) === Number(expected) : text === expected;
  if (same) return kind === type ? '=' : kind;
  if (type === 'string' && kind === 'base64' && Buffer.from(text, 'hex').toString() === expected) return '=, as base64';
  const shown = JSON.stringify(text.length > 12 ? `${text.slice(0, 4)}...` : text);
  return `\`${kind === type ? shown : `${kind} ${shown}`}\``.replaceAll('|', '\\|');
}
