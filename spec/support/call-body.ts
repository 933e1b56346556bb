import { encodeValue } from '#lib/xmlrpc/encoder.js';

/** Returns the document of a call. */
export function callBody(method: string, params: readonly unknown[]): string {
  const values = params.map((param) => `<param>${String(encodeValue(param).pieces)}</param>`).join('');
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${values}</params></methodCall>`;
}
