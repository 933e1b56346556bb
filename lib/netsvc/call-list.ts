import { type EncodedResponse, EncodedValue, encodeValue, type ValueEncoding } from '../xmlrpc/encoder.js';
import { RepeatableValue } from '../xmlrpc/repeatable-value.js';
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

/** Bytes of results that are collected before any is sent. */
const START = 64 * 1024;

/** Around the result of a call that is sent in pieces. */
const OPEN = '<value><array><data>';
const CLOSE = '</data></array></value>';

/** The methods that make calls themselves, or whose calls are numbered. */
const NOT_NESTED = new Set(['system.multicall', 'batch', 'once']);

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

/** @throws {ServiceFailure} 56 for a method that another call must not make */
export function checkNesting(methodName: string): void {
  if (NOT_NESTED.has(methodName)) throw incorrect(`${methodName} must not be nested.`);
}

/** Text around the results. */
export interface Surroundings {
  readonly before: string;
  readonly after: string;
  /** Called when the calls have been made, before the end is sent. */
  readonly ended?: () => Promise<void>;
}

const NOTHING: Surroundings = { before: '', after: '' };

/** A part of the encoded results: text, a piece of a large value, or, in an answer that is kept, all of it. */
type Part = string | Buffer | RepeatableValue;

/**
 * Makes the calls in order, and encodes an array with an array of the result, or with a fault, for each. Small results
 * are returned together; after a large one, all others are sent as the calls return them. For an answer that is kept,
 * all calls are made before any result is sent.
 */
export async function callResults(
  endpoint: CalledEndpoint,
  list: CallList,
  around = NOTHING,
): Promise<EncodedValue | StreamedValue> {
  const parts = results(endpoint, list, around);
  const start: Part[] = [];
  const most = list.request.kept ? Number.POSITIVE_INFINITY : START;
  for (let length = 0; length <= most; ) {
    const { done, value } = await parts.next();
    if (done) return list.request.kept ? keptResults(start) : sentResults(start);
    start.push(value);
    if (!(value instanceof RepeatableValue)) length += value.length;
  }
  return sentResults(start, parts);
}

/** Makes the calls. Ends the value that is being read if its own reader stops. */
async function* results(
  endpoint: CalledEndpoint,
  { calls, call, request, stop }: CallList,
  { before, after, ended }: Surroundings,
): AsyncGenerator<Part> {
  let text = `${before}<value><array><data>`;
  for (const listed of calls) {
    const { encoded, large, failed } = await make(endpoint, listed, { call, request });
    let broken = false;
    if (typeof encoded === 'string') text += encoded;
    try {
      if (typeof encoded !== 'string' || text.length > START) {
        yield text;
        text = '';
      }
      if (typeof encoded === 'object') yield* encoded;
      else if (large) broken = yield* largeResult(endpoint, large, request);
    } finally {
      if (!request.kept) await large?.return();
    }
    if ((failed || broken) && stop) break;
  }
  await ended?.();
  yield `${text}</data></array></value>${after}`;
}

/** The result of a call: the encoded array or fault, or a large value. */
interface Made {
  readonly encoded?: EncodedResponse;
  readonly large?: StreamedValue;
  readonly failed: boolean;
}

/** Makes one call. Never rejects. */
async function make(
  endpoint: CalledEndpoint,
  listed: Value,
  { call, request }: Pick<CallList, 'call' | 'request'>,
): Promise<Made> {
  try {
    // After a disconnection, the other calls are not made. One of the calls before may have closed the session.
    request.throwIfAborted();
    if (endpoint.withdrawn) throw ServiceFailure.of(FAULTS.RESPONSE_ABORTED, 'The endpoint was closed.');
    const { methodName, params } = parseCall(listed);
    const value = await call(methodName, params);
    if (value instanceof StreamedValue) {
      if (request.kept && !(value instanceof RepeatableValue)) throw notKept(value);
      return { large: value, failed: false };
    }
    const encoded = encodeValue([value ?? null], endpoint).pieces;
    request.kept?.reserve(piecesIn(encoded).reduce((sum, { length }) => sum + length, 0));
    return { encoded, failed: false };
  } catch (error) {
    return { encoded: encodedFault(endpoint, error, request), failed: true };
  }
}

/** Ends a value that can be sent only once. @returns the failure of its call, whose answer is to be kept */
export function notKept(value: StreamedValue): ServiceFailure {
  value.cancel();
  return incorrect('The result is not stored, so that it cannot be kept to be sent again.');
}

/** @returns whether it failed, before anything of it was sent */
async function* largeResult(
  endpoint: CalledEndpoint,
  value: StreamedValue,
  request: ServiceRequest,
): AsyncGenerator<Part, boolean> {
  if (request.kept && value instanceof RepeatableValue) {
    yield OPEN;
    yield value;
    yield CLOSE;
    return false;
  }
  const start: Buffer[] = [];
  let complete: boolean;
  try {
    complete = await readStart(value, start);
  } catch (error) {
    yield* piecesIn(encodedFault(endpoint, error, request));
    return true;
  }
  yield OPEN;
  yield* start;
  if (!complete) yield* value;
  yield CLOSE;
  return false;
}

function sentResults(start: readonly Part[], rest?: AsyncGenerator<Part>): EncodedValue | StreamedValue {
  const [only] = start;
  if (rest === undefined && start.length === 1 && typeof only === 'string') return new EncodedValue(only);
  return new StreamedValue(piecesOf(start, rest), () => void rest?.return(undefined));
}

function keptResults(parts: readonly Part[]): EncodedValue | RepeatableValue {
  const values = parts.filter((part) => part instanceof RepeatableValue);
  if (values.length === 0) return new EncodedValue(parts.flatMap(bufferOf));
  const hold = () => {
    const releases = values.map((value) => value.hold());
    return () => {
      for (const release of releases) release();
    };
  };
  const kept = new RepeatableValue(() => piecesOf(parts), hold);
  for (const value of values) value.cancel();
  return kept;
}

async function* piecesOf(start: readonly Part[], rest?: AsyncIterable<Part>): AsyncGenerator<Buffer> {
  for (const part of start) yield* part instanceof RepeatableValue ? part.open() : bufferOf(part);
  for await (const part of rest ?? []) yield* bufferOf(part);
}

function bufferOf(part: Part): Buffer[] {
  if (part instanceof RepeatableValue) return [];
  return [typeof part === 'string' ? Buffer.from(part) : part];
}

function piecesIn(encoded: EncodedResponse): readonly (string | Buffer)[] {
  return typeof encoded === 'string' ? [encoded] : encoded;
}

function encodedFault(endpoint: CalledEndpoint, error: unknown, request: ServiceRequest): EncodedResponse {
  const { error: faultCode, faultString } = failureOf(error, endpoint, request);
  return encodeValue({ faultCode, faultString }, endpoint).pieces;
}

/**
 * Reads the first pieces of a value, whose failure is a fault of its own call. Later ones break the response off.
 *
 * @returns whether these are all
 */
async function readStart(value: StreamedValue, start: Buffer[]): Promise<boolean> {
  for (let length = 0; length <= START; ) {
    const next = await value.next();
    if (next.done) return true;
    start.push(next.value);
    length += next.value.length;
  }
  return false;
}

function parseCall(call: Value): { methodName: string; params: readonly Value[] } {
  if (typeOf(call) !== 'struct') throw incorrect(`calls: expected structs, received ${typeOf(call)}.`);
  const { methodName, params = [] } = call as Struct;
  if (typeof methodName !== 'string') throw incorrect('methodName: expected string.');
  if (!Array.isArray(params)) throw incorrect('params: expected array.');
  checkNesting(methodName);
  return { methodName, params };
}
