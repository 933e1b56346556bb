import { buffersOf, EncodedValue, encodeValue, type ValueEncoding } from '../xmlrpc/encoder.js';
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

/** Bytes of results that are created before any is sent. */
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

/** Text around the results. */
export interface Surroundings {
  readonly before: string;
  readonly after: string;
  /** Called when the calls have been made, before the end is sent. */
  readonly ended?: () => Promise<void>;
}

const NOTHING: Surroundings = { before: '', after: '' };

/**
 * Makes the calls in order, and encodes an array with an array of the result, or with a fault, for each. Small results
 * are returned together; after a large one, all others are sent as the calls return them.
 */
export async function callResults(
  endpoint: CalledEndpoint,
  list: CallList,
  around = NOTHING,
): Promise<EncodedValue | StreamedValue> {
  let text = `${around.before}<value><array><data>`;
  for (const [i, listed] of list.calls.entries()) {
    const { value, encoded, failed } = await make(endpoint, listed, list);
    const pieces = encoded?.pieces;
    if (typeof pieces !== 'string' || text.length > START) {
      const rest = { ...list, calls: failed && list.stop ? [] : list.calls.slice(i + 1) };
      return new StreamedValue(streamedResults(endpoint, rest, around, text, value ?? encoded));
    }
    text += pieces;
    if (failed && list.stop) break;
  }
  await around.ended?.();
  return new EncodedValue(`${text}</data></array></value>${around.after}`);
}

/** The result of a call: a large value, or the encoded array or fault. */
interface Made {
  readonly value?: StreamedValue;
  readonly encoded?: EncodedValue;
  readonly failed: boolean;
}

/** @param first the result of the call before the first of the list */
async function* streamedResults(
  endpoint: CalledEndpoint,
  list: CallList,
  { after, ended }: Surroundings,
  before: string,
  first: StreamedValue | EncodedValue | undefined,
): AsyncGenerator<Buffer> {
  yield Buffer.from(before);
  let failed = first instanceof StreamedValue ? yield* streamedResult(endpoint, first, list.request) : false;
  if (first instanceof EncodedValue) yield* buffersOf(first);
  for (const listed of failed && list.stop ? [] : list.calls) {
    const made = await make(endpoint, listed, list);
    failed = made.failed;
    if (made.value) failed = yield* streamedResult(endpoint, made.value, list.request);
    else if (made.encoded) yield* buffersOf(made.encoded);
    if (failed && list.stop) break;
  }
  await ended?.();
  yield Buffer.from(`</data></array></value>${after}`);
}

/** Makes one call. Never rejects. */
async function make(endpoint: CalledEndpoint, listed: Value, { call, request }: CallList): Promise<Made> {
  try {
    // After a disconnection, the other calls are not made. One of the calls before may have closed the session.
    request.throwIfAborted();
    if (endpoint.withdrawn) throw ServiceFailure.of(FAULTS.RESPONSE_ABORTED, 'The endpoint was closed.');
    const { methodName, params } = parseCall(listed);
    const value = await call(methodName, params);
    if (value instanceof StreamedValue) return { value, failed: false };
    return { encoded: encodeValue([value ?? null], endpoint), failed: false };
  } catch (error) {
    return { encoded: encodedFault(endpoint, error, request), failed: true };
  }
}

/** @returns whether it failed, before anything of it was sent */
async function* streamedResult(
  endpoint: CalledEndpoint,
  value: StreamedValue,
  request: ServiceRequest,
): AsyncGenerator<Buffer, boolean> {
  const pieces = value[Symbol.asyncIterator]();
  try {
    let start: Buffer[];
    try {
      start = await startOf(pieces);
    } catch (error) {
      yield* buffersOf(encodedFault(endpoint, error, request));
      return true;
    }
    yield OPEN;
    yield* start;
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value;
    yield CLOSE;
    return false;
  } finally {
    await pieces.return?.(undefined);
  }
}

function encodedFault(endpoint: CalledEndpoint, error: unknown, request: ServiceRequest): EncodedValue {
  const { error: faultCode, faultString } = failureOf(error, endpoint, request);
  return encodeValue({ faultCode, faultString }, endpoint);
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
