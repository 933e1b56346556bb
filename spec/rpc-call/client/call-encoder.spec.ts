import { expect } from 'chai';
import { encodeCall } from '#lib/rpc-call/client/call-encoder.js';
import { parseArgument } from '#lib/rpc-call/client/typed-arguments.js';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import { DateTime, Decimal, Double } from '#lib/xmlrpc/value.js';

describe('encodeCall', () => {
  const decode = (document: string) => {
    const decoder = new CallDecoder();
    decoder.write(Buffer.from(document));
    return decoder.end();
  };

  it('encodes arguments of all types', () => {
    const texts = [
      '5',
      'i8:9007199254740993',
      'double:1',
      'true',
      'nil:',
      'a < b & c > d',
      '[1, ["x"]]',
      '{"a": false}',
    ];
    const others = ['date:2003-05-01', 'base64:AAE=', 'decimal:1.50'];
    const { methodName, params } = decode(encodeCall('execute', [...texts, ...others].map(parseArgument)));
    expect(methodName).to.equal('execute');
    const [struct, ...rest] = params.slice(7);
    expect(params.slice(0, 7)).to.deep.equal([
      5,
      9007199254740993n,
      new Double(1),
      true,
      null,
      'a < b & c > d',
      [1, ['x']],
    ]);
    expect({ ...(struct as object) }).to.deep.equal({ a: false });
    expect(rest).to.deep.equal([new DateTime('20030501T00:00:00'), Buffer.from([0, 1]), new Decimal('1.50')]);
  });

  it('preserves all characters of a statement', () => {
    const sql = "select 'a\r\nb\0c\u0001\ufffe]]>&amp;😀\u0085'";
    expect(decode(encodeCall('execute', [sql])).params).to.deep.equal([sql]);
  });
});
