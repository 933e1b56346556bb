import { DecodingError } from '#lib/xmlrpc/codec-error.js';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import { COSTLY_BODIES } from './costly-bodies.js';

// Prints the cost of decoding a body: milliseconds, and the maximum memory for each byte of it. node --expose-gc
// build/spec/fuzz/cost.js NAME BYTES [PIECE]
const [name = '', bytes = 0, piece = 65536] = process.argv.slice(2);
const body = Buffer.from(COSTLY_BODIES[name]?.(Number(bytes)) ?? '');
global.gc?.();
const before = process.memoryUsage.rss();
const started = performance.now();
let most = 0;
const decoder = new CallDecoder();
let call: unknown;
try {
  for (let start = 0; start < body.length; start += Number(piece)) {
    decoder.write(body.subarray(start, start + Number(piece)));
    most = Math.max(most, process.memoryUsage.rss());
  }
  call = decoder.end();
} catch (error) {
  if (!(error instanceof DecodingError)) throw error;
}
const took = performance.now() - started;
most = Math.max(most, process.memoryUsage.rss());
console.log(JSON.stringify({ took, memory: (most - before) / body.length, read: call !== undefined }));
