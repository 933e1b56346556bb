import { inTurns, isTurnSpent, nextTurn } from '../turns/turns.js';
import { encodeValue, valueSteps } from '../xmlrpc/encoder.js';
import { RepeatableValue, StreamedValue } from '../xmlrpc/streamed-value.js';
import { isStruct, listItems, type Value } from '../xmlrpc/value.js';
import { EncodedValue, type ValueEncoding } from '../xmlrpc/value-encoding.js';
import type { Endpoint } from './endpoint.js';
import { failureOf } from './failure-of.js';
import { cannotBeKept, endpointClosed, mustNotNest, unexpected } from './fault-texts.js';
import { mistyped } from './method-declaration.js';
import type { ExportedMethod } from './method-table.js';
import type { ServiceFailure } from './service-failure.js';
import type { ServiceRequest } from './service-request.js';

/** The maximum number of calls in one request. Clients that batch calls need hundreds. */
export const MAX_CALLS = 1000;

/** Bytes of results that are collected before any is sent, and of a large one before it cannot fail any more. */
const START = 64 * 1024;

/** Around all results, and around the result of a call that is sent in pieces. */
const OPEN = '<value><array><data>';
const CLOSE = '</data></array></value>';

/** The methods that make calls themselves, or whose calls are numbered. */
const NOT_NESTED = new Set(['system.multicall', 'batch', 'once']);

/** The calls that one request makes. */
export interface CallList {
  /** Structs of `methodName` and `params`. */
  readonly calls: readonly Value[];
  readonly request: ServiceRequest;
  /** Makes a call as a part of the request; by default on the endpoint. */
  readonly call?: (methodName: string, params: readonly Value[], request: ServiceRequest) => unknown;
  /** The calls behind one that fails are not made. */
  readonly stop?: boolean;
  /** Text around the results. */
  readonly before?: string;
  readonly after?: string;
  /** Called behind the calls, before the end is sent. An error that it returns is a result, if no call has failed. */
  readonly ended?: () => Promise<unknown>;
}

/** What a list of calls uses of the endpoint that they are made on. */
type CalledEndpoint = ValueEncoding &
  Pick<Endpoint, 'withdrawn' | 'registry' | 'logName' | 'publicName' | 'exportedMethod' | 'call'>;

/** @throws {ServiceFailure} 56 if there are too many */
export function checkCalls(calls: readonly Value[]): void {
  if (calls.length > MAX_CALLS) throw unexpected('calls', `at most ${MAX_CALLS}`, calls.length);
}

/** @throws {ServiceFailure} 56 for a method that another call must not make */
export function checkNesting(methodName: string): void {
  if (NOT_NESTED.has(methodName)) throw mustNotNest(methodName);
}

/** A part of the encoded results: text, a piece of a large value, or, in an answer that is kept, all of it. */
type Part = string | Buffer | RepeatableValue;

/**
 * Makes the calls in order, and encodes an array with an array of the result, or with a fault, for each. Small results
 * are returned together; after a large one, all others are sent as the calls return them. For an answer that is kept,
 * all calls are made before any result is sent.
 */
export async function callResults(endpoint: CalledEndpoint, list: CallList): Promise<EncodedValue | StreamedValue> {
  const { kept } = list.request;
  const parts = results(endpoint, list);
  const start: Part[] = [];
  for (let length = 0; length <= START || kept; ) {
    const { done, value } = await parts.next();
    if (done) return kept ? keptResults(start) : sentResults(start);
    start.push(value);
    if (!(value instanceof RepeatableValue)) length += value.length;
  }
  return new StreamedValue(piecesOf(start, parts), () => void parts.return(undefined));
}

/** Makes the calls. Ends the value that is being read if its own reader stops. */
async function* results(endpoint: CalledEndpoint, list: CallList): AsyncGenerator<Part> {
  const { calls, stop, before = '', after = '', ended } = list;
  let text = before + OPEN;
  let stopped = false;
  for (const index of calls.keys()) {
    if (isTurnSpent()) await nextTurn();
    const { parts, rest, failed } = await make(endpoint, index, list);
    try {
      for (const part of parts) {
        const isText = typeof part === 'string';
        if (isText) text += part;
        if (text !== '' && (!isText || text.length > START)) {
          yield text;
          text = '';
        }
        if (!isText) yield part;
      }
      if (rest) yield* rest;
    } finally {
      if (rest) await rest.return();
    }
    if (rest) text = CLOSE;
    stopped = failed === true && stop === true;
    if (stopped) break;
  }
  const error = await ended?.();
  if (error !== undefined && !stopped) text += partsOf(faultOf(error, endpoint, list.request)).join('');
  yield text + CLOSE + after;
}

/** The result of a call: the encoded array or fault, or the first parts of it. */
interface Made {
  readonly parts: readonly Part[];
  /** The rest of a large value. */
  readonly rest?: StreamedValue;
  readonly failed?: true;
}

/** Makes the call at an index. Never rejects. */
async function make(endpoint: CalledEndpoint, index: number, { calls, call, request }: CallList): Promise<Made> {
  let exported: ExportedMethod | undefined;
  try {
    // After a disconnection, the other calls are not made. One of the calls before may have closed the session.
    request.throwIfAborted();
    if (endpoint.withdrawn) throw endpointClosed();
    const { methodName, params } = parseCall(calls[index] ?? null, index);
    exported = endpoint.exportedMethod(methodName);
    const value = await (call ? call(methodName, params, request) : endpoint.call(methodName, params, request));
    if (value instanceof StreamedValue) return request.kept ? keptResult(value) : await begunResult(value);
    const sent = exported?.sent ? exported.sent(value) : value;
    const parts = [OPEN, ...partsOf(await inTurns(valueSteps(sent, endpoint))), CLOSE];
    request.kept?.reserve(parts.reduce((sum, { length }) => sum + length, 0));
    return { parts };
  } catch (error) {
    return { parts: partsOf(faultOf(error, endpoint, request, exported)), failed: true };
  }
}

function faultOf(
  error: unknown,
  endpoint: CalledEndpoint,
  request: ServiceRequest,
  exported?: ExportedMethod,
): EncodedValue {
  const { error: faultCode, faultString } = failureOf(error, endpoint, request, exported?.name);
  return encodeValue({ faultCode, faultString }, endpoint);
}

/** @throws {ServiceFailure} 56 if the value can be sent only once */
function keptResult(value: StreamedValue): Made {
  if (!(value instanceof RepeatableValue)) throw notKept(value);
  return { parts: [OPEN, value, CLOSE] };
}

/** Ends a value that can be sent only once. @returns the failure of its call, whose answer is to be kept */
export function notKept(value: StreamedValue): ServiceFailure {
  value.cancel();
  return cannotBeKept();
}

/** Reads the first pieces of a value, whose failure is one of its own call. Later ones break the response off. */
async function begunResult(value: StreamedValue): Promise<Made> {
  const parts: Part[] = [OPEN];
  for (let length = 0; length <= START; ) {
    const next = await value.next();
    if (next.done) return { parts: [...parts, CLOSE] };
    parts.push(next.value);
    length += next.value.length;
  }
  return { parts, rest: value };
}

function sentResults(parts: readonly Part[]): EncodedValue | StreamedValue {
  const [only] = parts;
  return parts.length === 1 && typeof only === 'string' ? new EncodedValue(only) : new StreamedValue(piecesOf(parts));
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

function partsOf({ pieces }: EncodedValue): readonly (string | Buffer)[] {
  return typeof pieces === 'string' ? [pieces] : pieces;
}

/** @param index of the call, for its faults */
function parseCall(call: Value, index: number): { methodName: string; params: readonly Value[] } {
  if (!isStruct(call)) throw mistyped(`calls[${index}]`, 'struct', call);
  const { methodName = null, params = null } = call;
  if (typeof methodName !== 'string') throw mistyped(`calls[${index}].methodName`, 'string', methodName);
  const items = params === null ? [] : listItems(params);
  if (items === undefined) throw mistyped(`calls[${index}].params`, 'array', params);
  checkNesting(methodName);
  return { methodName, params: items };
}
