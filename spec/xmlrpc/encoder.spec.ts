import { expect } from 'chai';
import fc from 'fast-check';
import { EncodingError } from '#lib/xmlrpc/codec-error.js';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import { encodeFault, encodeResponse, encodeValue } from '#lib/xmlrpc/encoder.js';
import { plainDecimal } from '#lib/xmlrpc/plain-decimal.js';
import { refuseObject } from '#lib/xmlrpc/refused-values.js';
import { DateTime, Decimal, Double } from '#lib/xmlrpc/value.js';
import type { ValueEncoding } from '#lib/xmlrpc/value-encoding.js';

const HEAD = '<?xml version="1.0"?><methodResponse>';
const response = (value: string) => `${HEAD}<params><param><value>${value}</value></param></params></methodResponse>`;

const ONE = '<value><int>1</int></value>';

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}

function nest(depth: number): unknown {
  let value: unknown = 0;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

const PLAIN: ValueEncoding = { encodeObject: refuseObject, form: { bigints: 'i8', nulls: 'nil' } };

describe('encodeResponse', () => {
  const values: [string, unknown, string][] = [
    ['an int', -5, '<int>-5</int>'],
    ['the largest int', 2 ** 31 - 1, '<int>2147483647</int>'],
    ['the smallest int', -(2 ** 31), '<int>-2147483648</int>'],
    ['an integer beyond 32 bits', 2 ** 31, '<i8>2147483648</i8>'],
    ['a small bigint', -7n, '<int>-7</int>'],
    ['the largest i8', 2n ** 63n - 1n, '<i8>9223372036854775807</i8>'],
    ['the smallest i8', -(2n ** 63n), '<i8>-9223372036854775808</i8>'],
    ['a large number without exponent', 2 ** 60, '<i8>1152921504606846976</i8>'],
    ['minus zero', -0, '<int>0</int>'],
    ['a fraction', 1.5, '<double>1.5</double>'],
    ['a whole double', new Double(3), '<double>3.0</double>'],
    ['minus zero as double', new Double(-0), '<double>-0.0</double>'],
    ['a large double', new Double(1.5e21), '<double>1500000000000000000000.0</double>'],
    ['a small double', -1.25e-7, '<double>-0.000000125</double>'],
    ['a decimal', new Decimal('1.50'), '<string>1.50</string>'],
    ['true', true, '<boolean>1</boolean>'],
    ['false', false, '<boolean>0</boolean>'],
    ['null', null, '<nil></nil>'],
    ['undefined, which a method without a result returns', undefined, '<nil></nil>'],
    ['a string', 'Höpper €😀', '<string>Höpper €😀</string>'],
    ['an empty string', '', '<string></string>'],
    ['markup', '<a href="x">&\'', '<string>&lt;a href="x"&gt;&amp;\'</string>'],
    ['the end of CDATA', ']]>', '<string>]]&gt;</string>'],
    ['line ends', 'a\r\nb\rc\n\t', '<string>a&#13;\nb&#13;c\n\t</string>'],
    ['a control character', 'a\u0000', '<base64>\nYQA=</base64>'],
    ['U+FFFE', '\ufffe', '<base64>\n77++</base64>'],
    ['bytes', Buffer.from([0, 255]), '<base64>AP8=</base64>'],
    ['a part of an array of bytes', new Uint8Array([9, 0, 255, 9]).subarray(1, 3), '<base64>AP8=</base64>'],
    ['no bytes', new Uint8Array(0), '<base64></base64>'],
    ['a date', new DateTime('20030501T12:30:00'), '<dateTime.iso8601>20030501T12:30:00</dateTime.iso8601>'],
    ['an empty array', [], '<array><data></data></array>'],
    ['an array', [1, []], `<array><data>${ONE}<value><array><data></data></array></value></data></array>`],
    ['a struct', { 'a<\r': 1 }, `<struct><member><name>a&lt;&#13;</name>${ONE}</member></struct>`],
    ['a struct without a prototype', Object.create(null), '<struct></struct>'],
    ['a __proto__', JSON.parse('{"__proto__":1}'), `<struct><member><name>__proto__</name>${ONE}</member></struct>`],
  ];
  for (const [what, value, xml] of values) {
    it(`encodes ${what}`, () => expect(encodeResponse(value)).to.equal(response(xml)));
  }

  it('encodes every string so that it decodes to itself, or to its bytes', () => {
    const unit = fc.constantFrom(...' a\t\r\n<>&]"é€😀\u0000\u001f\u007f\u0085\u2028\ufeff\ufffd\uffff');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 8 }), (text) => {
        const decoder = new CallDecoder();
        const value = String(encodeResponse(text)).slice(HEAD.length, -'</methodResponse>'.length);
        decoder.write(Buffer.from(`<methodCall><methodName>m</methodName>${value}</methodCall>`));
        expect(String(decoder.end().params[0])).to.equal(text);
      }),
      { seed: 20030501, numRuns: 1000 },
    );
  });

  it('encodes arrays that nest 200 deep', () => {
    expect(encodeResponse(nest(200))).to.contain('<value><int>0</int></value>');
  });

  describe('with an encodeObject', () => {
    const using = (encodeObject: (object: object) => unknown): ValueEncoding => ({ ...PLAIN, encodeObject });
    const pointAsArray = using((object) => (object instanceof Point ? [object.x, object.y] : undefined));

    it('encodes the value that it returns for an object', () => {
      expect(encodeResponse({ at: [new Point(1, 2)] }, pointAsArray)).to.equal(encodeResponse({ at: [[1, 2]] }));
    });

    it('does not call it for values that XML-RPC can represent', () => {
      const own = [{ a: 1 }, [1], Buffer.from('a'), new Double(1), new DateTime('20030501T12:30:00'), null];
      expect(
        encodeResponse(
          own,
          using(() => 'replaced'),
        ),
      ).not.to.contain('replaced');
    });

    it('rejects what it returns if XML-RPC cannot represent that', () => {
      expect(() => encodeResponse(new Map(), pointAsArray)).to.throw(EncodingError, 'cannot represent undefined');
      expect(() =>
        encodeResponse(
          new Map(),
          using((object) => object),
        ),
      ).to.throw(EncodingError, 'circular');
    });
  });

  describe('for clients that support neither i8 nor nil', () => {
    const encoding: ValueEncoding = { ...PLAIN, form: { bigints: 'string', nulls: 'empty' } };

    it('encodes integers beyond 32 bits as strings', () => {
      const integers = [2147483647, 2147483648, -2147483649, 2n ** 63n - 1n];
      expect(encodeResponse(integers, encoding)).to.equal(
        response(
          '<array><data><value><int>2147483647</int></value><value><string>2147483648</string></value>' +
            '<value><string>-2147483649</string></value><value><string>9223372036854775807</string></value>' +
            '</data></array>',
        ),
      );
    });

    it('encodes nil as an empty string', () => {
      expect(encodeResponse(null, encoding)).to.equal(response('<string></string>'));
      expect(encodeResponse(undefined, encoding)).to.equal(response('<string></string>'));
    });
  });

  it('inserts values that are already encoded', () => {
    const large = encodeValue('ü'.repeat(200_000));
    const encoded = encodeResponse([1, encodeValue([2]), { a: large }, 3]);
    const text = typeof encoded === 'string' ? encoded : Buffer.concat(encoded).toString();
    expect(text).to.equal(String(encodeResponse([1, [2], { a: 'LARGE' }, 3])).replace('LARGE', 'ü'.repeat(200_000)));
  });

  it('returns a large result in pieces of one document', () => {
    const items = Array.from({ length: 50_000 }, (_, index) => `${index} ü😀`);
    const pieces = encodeResponse(items);
    if (typeof pieces === 'string') throw new Error('it is in one piece');
    expect(pieces.length).to.be.greaterThan(10);
    const data = items.map((item) => `<value><string>${item}</string></value>`).join('');
    expect(Buffer.concat(pieces).equals(Buffer.from(response(`<array><data>${data}</data></array>`)))).to.equal(true);
  });
});

describe('plainDecimal', () => {
  it('formats every finite double without an exponent and without loss', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = plainDecimal(value);
        expect(text).to.match(/^-?\d+\.\d+$/);
        expect(Object.is(Number(text), value), text).to.equal(true);
      }),
      { seed: 20030501, numRuns: 2000, examples: [[0], [-0], [5e-324], [Number.MAX_VALUE], [1e21], [1e-7], [2 ** 53]] },
    );
  });
});

describe('encodeFault', () => {
  const fault = (code: number, text: string) =>
    `${HEAD}<fault><value><struct><member><name>faultCode</name><value><int>${code}</int></value></member>` +
    `<member><name>faultString</name><value><string>${text}</string></value></member></struct></value></fault>` +
    `</methodResponse>`;

  it('encodes the code and the text', () => {
    expect(encodeFault(1, 'db -- Programming Error\n\n(1, "<ü> & \r]]>")')).to.equal(
      fault(1, 'db -- Programming Error\n\n(1, "&lt;ü&gt; &amp; &#13;]]&gt;")'),
    );
  });

  it('replaces characters that XML does not allow with U+FFFD', () => {
    expect(encodeFault(-3, 'a\u0000b\u001fc\ufffed\ud800e😀')).to.equal(fault(-3, 'a\ufffdb\ufffdc\ufffdd\ufffde😀'));
  });
});
