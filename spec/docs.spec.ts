import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { maxHeaderSize } from 'node:http';
import { expect } from 'chai';
import { DATABASE_RESOURCES } from '#lib/database/pool/database-observer.js';
import type { Service } from '#lib/index.js';
import { RESOURCES } from '#lib/netsvc/refusal.js';
import { OPTIONS } from '#lib/server/configuration/options.js';
import { METRICS } from '#lib/server/observation/metric-declarations.js';
import { ALL_TABLES, DOCUMENT, TABULATED, tableNames, withTables } from './option-tables/option-tables.js';
import { projectFile } from './support/project-file.js';
import { SPECS_OF_FAILURES } from './support/specs-of-failures.js';
import { SPECS_OF_THREATS } from './support/specs-of-threats.js';
import { suiteGateway } from './support/suite-gateway.js';

/** Where lib/ declares the fixed limits, in the order of docs/configuration.md; the first one is Node's. */
const FIXED_LIMITS = [
  ['http/listener/http-daemon.ts', 'headersTimeout'],
  ['http/listener/http-daemon.ts', 'requestTimeout'],
  ['http/listener/http-daemon.ts', 'KEEP_ALIVE'],
  ['http/listener/listen.ts', 'BACKLOG'],
  ['access/failed-logins.ts', 'FORGET_INTERVAL'],
  ['access/failed-logins.ts', 'NETWORK_FORGET_INTERVAL'],
  ['access/check-queue.ts', 'MAX_WAITING'],
  ['access/check-queue.ts', 'MAX_WAITING_FROM_ORIGIN'],
  ['access/password-file.ts', 'MAX_COST'],
  ['xmlrpc/params-builder.ts', 'MAX_DEPTH'],
  ['xmlrpc/call-builder.ts', 'MAX_OPEN'],
  ['xmlrpc/value-encoding.ts', 'MAX_DEPTH'],
  ['xmlrpc/xml-tokenizer.ts', 'MAX_ATTRIBUTES'],
  ['xmlrpc/params-builder.ts', 'MAX_MEMBERS'],
  ['xmlrpc/grammar.ts', 'MAX_TEXT'],
  ['netsvc/service-failure.ts', 'MAX_TEXT'],
  ['netsvc/call-list.ts', 'MAX_CALLS'],
  ['database/calls/transaction.ts', 'MAX_STATEMENTS'],
  ['database/connections/pending-commands.ts', 'COMMAND_TIMEOUT'],
  ['database/results/result-limits.ts', 'MAX_FILES'],
  ['netsvc/ended-sessions.ts', 'MEMORY'],
  ['netsvc/ended-sessions.ts', 'GENERATION'],
  ['server/admin/admin-service.ts', 'MAX_PAUSE'],
  ['server/instance/operator-access.ts', 'MAX_ADMIN_REQUEST'],
  ['server/admin/admin-listener.ts', 'MAX_CONNECTIONS'],
  ['server/observation/statement-table.ts', 'MAX_STATEMENTS'],
  ['server/admin/admin-service.ts', 'MAX_REASON'],
  ['server/pages/sessions-page.ts', 'MAX_SHOWN'],
] as const;

describe('the documents', () => {
  const gateway = suiteGateway();
  let reference: string;

  before(async () => {
    reference = (await readFile(projectFile('docs/reference.md'), 'utf8')).replaceAll(/ +/g, ' ');
  });

  it('describe every method, each of which has a declaration and help', async () => {
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

  for (const [document, head, specs] of [
    ['docs/security.md', 'threat', SPECS_OF_THREATS],
    ['docs/operations.md', 'what fails', SPECS_OF_FAILURES],
  ] as const) {
    it(`have specs for each row: ${document}`, async () => {
      const rows = (await tables(document)).filter(({ head: [first], row }) => first === head && row[1] !== '');
      expect(rows.map(({ row }) => row[0])).to.have.members(Object.keys(specs));
      for (const spec of Object.values(specs).flat()) expect(await isSpec(spec), spec).to.equal(true);
    });
  }

  it('list every installed package with its version', async () => {
    const { packages } = JSON.parse(await readFile(projectFile('package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string; dev?: true }>;
    };
    const installed = Object.entries(packages).flatMap(([path, { version, dev }]) =>
      path === '' || dev ? [] : [`${path.slice(path.lastIndexOf('node_modules/') + 13)} ${version}`],
    );
    const rows = (await tables('docs/security.md')).filter(({ head }) => head[0] === 'package');
    const named = rows.flatMap(({ row: [name, version, , , others = ''] }) => [
      `${name} ${version}`,
      ...others.replaceAll(/\w+: /g, '').split(/[,;] /).filter(Boolean),
    ]);
    expect(named).to.have.members(installed);
    for (const { row } of rows) expect(row.slice(0, 4), row[0]).to.not.include('');
  });

  it('have each option in one table, as npm run docs writes it', async () => {
    expect(await readFile(projectFile(DOCUMENT), 'utf8')).to.equal(withTables());
    expect(tableNames()).to.have.members([...ALL_TABLES]);
    expect(TABULATED).to.have.members(Object.keys(OPTIONS));
  });

  it('list the resources whose refusals are logged and counted', async () => {
    const rows = (await tables('docs/operations.md')).filter(({ head }) => head[0] === '`resource`');
    const names = rows.flatMap(({ row: [names = ''] }) => names.split(', ').map((name) => name.replaceAll('`', '')));
    expect(names).to.have.members([...Object.keys(RESOURCES), ...DATABASE_RESOURCES]);
  });

  it('list the fixed limits', async () => {
    const rows = (await tables('docs/configuration.md')).filter(({ head }) => head[0] === 'limit');
    const declared = [maxHeaderSize];
    for (const [file, name] of FIXED_LIMITS) declared.push(await constantOf(`lib/${file}`, name));
    expect(rows).to.have.lengthOf(declared.length);
    for (const [i, { row }] of rows.entries()) {
      const [, digits, unit = ''] = /^(\d+) ?(\w*)$/.exec(row[1] ?? '') ?? [];
      // Times are in seconds or milliseconds.
      const factors = { '': [1], KB: [1024], MB: [1024 * 1024], second: [1, 1000], seconds: [1, 1000] }[unit] ?? [];
      expect(
        factors.map((factor) => Number(digits) * factor),
        row[0],
      ).to.include(declared[i]);
    }
  });

  it('list every metric with its type and labels', async () => {
    const rows = (await tables('docs/operations.md')).filter(({ head }) => head[0] === 'metric');
    const declared = Object.entries(METRICS).map(([name, { type, labels }]) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(', '),
    ]);
    const listed = rows.flatMap(({ row: [names = '', ...rest] }) =>
      names.split(', ').map((name) => [name, ...rest.slice(0, 2)]),
    );
    expect(listed).to.deep.equal(declared);
    for (const { row } of rows) expect(row[3], row[0]).to.match(/^\w/);
  });
});

/** The value of a constant, or of a default, in a source file: a product of numbers. */
async function constantOf(file: string, name: string): Promise<number> {
  const source = await readFile(projectFile(file), 'utf8');
  const [, product = ''] = new RegExp(`\\b${name} = ([\\d_ *]+)[;,]`).exec(source) ?? [];
  return product
    .replaceAll('_', '')
    .split('*')
    .reduce((value, factor) => value * Number(factor), product === '' ? Number.NaN : 1);
}

/** Whether the specs of a file have a part of a title: `FILE: PART`. Their names can be keys of a table. */
async function isSpec(spec: string): Promise<boolean> {
  const [, file = '', part = ''] = /^(.*?): (.*)$/.exec(spec) ?? [];
  const paths = [`spec/${file}.spec.ts`, `spec/${file}.ts`].map(projectFile);
  const path = paths.find((path) => existsSync(path)) ?? expect.fail(`${spec}: there is no such file`);
  const source = await readFile(path, 'utf8');
  return source.replaceAll("\\'", "'").includes(part);
}

interface TableRow {
  readonly head: readonly string[];
  readonly row: readonly string[];
}

/** The rows of the tables of a document. */
async function tables(document: string): Promise<TableRow[]> {
  const rows: TableRow[] = [];
  let head: readonly string[] | undefined;
  for (const line of (await readFile(projectFile(document), 'utf8')).split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    if (cells.length < 3) head = undefined;
    else if (head === undefined) head = cells.slice(1, -1);
    else if (!/^-+$/.test(cells[1] ?? '')) rows.push({ head, row: cells.slice(1, -1) });
  }
  return rows;
}
