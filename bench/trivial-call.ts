// How many calls a second of a method that does nothing: `rowcount` on an open cursor, beside a bare node:http server that
// answers the same bytes. The machine is noisy, so the two take turns, and what counts is the ratio within a round.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { summary } from './samples.js';
import { ServerProcess } from './server-process.js';

const CONNECTIONS = 16;
const ROUNDS = 7;
const SECONDS = 3;

// This runs from where it was built, `build/bench`.
const root = join(import.meta.dirname, '../..');
const call = (method: string) =>
  `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params></params></methodCall>`;
const headers = { 'Content-Type': 'text/xml' };

async function answerOf(url: string, method: string): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers, body: call(method) });
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  return response.text();
}

/** Calls a second over `seconds`. */
async function rate(url: string, expected: string, seconds: number): Promise<number> {
  const options = { url, method: 'POST', headers, body: call('rowcount'), connections: CONNECTIONS } as const;
  const result = await autocannon({ ...options, duration: seconds, expectBody: expected });
  const wrong = result.errors + result.non2xx + result.mismatches;
  if (wrong > 0) throw new Error(`${url}: ${wrong} wrong answers`);
  return result.requests.total / result.duration;
}

const data = await mkdtemp(join(tmpdir(), 'netsvc-bench-'));
const netsvc = await ServerProcess.start(join(root, 'bin/netsvc'), ['--port', '0', '--data', data], 2);
const [, id] = /<string>(.*)<\/string>/.exec(await answerOf(netsvc.url, 'cursor')) ?? [];
const cursor = `${netsvc.url}/${id}`;
const answer = await answerOf(cursor, 'rowcount');
const bare = await ServerProcess.start(process.execPath, [join(root, 'bench/peers/bare-http.mjs'), answer]);

const rates = { netsvc: [] as number[], bare: [] as number[] };
const servers = [
  ['netsvc', cursor],
  ['bare', bare.url],
] as const;
for (const [, url] of servers) await rate(url, answer, SECONDS); // warms up
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, url] of round % 2 ? servers.toReversed() : servers)
    rates[name].push(await rate(url, answer, SECONDS));
}
await Promise.all([netsvc.stop(), bare.stop()]);
await rm(data, { recursive: true });

const ratios = rates.netsvc.map((calls, round) => calls / (rates.bare[round] ?? Number.NaN));
console.log(
  `A trivial call over ${CONNECTIONS} connections, median of ${ROUNDS} rounds [lowest-highest]; Node ${process.version}`,
);
console.log(`  bare node:http  ${summary(rates.bare, 0)} calls/s`);
console.log(`  netsvc          ${summary(rates.netsvc, 0)} calls/s`);
console.log(`  netsvc / bare   ${summary(ratios, 2)}`);
