import type { Value } from '#lib/xmlrpc/value.js';
import { DateTime, Decimal, Double } from '#lib/xmlrpc/value.js';
import type { Python } from '../support/python.js';
import { PythonProgram } from './python-program.js';

/** A value with its type. A date of Python has its text, and its meaning if Python knows it. */
export type Typed =
  | null
  | boolean
  | readonly ['string' | 'integer' | 'double' | 'decimal' | 'base64', string]
  | readonly ['date', string, (string | null)?]
  | readonly ['array', readonly Typed[]]
  | readonly ['struct', readonly (readonly [Typed, Typed])[]];

/** What a decoder makes of a document: a call, or an error. Python cannot write values that nest deep. */
export type Decoded =
  | { readonly methodName: string; readonly params: readonly Typed[] | null }
  | { readonly error: string };

/** Python's xmlrpc.client in a process of its own. */
export class PythonDecoder extends PythonProgram<Decoded> {
  #received = Buffer.alloc(0);

  constructor(python: Python) {
    super(python, 'loads.py');
  }

  decode(document: Buffer): Promise<Decoded> {
    return this.ask(document);
  }

  protected override *answersIn(bytes: Buffer): Generator<Decoded> {
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readUInt32BE(0);
      if (this.#received.length < end) return;
      yield JSON.parse(this.#received.toString('utf8', 4, end)) as Decoded;
      this.#received = this.#received.subarray(end);
    }
  }
}

/** Returns a decoded value in the form of Python's. */
export function typed(value: Value): Typed {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return ['string', value];
  if (typeof value === 'number' || typeof value === 'bigint') return ['integer', String(value)];
  if (value instanceof Double) return ['double', Number.isNaN(value.value) ? 'nan' : String(value.value)];
  if (value instanceof Decimal) return ['decimal', value.text];
  if (value instanceof DateTime) return ['date', value.text];
  if (value instanceof Uint8Array) return ['base64', Buffer.from(value).toString('hex')];
  if (isArray(value)) return ['array', value.map(typed)];
  return ['struct', Object.entries(value).map(([name, member]) => [['string', name], typed(member)] as const)];
}

function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
