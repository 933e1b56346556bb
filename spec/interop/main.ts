// Runs the programs of docs/clients.md with each client that is installed, and shows what they read:
// npm run clients. With -- --write, it updates the table of docs/clients.md.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PrivateServer } from '#lib/server/private/private-server.js';
import { RunningServer } from '../support/netsvc-server.js';
import { readTable, writeTable } from './client-table.js';
import { SESSION_PROGRAMS, type SessionProgram } from './session-programs.js';
import { expectedOutput, runSession, versionOf, writeUsers } from './session-run.js';

/** Values that some clients do not support: what is selected, and what a client that supports it prints. */
const VALUES: Readonly<Record<string, { select: string; printed: RegExp }>> = {
  nil: { select: 'cast(%s as signed) + null', printed: /^/ },
  'beyond 32 bits': { select: 'cast(%s as signed) * 5000000000', printed: /^5000000000$/ },
  // In hexadecimal, so that no language takes it for something else.
  '`<&]]>"€`': { select: 'concat(%s, convert(0x3c265d5d3e22e282ac using utf8mb4))', printed: /^1<&\]\]>"€$/ },
  emoji: { select: 'concat(%s, convert(0xf09f9880 using utf8mb4))', printed: /^1😀$/ },
  'a response of 1 MB': { select: 'repeat(%s, 1000000)', printed: /^1{1000000}$/ },
};

const { values: flags } = parseArgs({
  options: { client: { type: 'string', multiple: true }, write: { type: 'boolean', default: false } },
});

const folder = await mkdtemp(join(tmpdir(), 'netsvc-clients-'));
const server = await PrivateServer.start(join(folder, 'data'), []);
const { socketPath = '' } = server.options;
const mysql = `mysql://root@localhost/test?socket=${encodeURIComponent(socketPath)}`;
const netsvc = await RunningServer.start([
  ...['--users', await writeUsers(folder)],
  ...['--database', `full=${mysql}`, '--database', `plain=${mysql}&nulls=empty&bigints=string`],
]);
const [full = '', plain = ''] = netsvc.endpoints;

const read = new Map([...readTable('reads')].map(([name, cells]) => [name, new Map(cells)]));
const counts = { passed: 0, failed: 0, skipped: 0 };
try {
  for (const program of SESSION_PROGRAMS) {
    if (flags.client && !flags.client.includes(program.heading)) continue;
    const version = await versionOf(program);
    const problems = version === undefined ? [] : await problemsOf(program);
    const outcome = version === undefined ? 'skipped' : problems.length === 0 ? 'passed' : 'failed';
    counts[outcome]++;
    console.log(`${outcome.padEnd(8)} ${program.heading} ${version ?? '(not installed)'}`);
    for (const problem of problems) console.log(`         ${problem}`);
    if (version !== undefined) read.set(program.heading, await valuesOf(program));
  }
  if (flags.write) writeTable('reads', Object.keys(VALUES), read);
} finally {
  await netsvc.stop();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;

/** What does not work with the database that is recommended for a client. */
async function problemsOf(program: SessionProgram): Promise<string[]> {
  const url = program.plain ? plain : full;
  const output = await runSession(program, { url }).catch(String);
  const problems = expectedOutput(program).test(output) ? [] : [`session: ${output}`];
  for (const [name, { select, printed }] of Object.entries(VALUES)) {
    if (name === program.lacks) continue;
    const value = await firstValue(program, url, select);
    if (value === undefined || !printed.test(value)) problems.push(`${name}: ${value?.slice(0, 80) ?? 'error'}`);
  }
  return problems;
}

/** What a client reads from a database without options. */
async function valuesOf(program: SessionProgram): Promise<Map<string, string>> {
  const seen = new Map<string, string>();
  for (const [name, { select, printed }] of Object.entries(VALUES)) {
    const value = await firstValue(program, full, select);
    seen.set(name, value === undefined ? 'error' : said(value, name === 'nil' ? undefined : printed));
  }
  return seen;
}

function said(value: string, expected: RegExp | undefined): string {
  if (expected?.test(value)) return '=';
  return value === '' ? 'empty' : `\`${value.slice(0, 20)}\``;
}

/** The first value of the row that a program prints. */
async function firstValue(program: SessionProgram, url: string, select: string): Promise<string | undefined> {
  const change = (source: string) => source.replace('select %s, %s', `select ${select}, %s`);
  const output = await runSession(program, { url, change }).catch(() => '');
  const lines = (program.printed ? withoutMarkup(output) : output).split('\n');
  return lines.find((line) => line.endsWith(' Grün'))?.replace(/ Grün$/, '');
}

function withoutMarkup(output: string): string {
  return output
    .replaceAll('<?xml', '\n<?xml')
    .replaceAll('</value><value>', ' ')
    .replaceAll(/<.*?>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
