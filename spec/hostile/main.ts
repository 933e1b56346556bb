// Sends hostile requests to bin/netsvc and measures for how long its event loop stops, and its memory:
// npm run hostile -- --seconds 60 [--seed N] [--size MB] [--only TEXT]
import { parseArgs } from 'node:util';
import { Random } from '../fuzz/random.js';
import { HostileServer } from './hostile-server.js';
import {
  bodyOf,
  type Coding,
  documentOf,
  type Encoding,
  type Made,
  METHODS,
  randomRequest,
  shapeNames,
} from './requests.js';

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
  },
});

/** Milliseconds. */
const MOST = 100;

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
  const { document, session } = documentOf(made);
  const { body, headers } = bodyOf(document, made);
  let path = '';
  if (session) path = `/${/<string>([^<]+)/.exec(await server.call('cursor', 60))?.[1]}`;
  const hostile = { path, headers, body, ...(made.chunk === undefined ? {} : { chunk: made.chunk }) };
  const { outcome, stop, memory, seconds, text } = await server.measure(hostile);
  if (path !== '') await server.close(path);
  const times = memory / (made.size / 1e6);
  const bad = stop > MOST || times > 6;
  if (bad) failed++;
  const what = [made.method, made.shape, made.encoding, made.coding, made.chunk].filter(Boolean).join(' | ');
  console.log(
    `${bad ? 'BAD ' : '    '}${stop.toFixed(0).padStart(5)} ms ${times.toFixed(1).padStart(5)}x ` +
      `${seconds.toFixed(1).padStart(5)} s  ${outcome.padEnd(9)} ${what}` +
      (process.env.VERBOSE
        ? `\n          ${/faultString.*?<string>([^<]{0,150})/s.exec(text)?.[1]?.replaceAll('\n', ' ')}`
        : ''),
  );
  if (server.child.exitCode !== null || server.child.signalCode !== null) {
    console.log('the server has ended');
    process.exit(1);
  }
}
await server.stop();
process.exit(failed > 0 ? 1 : 0);
