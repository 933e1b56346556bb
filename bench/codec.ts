// Measures the decoder and the encoder beside plain saxes without handlers, which is the minimum for a decoder on it,
// the xmlrpc package, and Python's xmlrpc.client. They run alternately in one process, Python in its own.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { SaxesParser } from 'saxes';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import { encodeResponse } from '#lib/xmlrpc/encoder.js';
import { Double } from '#lib/xmlrpc/value.js';
import { median, summary } from './samples.js';

const ROUNDS = 7;
const SECONDS = 0.5;

interface Package {
  deserializeMethodCall(stream: Readable, callback: (error: Error | null) => void): void;
}

const require = createRequire(import.meta.url);
const Deserializer = require('xmlrpc/lib/deserializer') as new () => Package;
const { serializeMethodResponse } = require('xmlrpc/lib/serializer') as {
  serializeMethodResponse(value: unknown): string;
};

/** In the form of Python's client. */
function callDocument(query: string, args: string): Buffer {
  return Buffer.from(
    `<?xml version='1.0'?>\n<methodCall>\n<methodName>executemany</methodName>\n<params>\n<param>\n<value>` +
      `<string>${query}</string></value>\n</param>\n` +
      `<param>\n<value><array><data>\n${args}</data></array></value>\n</param>\n</params>\n</methodCall>\n`,
  );
}

function argumentRows(bytes: number): string {
  let rows = '';
  for (let i = 0; rows.length < bytes; i++) {
    rows +=
      `<value><array><data>\n<value><int>${i}</int></value>\n<value><string>customer number ${i} höpper</string>` +
      `</value>\n` +
      `<value><double>${i / 7}</double></value>\n<value><string>2026-01-01 10:00:00</string></value>\n<value>` +
      `<nil/></value>\n</data></array></value>\n`;
  }
  return rows;
}

const small = callDocument('select * from t where id = %s', '<value><int>1</int></value>\n');
const large = callDocument('insert into t values (%s, %s, %s, %s, %s)', argumentRows(2_000_000));
/** In the sizes in which a socket delivers them. */
const chunks = Array.from({ length: Math.ceil(large.length / 65536) }, (_, i) =>
  large.subarray(i * 65536, (i + 1) * 65536),
);

function decode(pieces: readonly Buffer[]): void {
  const decoder = new CallDecoder();
  for (const piece of pieces) decoder.write(piece);
  decoder.end();
}

function parseOnly(pieces: readonly Buffer[]): void {
  const parser = new SaxesParser();
  for (const event of ['opentag', 'closetag', 'text', 'cdata'] as const) parser.on(event, () => {});
  if (pieces.length === 1) {
    for (const piece of pieces) parser.write(piece.toString());
  } else {
    const text = new TextDecoder('utf-8', { fatal: true });
    for (const piece of pieces) parser.write(text.decode(piece, { stream: true }));
  }
  parser.close();
}

function decodeWithPackage(pieces: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) =>
    new Deserializer().deserializeMethodCall(Readable.from(pieces), (error) => (error ? reject(error) : resolve())),
  );
}

const ROWS = 2000;
/**
 * INT, BIGINT, DECIMAL, DOUBLE, VARCHAR, DATETIME and a NULL. The package gets numbers, since it has neither bigints
 * nor doubles of its own.
 */
const rows = Array.from({ length: ROWS }, (_, i) => [
  i,
  9_000_000_000n + BigInt(i),
  `${i}.50`,
  new Double(i / 7),
  i % 3 ? `customer number ${i}` : `Höpper & <sons> ${i}`,
  '2026-01-01 10:00:00',
  null,
]);
const plainRows = rows.map((row) =>
  row.map((cell) =>
    cell === null ? null : typeof cell === 'object' || typeof cell === 'bigint' ? Number(cell) : cell,
  ),
);
/** Python's dumps does not accept integers beyond 32 bits. */
const pythonRows = plainRows.map((row) =>
  row.map((cell) => (typeof cell === 'number' && cell > 2 ** 31 ? cell - 9e9 : cell)),
);

const python = spawn('python3', [join(import.meta.dirname, '../../bench/peers/dumps.py')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const answers = createInterface(python.stdout)[Symbol.asyncIterator]();
python.stdin.write(`${JSON.stringify(pythonRows)}\n`);

async function dumps(): Promise<number> {
  python.stdin.write(`${SECONDS}\n`);
  return Number((await answers.next()).value);
}

/** Returns the rate of `work` per second, times `unit`. */
async function rate(work: () => unknown, unit: number): Promise<number> {
  const started = performance.now();
  let count = 0;
  while (performance.now() - started < SECONDS * 1000) {
    const done = work();
    if (done instanceof Promise) await done;
    count++;
  }
  return (count * unit) / ((performance.now() - started) / 1000);
}

const MEGABYTES = large.length / 1e6;
const contests: [
  what: string,
  unit: string,
  ours: () => Promise<number>,
  peers: [name: string, floor: number | undefined, run: () => Promise<number>][],
][] = [
  [
    `decoding a call of ${small.length} bytes`,
    'calls/s',
    () => rate(() => decode([small]), 1),
    [
      ['plain saxes', 0.7, () => rate(() => parseOnly([small]), 1)],
      ['xmlrpc package', 8, () => rate(() => decodeWithPackage([small]), 1)],
    ],
  ],
  [
    `decoding an executemany of ${MEGABYTES.toFixed(1)} MB`,
    'MB/s',
    () => rate(() => decode(chunks), MEGABYTES),
    [
      ['plain saxes', 0.7, () => rate(() => parseOnly(chunks), MEGABYTES)],
      ['xmlrpc package', 8, () => rate(() => decodeWithPackage(chunks), MEGABYTES)],
    ],
  ],
  [
    `encoding ${ROWS} rows of 7 columns`,
    'rows/s',
    () => rate(() => encodeResponse(rows), ROWS),
    [
      ['xmlrpc package', 7, () => rate(() => serializeMethodResponse(plainRows), ROWS)],
      ["Python's dumps", undefined, dumps],
    ],
  ],
];

console.log(`Decoding and encoding, median of ${ROUNDS} rounds [lowest-highest]; Node ${process.version}`);
for (const [what, unit, ours, peers] of contests) {
  const own: number[] = [];
  const others = peers.map((): number[] => []);
  await ours();
  for (let round = 0; round < ROUNDS; round++) {
    own.push(await ours());
    for (const [i, [, , run]] of peers.entries()) others[i]?.push(await run());
  }
  console.log(`  ${what}: ${summary(own, 1)} ${unit}`);
  for (const [i, [name, floor]] of peers.entries()) {
    const ratios = own.map((value, round) => value / (others[i]?.[round] ?? Number.NaN));
    const judged =
      floor === undefined
        ? ''
        : median(ratios) >= floor
          ? `, the floor of ${floor} is reached`
          : `, SHORT OF THE FLOOR OF ${floor}`;
    console.log(
      `    ${name.padEnd(15)} ${summary(others[i] ?? [], 1)} ${unit}; netsvc is ${summary(ratios, 2)} times that` +
        `${judged}`,
    );
  }
}
python.stdin.end();
