// Sends hostile requests to bin/netsvc and measures for how long its event loop stops, and its memory:
// npm run hostile -- --seconds 60 [--seed N] [--size MB], or, for all that contain the texts,
// --method TEXT --shape TEXT [--encoding NAME] [--coding NAME] [--chunk BYTES]
import { parseArgs } from 'node:util';
import { Random } from '../fuzz/random.js';
import { HostileServer } from './hostile-server.js';
import { type Coding, type Encoding, type Made, METHODS, randomRequest, shapeNames } from './requests.js';
import { describeEffect, wrong } from './verdict.js';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    size: { type: 'string', default: '62' },
    method: { type: 'string' },
    shape: { type: 'string' },
    encoding: { type: 'string', default: 'UTF-8' },
    coding: { type: 'string', default: 'identity' },
    chunk: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});

const size = Number(flags.size) * 1e6;
const server = await HostileServer.start();
const random = new Random(Number(flags.seed));
console.log(`seed ${flags.seed}`);
const deadline = performance.now() + Number(flags.seconds) * 1000;
let failed = 0;

function* requests(): Generator<Made> {
  if (flags.method !== undefined || flags.shape !== undefined) {
    for (const method of Object.keys(METHODS).filter((name) => name.includes(flags.method ?? ''))) {
      for (const shape of shapeNames.filter((name) => name.includes(flags.shape ?? ''))) {
        const chunk = flags.chunk === undefined ? undefined : Number(flags.chunk);
        yield { method, shape, encoding: flags.encoding as Encoding, coding: flags.coding as Coding, size, chunk };
      }
    }
    return;
  }
  while (performance.now() < deadline) yield randomRequest(random, size);
}

for (const made of requests()) {
  const effect = await server.try(made);
  const found = wrong(made, effect);
  if (found !== undefined) failed++;
  console.log(`${found === undefined ? '   ' : 'BAD'} ${describeEffect(made, effect)}`);
  if (flags.verbose) console.log(`      ${/faultString.*?<string>([^<]*)/s.exec(effect.text)?.[1]?.slice(0, 200)}`);
  if (server.child.exitCode !== null || server.child.signalCode !== null) {
    console.error('the server has ended');
    process.exit(1);
  }
}
await server.stop();
process.exit(failed > 0 ? 1 : 0);
