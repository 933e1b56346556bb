import { buffersOf, encodeValue } from '#lib/xmlrpc/encoder.js';

/** Returns the document of a call. */
export function callBody(method: string, params: readonly unknown[]): string {
  const values = params.map((param) => `<param>${Buffer.concat(buffersOf(encodeValue(param)))}</param>`).join('');
  return `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${values}</params></methodCall>`;
}

/** A call in a list of calls, as `system.multicall`, `batch` and `session` take it. */
export interface ListedCall {
  readonly methodName: string;
  readonly params: readonly unknown[];
}

export function listed(methodName: string, ...params: readonly unknown[]): ListedCall {
  return { methodName, params };
}
