import { expect } from 'chai';
import { DecodingError } from '#lib/xmlrpc/codec-error.js';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import { cpuTime, disproportion } from '../support/cpu-time.js';
import { COSTLY_BODIES } from './costly-bodies.js';

/** Milliseconds of processor time to decode a body that arrives in pieces of a socket's size. */
function cost(body: Buffer): number {
  const started = cpuTime();
  const decoder = new CallDecoder();
  try {
    for (let start = 0; start < body.length; start += 65536) decoder.write(body.subarray(start, start + 65536));
    decoder.end();
  } catch (error) {
    if (!(error instanceof DecodingError)) throw error;
  }
  return cpuTime() - started;
}

describe('a body that is made to be expensive', () => {
  for (const [name, make] of Object.entries(COSTLY_BODIES)) {
    it(`takes time in proportion to its size: ${name}`, () => {
      expect(disproportion((size) => Buffer.from(make(size)), cost)).to.equal(undefined);
    });
  }
});
