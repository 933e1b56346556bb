import { buffersOf, encodeValue, type ValueEncoding } from '../xmlrpc/encoder.js';
import { StreamedValue } from '../xmlrpc/streamed-value.js';
import type { Struct, Value } from '../xmlrpc/value.js';
import type { Endpoint } from './endpoint.js';
import { failureOf } from './failure-of.js';
import { FAULTS } from './faults.js';
import { incorrect, typeOf } from './method-declaration.js';
import { ServiceFailure } from './service-failure.js';
import type { ServiceRequest } from './service-request.js';

/** The maximum number of calls in one request. Clients that batch calls need hundreds. */
export const MAX_CALLS = 1000;

/** Bytes of a call's result that are created before any is sent. */
const START = 64 * 1024;

/** Around the elements of an array. */
const OPEN = Buffer.from('<value><array><data>');
const CLOSE = Buffer.from('</data></array></value>');

/** Makes a call as a part of the request. */
export type Caller = (methodName: string, params: readonly Value[]) => unknown;

/** The calls that one request makes. */
export interface CallList {
  /** Structs of `methodName` and `params`. */
  readonly calls: readonly Value[];
  readonly call: Caller;
  readonly request: ServiceRequest;
  /** The calls behind one that fails are not made. */
  readonly stop?: boolean;
}

/** What a list of calls uses of the endpoint that they are made on. */
type CalledEndpoint = ValueEncoding & Pick<Endpoint, 'withdrawn' | 'registry' | 'logName'>;

/** @throws {ServiceFailure} 56 if there are too many */
export function checkCalls(calls: readonly Value[]): void {
  if (calls.length > MAX_CALLS) throw incorrect(`calls: expected at most ${MAX_CALLS}, received ${calls.length}.`);
}

/** Makes the calls in order, and encodes an array of an array with the result, or of a fault, for each. */
export async function* callResults(endpoint: CalledEndpoint, list: CallList): AsyncGenerator<Buffer> {
  yield OPEN;
  for (const call of list.calls) {
    const succeeded = yield* resultOf(endpoint, call, list);
    if (!succeeded && list.stop) break;
  }
  yield CLOSE;
}

/** @returns whether the call succeeded */
async function* resultOf(
  endpoint: CalledEndpoint,
  listed: Value,
  { call, request }: CallList,
): AsyncGenerator<Buffer, boolean> {
  let rest: AsyncIterator<Buffer> | undefined;
  let start: readonly Buffer[];
  try {
    // After a disconnection, the other calls are not made. One of the calls before may have closed the session.
    request.throwIfAborted();
    if (endpoint.withdrawn) throw ServiceFailure.of(FAULTS.RESPONSE_ABORTED, 'The endpoint was closed.');
    const { methodName, params } = parseCall(listed);
    const value = await call(methodName, params);
    if (value instanceof StreamedValue) {
      rest = value[Symbol.asyncIterator]();
      start = [OPEN, ...(await startOf(rest))];
    } else {
      start = buffersOf(encodeValue([value ?? null], endpoint));
    }
  } catch (error) {
    const { error: faultCode, faultString } = failureOf(error, endpoint.registry.log, endpoint.logName);
    yield* buffersOf(encodeValue({ faultCode, faultString }, endpoint));
    return false;
  }
  try {
    yield* start;
    if (rest === undefined) return true;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
    yield CLOSE;
    return true;
  } finally {
    await rest?.return?.();
  }
}

/** Reads the first pieces of a value, whose failure is a fault of its own call. Later ones break the response off. */
async function startOf(pieces: AsyncIterator<Buffer>): Promise<Buffer[]> {
  const start: Buffer[] = [];
  for (let length = 0; length <= START; ) {
    const next = await pieces.next();
    if (next.done) break;
    start.push(next.value);
    length += next.value.length;
  }
  return start;
}

/** The methods that make a list of calls themselves. */
const NESTING = ['system.multicall', 'batch'];

function parseCall(call: Value): { methodName: string; params: readonly Value[] } {
  if (typeOf(call) !== 'struct') throw incorrect(`calls: expected structs, received ${typeOf(call)}.`);
  const { methodName, params = [] } = call as Struct;
  if (typeof methodName !== 'string') throw incorrect('methodName: expected string.');
  if (!Array.isArray(params)) throw incorrect('params: expected array.');
  if (NESTING.includes(methodName)) throw incorrect(`${methodName} must not be nested.`);
  return { methodName, params };
}
