// One process of attackers, which begin when it is sent a line: node attackers.js URL SECONDS user|stranger NUMBER
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Compressed, type Sender } from './client.js';
import { STRANGER_ATTACKS } from './stranger-attacks.js';
import { type Attack, USER_ATTACKS } from './user-attacks.js';

const [url = '', seconds = '', who = '', number = ''] = process.argv.slice(2);
const attacks = Object.entries(who === 'user' ? USER_ATTACKS : STRANGER_ATTACKS);
const sender: Sender =
  who === 'user' ? { url, login: 'mallory:secret', address: '127.0.0.2' } : { url, address: '127.0.0.3' };
Compressed.prepareAll();
console.log('ready');
await once(process.stdin, 'data');
const deadline = performance.now() + Number(seconds) * 1000;

/** The number of each outcome, by attack. */
const outcomes: Record<string, Record<string, number>> = {};

process.on('uncaughtException', (error) => {
  console.error(error);
});
await Promise.all(Array.from({ length: Number(number) }, attackForEver));
console.log(JSON.stringify(outcomes));
process.exit(0);

/** Makes one attack after the other. An attack that is not answered does not keep the others waiting. */
async function attackForEver(): Promise<void> {
  while (performance.now() < deadline) {
    const [name, attack] = attacks[Math.floor(Math.random() * attacks.length)] as [string, Attack];
    const left = Math.max(0, Math.min(15_000, deadline - performance.now()));
    const seen = await Promise.race([attack(sender), wait(left, ['unanswered'])]);
    const counts = outcomes[name] ?? {};
    outcomes[name] = counts;
    for (const outcome of seen) counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
}
