import { inspect } from 'node:util';
import { expect } from 'chai';
import {
  EncodedValue,
  Service,
  ServiceRegistry,
  type ServiceServer,
  StreamedValue,
  serve,
  type Value,
} from '#lib/index.js';
import { declaredResult } from '#lib/netsvc/declared-result.js';
import type { ParameterType } from '#lib/netsvc/method-declaration.js';
import { EncodingError } from '#lib/xmlrpc/codec-error.js';
import { DateTime, Decimal, Double } from '#lib/xmlrpc/value.js';
import { call, faultOf } from '../support/client.js';

class Point {
  readonly x = 1;
}

/** Values by the types as which they can be sent. */
const VALUES: readonly (readonly [unknown, ...(ParameterType | 'nil')[]])[] = [
  [0, 'int', 'i8', 'double'],
  [-0, 'int', 'i8', 'double'],
  [2 ** 31 - 1, 'int', 'i8', 'double'],
  [-(2 ** 31), 'int', 'i8', 'double'],
  [2 ** 31, 'i8', 'double'],
  [-(2 ** 31) - 1, 'i8', 'double'],
  [1.5, 'double'],
  [Number.NaN, 'double'],
  [5n, 'int', 'i8'],
  [2n ** 40n, 'i8'],
  [new Double(1), 'double'],
  [true, 'boolean'],
  ['text', 'string'],
  [new Decimal('1.5'), 'string'],
  [new DateTime('20030501T12:30:00'), 'dateTime.iso8601'],
  [Buffer.from('a'), 'base64'],
  [[1.5], 'array'],
  [{ a: 1.5 }, 'struct'],
  [Object.create(null), 'struct'],
  [null],
  [undefined],
  [() => 1],
  [Symbol('a')],
];

const TYPES = ['int', 'i8', 'double', 'boolean', 'string', 'dateTime.iso8601', 'base64', 'array', 'struct'] as const;

describe('the declared type of a result', () => {
  for (const [value, ...types] of VALUES) {
    it(`of ${inspect(value)} can be ${types.join(', ') || 'none'}`, () => {
      expect(TYPES.filter((type) => accepts(type, value))).to.deep.equal(types);
    });
  }

  it('says nothing of what encodeObject converts, or is already encoded', () => {
    for (const value of [new Point(), new Map(), new Date(0), new EncodedValue(''), new StreamedValue([])]) {
      expect(TYPES.every((type) => declaredResult(type)?.(value) === value)).to.equal(true);
    }
  });

  it('makes a double of every number, so that 1 is not sent as an int', () => {
    expect(declaredResult('double')?.(1)).to.deep.equal(new Double(1));
    expect(declaredResult('double')?.(1.5)).to.equal(1.5);
  });

  it('makes nil of whatever a function returns that is declared to return nothing', () => {
    for (const value of [undefined, null, 5, 'text', [], {}]) expect(declaredResult('nil')?.(value)).to.equal(null);
  });

  it('is not checked if it is any or missing', () => {
    expect([declaredResult('any'), declaredResult(undefined)]).to.deep.equal([undefined, undefined]);
  });

  it('is named with the value that is not one', () => {
    const text = 'result: the method is declared to return int, and has returned';
    expect(() => declaredResult('int')?.(1.5)).to.throw(EncodingError, `${text} the number 1.5.`);
    expect(() => declaredResult('int')?.(2 ** 31)).to.throw(EncodingError, `${text} the number 2147483648.`);
    expect(() => declaredResult('int')?.(2n ** 40n)).to.throw(EncodingError, `${text} an integer beyond 32 bits.`);
    expect(() => declaredResult('int')?.('1')).to.throw(EncodingError, `${text} string.`);
    expect(() => declaredResult('int')?.(undefined)).to.throw(EncodingError, `${text} undefined.`);
    expect(() => declaredResult('int')?.([])).to.throw(EncodingError, `${text} array.`);
  });
});

describe('a service', () => {
  const logged: object[] = [];
  const log = { info() {}, error() {}, warn: (fields: object) => void logged.push(fields) };
  let server: ServiceServer;
  let url: string;

  before(async () => {
    const registry = new ServiceRegistry({ log });
    new Measuring(registry);
    server = await serve({ port: 0, registry });
    url = `${server.url}measuring`;
  });

  after(() => server.close());

  it('sends what its methods are declared to return, and logs what is not', async () => {
    const body = "<?xml version='1.0'?><methodCall><methodName>mean</methodName></methodCall>";
    const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'text/xml' }, body });
    expect(await response.text()).to.contain('<double>2.0</double>');
    expect(await call(url, 'forget')).to.equal(null);
    const details = 'result: the method is declared to return int, and has returned the number 1.5.';
    const string = `netsvc.xmlrpc -- Response Encoding Error\n\n${details}`;
    for (const method of ['half', 'later']) {
      logged.length = 0;
      expect(await faultOf(call(url, method)), method).to.deep.equal({ code: 52, string });
      expect(logged).to.have.lengthOf(1);
      expect(logged[0]).to.deep.include({ method, place: 'result', endpoint: 'measuring' });
    }
    const calls = ['half', 'mean', 'forget'].map((methodName) => ({ methodName }));
    const fault = { faultCode: 52, faultString: string };
    expect(await call(url, 'system.multicall', calls)).to.deep.equal([fault, [2], [null]]);
  });

  it('gets doubles that print as numbers, wherever they are', async () => {
    expect(await call(url, 'text', [1.5e-7, [0.5], { a: 1.5 }])).to.equal('1.5e-7,0.5,[1.5e-7,[0.5],{"a":1.5}]');
  });
});

class Measuring extends Service {
  constructor(registry: ServiceRegistry) {
    super('measuring', registry);
    this.exportMethod(() => 1.5, { name: 'half', params: [], returns: 'int' });
    this.exportMethod(async () => 1.5, { name: 'later', params: [], returns: 'int' });
    this.exportMethod(() => 2, { name: 'mean', params: [], returns: 'double' });
    this.exportMethod((): void => void [].push(), { name: 'forget', params: [], returns: 'nil' });
    this.exportMethod(this.text);
  }

  text(values: readonly Value[]): string {
    return [...values.slice(0, 2).map(String), JSON.stringify(values)].join();
  }
}

function accepts(type: ParameterType, value: unknown): boolean {
  try {
    declaredResult(type)?.(value);
    return true;
  } catch (error) {
    if (error instanceof EncodingError) return false;
    throw error;
  }
}
