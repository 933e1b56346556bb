import { expect } from 'chai';
import fc from 'fast-check';
import { Fault } from '#lib/rpc-call/client/command-errors.js';
import { ResponseDecoder } from '#lib/rpc-call/client/response-decoder.js';
import { RowScanner } from '#lib/rpc-call/client/row-scanner.js';
import { Numeral, type ResponseValue } from '#lib/rpc-call/values/response-value.js';
import { encodeFault, encodeResponse } from '#lib/xmlrpc/encoder.js';
import { DateTime, Double, type Value } from '#lib/xmlrpc/value.js';
import { cpuTime, disproportion } from '../../support/cpu-time.js';

/** Returns a value with numbers in place of digits, as the encoder gets them. */
function typed(value: ResponseValue): Value {
  if (value instanceof Numeral) {
    if (value.double) return new Double(Number(value.digits));
    return Number.isSafeInteger(Number(value.digits)) ? Number(value.digits) : BigInt(value.digits);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array || value instanceof DateTime) return value;
  if (Array.isArray(value)) return value.map(typed);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, typed(member)]));
}

/** Decodes a document that arrives in pieces which end at `cuts`. */
function decode(document: string | Buffer, cuts: readonly number[] = []): Value {
  const bytes = Buffer.from(document);
  const decoder = new ResponseDecoder();
  const items: ResponseValue[] = [];
  let start = 0;
  for (const cut of [...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    items.push(...decoder.write(bytes.subarray(start, cut)));
    start = cut;
  }
  const value = decoder.end();
  return typed(value === undefined ? items : value);
}

function encode(value: unknown): string {
  const encoded = encodeResponse(value);
  return typeof encoded === 'string' ? encoded : Buffer.concat(encoded).toString();
}

/** The same document in a form that netsvc does not send, so that the XML parser reads all of it. */
function unusual(document: string): string {
  return document.replace('<methodResponse>', '<methodResponse >').replaceAll('</value>', '</value>\n');
}

const scalar = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'a&<>\r\n"\' ]é😀\u0085\u2028') }),
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => new Double(value)),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.constant(new DateTime('20030501T12:30:00')),
);

const rows = fc.array(fc.array(scalar));

/** Rows whose columns each have values of one type, or nil. */
const table = fc
  .array(fc.constantFrom('text & <more>', 5, 2n ** 60n, new Double(1.5), Buffer.from('bytes'), '&lt;'), {
    maxLength: 5,
  })
  .chain((values) =>
    fc.array(fc.tuple(...values.map((value) => fc.constantFrom<Value>(value, value, null))), { maxLength: 9 }),
  );

describe('ResponseDecoder', () => {
  it('decodes rows in pieces of any size, and in any form of XML', () => {
    fc.assert(
      fc.property(fc.oneof(rows, table), fc.array(fc.nat(), { maxLength: 8 }), (value, cuts) => {
        const document = encode(value);
        expect(decode(document, cuts)).to.deep.equal(value);
        expect(decode(unusual(document), cuts)).to.deep.equal(value);
      }),
      { numRuns: 500 },
    );
  });

  it('decodes rows whose columns change their types', () => {
    const mixed = [[null, 'a'], [1, null], [2, 'b'], ['c', 3], [5], [], [6, 'd'], [Buffer.alloc(0), new Double(0.5)]];
    expect(decode(encode(mixed))).to.deep.equal(mixed);
  });

  it('decodes rows that are followed by something else', () => {
    fc.assert(
      fc.property(rows, scalar, fc.array(fc.nat(), { maxLength: 3 }), (value, other, cuts) => {
        const mixed = [...value, { member: [other] }, other, [[other]], ...value];
        expect(decode(encode(mixed), cuts)).to.deep.equal(mixed);
      }),
      { numRuns: 200 },
    );
  });

  it('reads rows as netsvc sends them without an XML parser', () => {
    const scanner = new RowScanner();
    const row = [
      'a & b',
      5,
      -1n * 2n ** 60n,
      new Double(0.1),
      null,
      Buffer.from([0, 255]),
      new DateTime('20030501T12:30:00'),
    ];
    expect([...scanner.scan(encode([row, row]))].map(typed)).to.deep.equal([row, row]);
    expect([scanner.complete, scanner.stopped]).to.deep.equal([true, false]);
  });

  const values: [string, string, unknown][] = [
    ['an int', '<int>5</int>', 5],
    ['a string', '<string>a &lt; b</string>', 'a < b'],
    ['a string without a type', 'text', 'text'],
    ['CDATA', '<string><![CDATA[a < b]]></string>', 'a < b'],
    ['nil', '<nil/>', null],
    ['an empty array', '<array><data></data></array>', []],
    ['layout in an array', '<array>\n <data>\n <value>a</value> </data></array>', ['a']],
    ['a reference to a character', '<string>&#233;&#xe9;</string>', 'éé'],
  ];
  for (const [what, xml, value] of values) {
    it(`decodes ${what}`, () => {
      const params = `<params><param><value>${xml}</value></param></params>`;
      const document = `<?xml version='1.0'?><methodResponse>${params}</methodResponse>`;
      expect(decode(document)).to.deep.equal(value);
    });
  }

  it('decodes a struct, whatever its names are', () => {
    const struct = JSON.parse('{"a": 1, "__proto__": {"c": ["d"]}}') as object;
    expect(decode(encode(struct))).to.deep.equal(struct);
  });

  it('throws a fault', () => {
    const document = encodeFault(1146, "Table 'a<b' doesn't exist") as string;
    expect(() => decode(document))
      .to.throw(Fault, "fault 1146: Table 'a<b' doesn't exist")
      .with.property('code', 1146);
  });

  const whole = encode([[1, 'a'], [2]]);
  const malformed: [string, string][] = [
    ['nothing', ''],
    ['text', 'Not Found'],
    ['HTML', '<html><body>Bad gateway</body></html>'],
    ['a call', '<methodCall><methodName>m</methodName></methodCall>'],
    ['a DOCTYPE', '<!DOCTYPE methodResponse><methodResponse></methodResponse>'],
    ['an unknown type', whole.replace('<int>1</int>', '<decimal>1</decimal>')],
    ['an invalid int', whole.replace('<int>1</int>', '<int>one</int>')],
    ['an unknown reference', whole.replace('a', '&a;')],
    ['tags that do not match', whole.replace('</int>', '</i4>')],
    ['a value outside of an array', whole.replace('<data><value>', '<value>')],
    ['more after its end', `${whole}<more/>`],
  ];
  for (const [what, document] of malformed) {
    it(`refuses ${what}`, () =>
      expect(() => decode(document))
        .to.throw()
        .with.property('name', 'DecodingError'));
  }

  it('refuses a document that breaks off', () => {
    for (let end = 0; end < whole.length; end++) {
      expect(() => decode(whole.slice(0, end)), whole.slice(0, end))
        .to.throw()
        .with.property('name', 'DecodingError');
    }
  });

  it('takes time in proportion to the length of a cell', () => {
    const cost = (document: ReturnType<typeof encode>) => {
      const cuts = Array.from({ length: document.length >> 12 }, (_, i) => i << 12);
      const begun = cpuTime();
      decode(document, cuts);
      return cpuTime() - begun;
    };
    expect(disproportion((length) => encode([['x'.repeat(length)]]), cost, 2 ** 20)).to.equal(undefined);
  });
});
