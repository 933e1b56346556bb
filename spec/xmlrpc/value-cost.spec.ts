import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import { HEAD, ITEMS, type Measured, type Measurement, PIECE } from './decoded-memory.js';

describe('The cost of decoded values', function () {
  // What else the process does meanwhile is measured too.
  this.retries(3);

  let thread: Worker;

  before(() => {
    thread = new Worker(new URL('./decoded-memory.js', import.meta.url));
  });

  after(() => thread.terminate());

  for (const name of Object.keys(ITEMS)) {
    // The slow path builds the same values, and its own strings.
    for (const path of name.includes('string') || name.includes('text')
      ? (['fast', 'slow'] as const)
      : (['fast'] as const)) {
      it(`is what ${name} take (${path} path)`, async () => {
        thread.postMessage({ item: name, path } satisfies Measurement);
        const [{ cost, peak, taken }] = (await once(thread, 'message')) as [Measured];
        expect(cost / taken, `${cost} / ${taken}`).to.be.within(0.7, 3);
        expect(peak).to.be.at.least(cost * 0.9);
      });
    }
  }

  for (const [name, body] of [
    ['a long text', `${HEAD}<value>${'x'.repeat(1e6)}`],
    ['a long CDATA section', `${HEAD}<value><![CDATA[${'x'.repeat(1e6)}`],
    ['a long attribute', `${HEAD}<value a="${'x'.repeat(1e6)}`],
    ['a long name of a tag', `${HEAD}<value><${'x'.repeat(1e6)}`],
  ] as const) {
    it(`includes ${name} that has not ended`, () => {
      const decoder = new CallDecoder();
      for (let at = 0; at < body.length; at += PIECE) decoder.write(Buffer.from(body.slice(at, at + PIECE)));
      expect(decoder.cost).to.be.within(1e6, 4e6);
    });
  }

  for (const [name, body] of [
    ['comment', `${HEAD}<!--${'x'.repeat(1e6)}`],
    ['processing instruction', `${HEAD}<?a ${'x'.repeat(1e6)}`],
  ] as const) {
    it(`does not include a long ${name}, which is not kept`, () => {
      const decoder = new CallDecoder();
      for (let at = 0; at < body.length; at += PIECE) decoder.write(Buffer.from(body.slice(at, at + PIECE)));
      expect(decoder.cost).to.be.below(1e5);
    });
  }

  it('includes what is held back until the encoding is known', () => {
    const decoder = new CallDecoder('us-ascii');
    decoder.write(Buffer.from('<methodCall><methodName>'));
    for (let i = 0; i < 100; i++) decoder.write(Buffer.alloc(10_000, 'é', 'latin1'));
    expect(decoder.cost).to.be.within(1e6, 4e6);
  });
});
