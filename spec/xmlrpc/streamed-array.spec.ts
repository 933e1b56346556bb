import { expect } from 'chai';
import { Service, ServiceRegistry, streamedArray } from '#lib/index.js';

class Text extends Service {
  override encodeObject(object: object): unknown {
    return object instanceof Map ? Object.fromEntries(object) : super.encodeObject(object);
  }
}

async function read(value: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of value) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('streamedArray', () => {
  it('encodes items as the service does', async () => {
    const service = new Text('text', new ServiceRegistry());
    const items = (async function* () {
      yield 'a<b';
      yield new Map([['n', 1]]);
    })();
    expect(await read(streamedArray(items, service))).to.equal(
      '<value><array><data><value><string>a&lt;b</string></value>' +
        '<value><struct><member><name>n</name><value><int>1</int></value></member></struct></value></data></array></value>',
    );
  });

  it('is an empty array without items', async () => {
    expect(await read(streamedArray([]))).to.equal('<value><array><data></data></array></value>');
  });

  it('reads no more items than its reader takes pieces, and ends them once', async () => {
    let produced = 0;
    const ends: string[] = [];
    const items = (function* () {
      try {
        for (;;) yield `${'x'.repeat(10_000)}${produced++}`;
      } finally {
        ends.push('items');
      }
    })();
    const value = streamedArray(items, undefined, () => ends.push('array'));
    await value.next();
    expect(produced).to.be.below(10);
    value.cancel();
    await value.done;
    expect(ends).to.have.members(['items', 'array']);
  });

  it('fails with the error of an item, and its place', async () => {
    const error = await read(streamedArray([1, { at: new Date() }])).catch((error: Error) => error.message);
    expect(error).to.match(/^result\[1\]\.at: XML-RPC cannot represent a Date/);
  });
});
