import { parentPort } from 'node:worker_threads';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import { memoryInUse } from '../support/memory-in-use.js';

export const HEAD = '<methodCall><methodName>m</methodName><params><param><value><array><data>';
const TAIL = '</data></array></value></param></params></methodCall>';

/** The size of the pieces in which a body arrives, in bytes. */
export const PIECE = 64 * 1024;

const value = (xml: string) => `<value>${xml}</value>`;
const array = (items: string) => value(`<array><data>${items}</data></array>`);
const member = (name: string, xml = '') => `<member><name>${name}</name>${value(xml)}</member>`;
const struct = (members: string) => value(`<struct>${members}</struct>`);
const times = (count: number, item: (i: number) => string) => Array.from({ length: count }, (_, i) => item(i)).join('');

/** An item of a body, by its number, and how many of them there are. */
export const ITEMS: Readonly<Record<string, readonly [item: (i: number) => string, count: number]>> = {
  'empty strings': [() => '<value/>', 150_000],
  'short strings': [(i) => value(`short ${i}`), 20_000],
  'strings that are views of the body': [(i) => value(`a longer string ${i} ${'x'.repeat(50)}`), 20_000],
  'strings with characters of two bytes': [(i) => value(`длинная строка ${i}`), 20_000],
  'strings longer than a piece': [(i) => value(`${i}${'text '.repeat(50_000)}`), 20],
  'large integers': [(i) => value(`<int>${2 ** 40 + i}</int>`), 20_000],
  'integers beyond doubles': [(i) => value(`<i8>${2n ** 60n + BigInt(i)}</i8>`), 20_000],
  doubles: [(i) => value(`<double>${i}.5</double>`), 20_000],
  dates: [() => value('<dateTime.iso8601>20200101T00:00:00</dateTime.iso8601>'), 20_000],
  decimals: [(i) => value(`<ex:bigdecimal>${i}.50</ex:bigdecimal>`), 20_000],
  'long decimals': [(i) => value(`<ex:bigdecimal>12345678901234567890${i}.5</ex:bigdecimal>`), 20_000],
  'empty base64': [() => value('<base64/>'), 20_000],
  'large base64': [() => value(`<base64>${'QUFB'.repeat(50_000)}</base64>`), 20],
  'empty arrays': [() => array(''), 20_000],
  'arrays of one item': [() => array('<value/>'), 20_000],
  'arrays of many items': [() => array('<value/>'.repeat(500)), 500],
  'structs of one member': [() => struct(member('a')), 20_000],
  'structs of three members': [() => struct(member('a') + member('b') + member('c')), 20_000],
  'structs of many members': [(k) => struct(times(100, (i) => member(`member ${k} ${i}`))), 500],
  'structs with a numeric member': [() => struct(member('1')), 20_000],
  'structs with a large numeric member': [() => struct(member('1000')), 2000],
  'structs with numeric members far apart': [() => struct(times(5, (i) => member(String(i * 900)))), 5000],
  'structs with a huge numeric member': [() => struct(member('4000000')), 20_000],
  'a table of Lua': [() => struct(times(50_000, (i) => member(String(i + 1)))), 1],
};

/** Decodes a body. @returns what keeps it, its cost, and the maximum cost while it arrived */
function decode(body: Buffer): { call: unknown; cost: number; peak: number } {
  const decoder = new CallDecoder();
  let peak = 0;
  for (let at = 0; at < body.length; at += PIECE) {
    decoder.write(body.subarray(at, at + PIECE));
    peak = Math.max(peak, decoder.cost);
  }
  return { call: decoder.end(), cost: decoder.cost, peak };
}

/** A body of items. The slow path decodes one with a comment. */
export interface Measurement {
  readonly item: string;
  readonly path: 'fast' | 'slow';
}

export interface Measured {
  /** What the values cost, and the maximum while they arrived. */
  readonly cost: number;
  readonly peak: number;
  /** The bytes of memory that they take. */
  readonly taken: number;
}

function measure({ item: name, path }: Measurement): Measured {
  const [item, count] = ITEMS[name] ?? [() => '', 0];
  const body = Buffer.from(HEAD + (path === 'slow' ? '<!-- -->' : '') + times(count, item) + TAIL);
  const before = memoryInUse();
  const { call, cost, peak } = decode(body);
  const taken = memoryInUse() - before;
  if (typeof call !== 'object') throw new Error('it is no call');
  return { cost, peak, taken };
}

// In a thread, whose memory has nothing else, and takes little time to collect.
if (parentPort) {
  const port = parentPort;
  decode(Buffer.from(HEAD + times(1000, () => array(struct(member('a')))) + TAIL));
  port.on('message', (measurement: Measurement) => port.postMessage(measure(measurement)));
}
