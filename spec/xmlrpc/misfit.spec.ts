import { expect } from 'chai';
import { EncodingError } from '#lib/xmlrpc/codec-error.js';
import { encodeResponse, valueSteps } from '#lib/xmlrpc/encoder.js';
import { StreamedValue } from '#lib/xmlrpc/streamed-value.js';
import { Double } from '#lib/xmlrpc/value.js';
import { DEFAULT_FORM } from '#lib/xmlrpc/value-encoding.js';

class Order {
  readonly #total = 1;
  get total(): number {
    return this.#total;
  }
}

const circular: { self?: unknown; rows: unknown[] } = { rows: [] };
circular.self = circular;
const mutual: unknown[] = [{ id: 1 }];
mutual.push({ parent: mutual });

function nested(depth: number, last: unknown): unknown {
  let value = last;
  for (let level = 0; level < depth; level++) value = { down: value };
  return value;
}

/** A value that cannot be sent, the place of what cannot, and the beginning of what is said about it. */
const MISFITS: readonly (readonly [string, unknown, string, string])[] = [
  ['a Date', new Date(0), 'result', 'XML-RPC cannot represent a Date. Return a DateTime'],
  [
    'a Date in rows',
    { rows: [{ id: 1, when: new Date(0) }] },
    'result.rows[0].when',
    'XML-RPC cannot represent a Date',
  ],
  [
    'a Map',
    { 'a b': { map: new Map() } },
    'result["a b"].map',
    'XML-RPC cannot represent a Map. Override encodeObject',
  ],
  ['a Set', [[], [1, new Set()]], 'result[1][1]', 'XML-RPC cannot represent a Set'],
  ['an Error', { error: new Error('text') }, 'result.error', 'XML-RPC cannot represent an Error'],
  ['an instance with getters', [new Order()], 'result[0]', 'XML-RPC cannot represent an Order'],
  ['a nameless class', [new (class {})()], 'result[0]', 'XML-RPC cannot represent an object whose prototype'],
  ['an heir', [Object.create({ a: 1 })], 'result[0]', 'XML-RPC cannot represent an object whose prototype is another'],
  [
    'an own constructor',
    [Object.assign(new Order(), { constructor: 1 })],
    'result[0]',
    'XML-RPC cannot represent an obj',
  ],
  ['a boxed number', [Object(1)], 'result[0]', 'XML-RPC cannot represent a Number'],
  ['an array of floats', { f: new Float64Array(1) }, 'result.f', 'XML-RPC cannot represent a Float64Array'],
  ['a Promise', { rows: Promise.resolve([]) }, 'result.rows', 'XML-RPC cannot represent a Promise. Await it first.'],
  ['a streamed part', [new StreamedValue([])], 'result[0]', 'XML-RPC cannot represent a StreamedValue. It can only'],
  ['a function', { toJSON: () => 1 }, 'result.toJSON', 'XML-RPC cannot represent a function.'],
  ['a symbol', [Symbol('a')], 'result[0]', 'XML-RPC cannot represent a symbol.'],
  ['undefined', { a: 1, b: undefined }, 'result.b', 'XML-RPC cannot represent undefined. Leave the member out'],
  // biome-ignore lint/suspicious/noSparseArray: it is what is tested
  ['a hole', { list: [1, , 3] }, 'result.list[1]', 'XML-RPC cannot represent undefined'],
  ['NaN', { mean: 0 / 0 }, 'result.mean', 'XML-RPC cannot represent NaN.'],
  ['an infinite Double', [new Double(-1 / 0)], 'result[0]', 'XML-RPC cannot represent -Infinity.'],
  ['a large bigint', { n: 2n ** 63n }, 'result.n', 'integer 9223372036854775808 is out of range. Return a Decimal'],
  ['a small bigint', [-(2n ** 63n) - 1n], 'result[0]', 'integer -9223372036854775809 is out of range.'],
  ['a number that is 2^63', [2 ** 63], 'result[0]', 'integer 9223372036854776000 is out of range.'],
  ['a huge bigint', [10n ** 300n], 'result[0]', 'integer of 301 digits is out of range.'],
  ['a large number', [1e300], 'result[0]', 'integer 1e+300 is out of range.'],
  ['half a surrogate pair', { text: 'a\ud800' }, 'result.text', 'a string contains half a surrogate pair'],
  ['one in a long string', { text: `${'a'.repeat(5e6)}\udc00` }, 'result.text', 'a string contains half a surrogate'],
  ['one in a name', [{ 'a\ud800': 1 }], 'result[0]["a\\ud800"]', 'a member name contains a character'],
  ['a control character in a name', [{ '\0': 1 }], 'result[0]["\\u0000"]', 'a member name contains a character'],
  ['a long name', { ['n'.repeat(1e6)]: Number.NaN }, `result["${'n'.repeat(50)}..."]`, 'XML-RPC cannot represent NaN.'],
  ['a circle', circular, 'result.self', 'the value is circular: it is a part of itself.'],
  ['a wider circle', mutual, 'result[1].parent', 'the value is circular'],
  [
    'a proxy of an object with a Date',
    new Proxy({ a: new Date(0) }, {}),
    'result.a',
    'XML-RPC cannot represent a Date',
  ],
];

describe('a result that XML-RPC cannot represent', () => {
  for (const [what, value, place, reason] of MISFITS) {
    it(`is refused with the place of ${what}`, () => {
      const error = errorOf(value);
      expect(error.place).to.equal(place);
      expect(error.reason.slice(0, reason.length)).to.equal(reason);
      expect(error.message).to.equal(`${place}: ${error.reason}`);
    });
  }

  it('is refused with the first place in the order of encoding', () => {
    expect(errorOf([{ a: [1, 2] }, { a: [1, new Map()] }, new Date(0)]).place).to.equal('result[1].a[1]');
  });

  it('has a place that is cut in its middle if it is long', () => {
    const { place = '', reason } = errorOf(nested(300, 1));
    expect(reason).to.equal('the value is nested deeper than 200.');
    expect(place).to.match(/^result\.down.*\.\.\..*\.down$/);
    expect(place.length).to.equal(203);
  });

  it('is searched in steps, so that a large one does not stop the event loop', () => {
    const large = Array.from({ length: 100_000 }, (_, i) => [i]);
    large.push([undefined as never]);
    let steps = 0;
    let error: unknown;
    try {
      for (const _ of valueSteps(large)) steps++;
    } catch (thrown) {
      error = thrown;
    }
    expect((error as EncodingError).place).to.equal('result[100000][0]');
    expect(steps).to.be.greaterThan(700);
  });

  it('is searched in what encodeObject returns', () => {
    const encodeObject = (object: object) => (object instanceof Map ? Object.fromEntries(object) : undefined);
    const encoding = { encodeObject, form: DEFAULT_FORM };
    const failing = () => encodeResponse([new Map([['at', new Date(0)]])], encoding);
    expect(failing).to.throw(EncodingError, 'result[0].at: XML-RPC cannot represent undefined');
  });

  it('has the place of an object that encodeObject refuses with a reason of its own', () => {
    const encodeObject = () => {
      throw new EncodingError('no orders');
    };
    const failing = () => encodeResponse({ order: new Order() }, { encodeObject, form: DEFAULT_FORM });
    expect(failing).to.throw(EncodingError, 'result.order: no orders');
  });

  it('fails with the error of a getter, or of encodeObject, as it is', () => {
    const broken = {
      get a(): never {
        throw new TypeError('broken');
      },
    };
    expect(() => encodeResponse([broken])).to.throw(TypeError, 'broken');
    expect(() => encodeResponse([new Proxy({}, { ownKeys: () => [1] as never })])).to.throw(TypeError);
  });

  it('fails without a place if it is another value when it is read again', () => {
    let reads = 0;
    const once = {
      get a(): unknown {
        return reads++ === 0 ? new Map() : 1;
      },
    };
    const error = errorOf(once);
    expect([error.place, error.message.slice(0, 30)]).to.deep.equal([undefined, 'XML-RPC cannot represent a Map']);
  });
});

describe('a result', () => {
  it('has the members that are enumerable and have a string for a name', () => {
    const members = Object.defineProperty({ a: 1, [Symbol('b')]: new Date(0) }, 'c', { value: 3 });
    expect(encodeResponse(members)).to.equal(encodeResponse({ a: 1 }));
  });

  it('can contain one object several times', () => {
    const twice = { a: 1 };
    expect(encodeResponse([twice, twice])).to.equal(encodeResponse([{ a: 1 }, { a: 1 }]));
    expect(errorOf([twice, twice, new Date(0)]).place).to.equal('result[2]');
  });
});

function errorOf(value: unknown): EncodingError {
  try {
    encodeResponse(value);
  } catch (error) {
    if (error instanceof EncodingError) return error;
    throw error;
  }
  return expect.fail('it is encoded');
}
