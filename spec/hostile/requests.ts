import { deflateSync, gzipSync } from 'node:zlib';
import type { Random } from '../fuzz/random.js';
import { STRINGS, TEXTS, VALUES } from './shapes.js';

/** Encodings of a body: the charset parameter, if there is one, and how the text is encoded. */
export const ENCODINGS = {
  'UTF-8': { charset: undefined, encode: (text: string) => Buffer.from(text) },
  'US-ASCII': { charset: 'us-ascii', encode: (text: string) => Buffer.from(text) },
  'US-ASCII with an é of UTF-8': { charset: 'us-ascii', encode: (text: string) => Buffer.from(withLetter(text)) },
  'US-ASCII with an é of Latin-1': {
    charset: 'us-ascii',
    encode: (text: string) => Buffer.from(withLetter(text), 'latin1'),
  },
  'ISO-8859-1': { charset: 'iso-8859-1', encode: (text: string) => Buffer.from(text, 'latin1') },
  'windows-1252': { charset: 'windows-1252', encode: (text: string) => Buffer.from(text, 'latin1') },
  'KOI8-R': { charset: 'koi8-r', encode: (text: string) => Buffer.from(text, 'latin1') },
  'UTF-16LE': { charset: undefined, encode: (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le') },
  'UTF-16BE': { charset: 'utf-16be', encode: (text: string) => Buffer.from(text, 'utf16le').swap16() },
} as const;

export type Encoding = keyof typeof ENCODINGS;

const CODINGS = {
  identity: (body: Buffer) => body,
  gzip: (body: Buffer) => gzipSync(body, { level: 1 }),
  deflate: (body: Buffer) => deflateSync(body, { level: 1 }),
} as const;

export type Coding = keyof typeof CODINGS;

/** Where the hostile part stands in a call. `session` is a path below that of the database. */
interface Method {
  readonly session?: boolean;
  /** The parameters, of which one or more are hostile. */
  readonly params: (hostile: string) => readonly string[];
}

const string = (text: string) => `<value><string>${text}</string></value>`;
const int = (value: number) => `<value><int>${value}</int></value>`;
const array = (...items: readonly string[]) => `<value><array><data>${items.join('')}</data></array></value>`;
const struct = (members: Readonly<Record<string, string>>) =>
  `<value><struct>${Object.entries(members)
    .map(([name, value]) => `<member><name>${name}</name>${value}</member>`)
    .join('')}</struct></value>`;
const call = (method: string, ...params: readonly string[]) =>
  struct({ methodName: string(method), params: array(...params) });

/** Methods with a hostile value among their parameters. */
export const METHODS: Readonly<Record<string, Method>> = {
  'execute: query': { params: (value) => [value] },
  'execute: query with args': { params: (value) => [value, array(int(1))] },
  'execute: query with a struct': { params: (value) => [value, struct({ a: int(1) })] },
  'execute: args': { params: (value) => [string('select length(%s)'), value] },
  'execute: an argument': { params: (value) => [string('select length(%s)'), array(value)] },
  'execute: a list': { params: (value) => [string('select 1 in %s'), array(value)] },
  'execute: a member': { params: (value) => [string('select %(a)s'), struct({ a: value })] },
  'executemany: query': { params: (value) => [value, array(array(int(1)), array(int(2)))] },
  'executemany: rows': { params: (value) => [string('insert into hostile values (%s)'), value] },
  'executemany: a row': { params: (value) => [string('insert into hostile values (length(%s))'), array(value)] },
  'executemany: a value': {
    params: (value) => [string('insert into hostile values (length(%s))'), array(array(value), array(int(1)))],
  },
  'query: query': { params: (value) => [value] },
  'query: query with args': { params: (value) => [value, array(int(1))] },
  'transaction: statements': { params: (value) => [value] },
  'transaction: query': { params: (value) => [array(array(value))] },
  'transaction: query with args': { params: (value) => [array(array(value, array(int(1))))] },
  'transaction: an option': { params: (value) => [array(array(string('select 1'))), struct({ isolation: value })] },
  'session: calls': { params: (value) => [value] },
  'session: query': { params: (value) => [array(call('execute', value, array(int(1))))] },
  'session: an option': { params: (value) => [array(), struct({ cursorclass: value })] },
  'cursor: cursorclass': { params: (value) => [int(60), value] },
  'system.multicall: calls': { params: (value) => [value] },
  'system.multicall: query': { params: (value) => [array(call('execute', value, array(int(1))))] },
  'system.multicall: a name': { params: (value) => [array(struct({ methodName: value, params: array() }))] },
  'system.methodHelp: a name': { params: (value) => [value] },
  'system.methodSignature: a name': { params: (value) => [value] },
  'unknown: anything': { params: (value) => [value] },
  'execute of a cursor: query': { session: true, params: (value) => [value] },
  'execute of a cursor: query with args': { session: true, params: (value) => [value, array(int(1))] },
  'execute of a cursor: an argument': { session: true, params: (value) => [string('select %s'), array(value)] },
  'executemany of a cursor: a row': {
    session: true,
    params: (value) => [string('insert into hostile values (length(%s))'), array(value)],
  },
  'query of a cursor: an argument': { session: true, params: (value) => [string('select %s'), array(value)] },
  'callproc of a cursor: name': { session: true, params: (value) => [value, array(int(1), int(2))] },
  'callproc of a cursor: args': { session: true, params: (value) => [string('nothing'), value] },
  'callproc of a cursor: an argument': { session: true, params: (value) => [string('nothing'), array(value)] },
  'batch of a cursor: calls': { session: true, params: (value) => [value] },
  'batch of a cursor: callproc': {
    session: true,
    params: (value) => [array(call('callproc', string('nothing'), value))],
  },
  'once of a cursor: params': { session: true, params: (value) => [int(1), string('callproc'), value] },
  'once of a cursor: an argument': {
    session: true,
    params: (value) => [int(1), string('callproc'), array(string('nothing'), array(value))],
  },
  'once of a cursor: a name': { session: true, params: (value) => [int(1), value, array()] },
  'scroll of a cursor: mode': { session: true, params: (value) => [int(1), value] },
  'fetchmany of a cursor: size': { session: true, params: (value) => [value] },
  'setarraysize of a cursor: size': { session: true, params: (value) => [value] },
};

/** Whole documents, around a hostile value or a text. */
export const DOCUMENTS: Readonly<Record<string, (hostile: string) => string>> = {
  'a method name': (text) => `<methodCall><methodName>${text}</methodName></methodCall>`,
  'a tag in place of the document': (text) => `<${text}`,
  'a comment in front': (text) => `<!--${text}--><methodCall><methodName>rowcount</methodName></methodCall>`,
  'blanks in front': (text) => `${' '.repeat(text.length)}<methodCall><methodName>x</methodName></methodCall>`,
  'text behind': (text) => `<methodCall><methodName>x</methodName></methodCall>${text}`,
  'a long DOCTYPE': (text) => `<!DOCTYPE a [${text}]><methodCall/>`,
  'a long declaration': (text) => `<?xml version="1.0" ${text}?><methodCall/>`,
  'many parameters': (text) =>
    `<methodCall><methodName>execute</methodName><params>${'<param><value/></param>'.repeat(text.length / 23)}</params>` +
    '</methodCall>',
};

/** What a request is made of. */
export interface Made {
  /** The name of a method, or of a document. */
  readonly method: string;
  readonly shape: string;
  readonly encoding: Encoding;
  readonly coding: Coding;
  /** Bytes of the body, before compression. */
  readonly size: number;
  /** Bytes of a chunk. */
  readonly chunk?: number | undefined;
  /** How many such requests are sent at once. */
  readonly times?: number | undefined;
}

/** All shapes of values, by name, as XML. */
const SHAPES: Readonly<Record<string, (size: number) => string>> = {
  ...Object.fromEntries(
    Object.entries(TEXTS).map(([name, shape]) => [`a text of ${name}`, (size: number) => string(shape(size))]),
  ),
  ...Object.fromEntries(
    Object.entries(STRINGS).map(([name, shape]) => [`a string of ${name}`, (size: number) => string(shape(size))]),
  ),
  ...Object.fromEntries(Object.entries(VALUES).map(([name, shape]) => [`a value of ${name}`, shape])),
};

export const shapeNames = Object.keys(SHAPES);

/** Returns a random request. */
export function randomRequest(random: Random, size: number): Made {
  const method = random.chance(8) ? random.pick(Object.keys(DOCUMENTS)) : random.pick(Object.keys(METHODS));
  const encoding = random.pick(Object.keys(ENCODINGS) as Encoding[]);
  const coding = random.pick(Object.keys(CODINGS) as Coding[]);
  const chunk = random.chance(2) ? random.pick([1, 100, 5000]) : undefined;
  // A chunk of one byte takes six, and more time of the client than of the server.
  const bytes = chunk === 1 ? Math.min(size, 1024 ** 2) : size;
  return { method, shape: random.pick(shapeNames), encoding, coding, size: bytes, chunk };
}

/** Returns the document of a request, and whether it is sent to a session. */
export function documentOf({ method, shape, encoding, size }: Made): { document: string; session: boolean } {
  // In the encodings with one byte for a character, others are replaced.
  const bytes = encoding.startsWith('UTF-16') ? size / 2 : size;
  const inDocument = DOCUMENTS[method];
  const make = SHAPES[shape];
  if (make === undefined) throw new Error(`there is no shape ${shape}`);
  const one = make(64);
  const perCharacter =
    ENCODINGS[encoding].encode(make(65_536)).length / (encoding.startsWith('UTF-16') ? 131_072 : 65_536);
  const value = make(Math.max(0, Math.floor((bytes - 1000) / Math.max(perCharacter, 1)) - one.length));
  if (inDocument !== undefined)
    return { document: inDocument(value.replace(/^<value><string>|<\/string><\/value>$/g, '')), session: false };
  const { params, session = false } = METHODS[method] ?? { params: () => [] };
  const name = method.replace(/[ :].*/, '');
  const text = params(value).map((param) => `<param>${param}</param>`);
  return {
    document: `<?xml version="1.0"?><methodCall><methodName>${name}</methodName><params>${text.join('')}</params></methodCall>`,
    session,
  };
}

/** Returns the body of a request and its headers. */
export function bodyOf(
  document: string,
  { encoding, coding }: Made,
): { body: Buffer; headers: Record<string, string> } {
  const { charset, encode } = ENCODINGS[encoding];
  return {
    body: CODINGS[coding](encode(document)),
    headers: {
      'Content-Type': `text/xml${charset === undefined ? '' : `; charset=${charset}`}`,
      ...(coding === 'identity' ? {} : { 'Content-Encoding': coding }),
    },
  };
}

/** Puts a letter beyond ASCII into a parameter in front. */
function withLetter(text: string): string {
  return text.replace('</methodName>', '</methodName><!-- é -->');
}
