import { type EncodedValue, encodeValue } from '../xmlrpc/encoder.js';
import { StreamedValue } from '../xmlrpc/streamed-value.js';
import type { Struct, Value } from '../xmlrpc/value.js';
import type { Endpoint } from './endpoint.js';
import { failureOf } from './failure-of.js';
import { FAULTS } from './faults.js';
import { incorrect, type MethodDeclaration, typeOf } from './method-declaration.js';
import type { MethodTable } from './method-table.js';
import { ServiceFailure } from './service-failure.js';
import type { ServiceRequest } from './service-request.js';

/** The maximum number of calls in one `system.multicall`. Clients that batch calls need hundreds. */
const MAX_CALLS = 1000;

/** Bytes of a call's result that are created before any is sent. */
const START = 64 * 1024;

/** Around the elements of an array. */
const OPEN = Buffer.from('<value><array><data>');
const CLOSE = Buffer.from('</data></array></value>');

/** The capabilities by name. `faults_interop` is not one of them, since the fault codes are OSE's. */
const CAPABILITIES = {
  xmlrpc: { specUrl: 'http://xmlrpc.com/spec.md', specVersion: 1 },
  introspection: { specUrl: 'http://xmlrpc-c.sourceforge.net/introspection.html', specVersion: 1 },
  'system.multicall': { specUrl: 'http://www.xmlrpc.com/discuss/msgReader$1208', specVersion: 1 },
  nil: { specUrl: 'http://www.ontosys.com/xml-rpc/extensions.php', specVersion: 1 },
};

/** The introspection methods of every endpoint: http://xmlrpc-c.sourceforge.net/introspection.html */
export function exportSystemMethods(table: MethodTable): MethodTable {
  return table
    .with(listMethods, {
      name: 'system.listMethods',
      params: [],
      returns: 'array',
      help: 'Returns the names of the methods of this endpoint.',
    })
    .with(methodSignature, {
      name: 'system.methodSignature',
      params: [{ name: 'methodName', type: 'string' }],
      returns: 'array',
      help: 'Returns the signatures of a method: lists of types, the return type first; "undef" if it declares none.',
    })
    .with(methodHelp, {
      name: 'system.methodHelp',
      params: [{ name: 'methodName', type: 'string' }],
      returns: 'string',
      help: 'Returns the description of a method in one paragraph; empty if it has none.',
    })
    .with(multicall, {
      name: 'system.multicall',
      params: [{ name: 'calls', type: 'array' }],
      returns: 'array',
      help:
        'Makes several calls in one request, in order. Each is a struct of methodName and params. Returns for each ' +
        `call an array with the result, or a struct of faultCode and faultString. At most ${MAX_CALLS} calls.`,
    })
    .with(getCapabilities, {
      name: 'system.getCapabilities',
      params: [],
      returns: 'struct',
      help: 'Returns the supported extensions of XML-RPC by name, with the URL and version of their specifications.',
    });
}

function listMethods(this: Endpoint): string[] {
  return this.exportedMethods();
}

/** A method with optional parameters has one signature for each possible number of arguments. */
function methodSignature(this: Endpoint, methodName: string): string[][] | string {
  const { params, returns = 'any' } = declarationOf(this, methodName);
  if (params === undefined) return 'undef';
  const types = params.map(({ type }) => type);
  const least = params.findIndex(({ optional }) => optional);
  const counts = least < 0 ? [types.length] : [...types.keys(), types.length].slice(least);
  return counts.map((count) => [returns, ...types.slice(0, count)]);
}

function methodHelp(this: Endpoint, methodName: string): string {
  return declarationOf(this, methodName).help ?? '';
}

function declarationOf(service: Endpoint, methodName: string): MethodDeclaration {
  const exported = service.exportedMethod(methodName);
  if (exported === undefined) throw ServiceFailure.of(FAULTS.METHOD_UNAVAILABLE, `Unknown method ${methodName}.`);
  return exported.declaration;
}

/** The results are sent as the calls return them: together, they can be larger than the memory. */
function multicall(this: Endpoint, calls: readonly Value[]): StreamedValue {
  if (calls.length > MAX_CALLS) throw incorrect(`calls: expected at most ${MAX_CALLS}, received ${calls.length}.`);
  return new StreamedValue(results(this, calls, this.currentRequest));
}

async function* results(endpoint: Endpoint, calls: readonly Value[], request: ServiceRequest): AsyncGenerator<Buffer> {
  yield OPEN;
  for (const call of calls) yield* resultOf(endpoint, call, request);
  yield CLOSE;
}

async function* resultOf(endpoint: Endpoint, call: Value, request: ServiceRequest): AsyncGenerator<Buffer> {
  let rest: AsyncIterator<Buffer> | undefined;
  let start: Buffer[];
  try {
    // After a disconnection, the other calls are not made. One of the calls before may have closed the session.
    request.throwIfAborted();
    if (endpoint.withdrawn) throw ServiceFailure.of(FAULTS.RESPONSE_ABORTED, 'The endpoint was closed.');
    const { methodName, params } = parseCall(call);
    const value = await endpoint.call(methodName, params, request);
    if (value instanceof StreamedValue) {
      rest = value[Symbol.asyncIterator]();
      start = [OPEN, ...(await startOf(rest))];
    } else {
      start = buffersOf(encodeValue([value ?? null], endpoint));
    }
  } catch (error) {
    const { error: faultCode, faultString } = failureOf(error, endpoint.registry.log, endpoint.logName);
    yield* buffersOf(encodeValue({ faultCode, faultString }, endpoint));
    return;
  }
  try {
    yield* start;
    if (rest === undefined) return;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
    yield CLOSE;
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

function buffersOf({ pieces }: EncodedValue): Buffer[] {
  return typeof pieces === 'string' ? [Buffer.from(pieces)] : [...pieces];
}

function parseCall(call: Value): { methodName: string; params: readonly Value[] } {
  if (typeOf(call) !== 'struct') throw incorrect(`calls: expected structs, received ${typeOf(call)}.`);
  const { methodName, params = [] } = call as Struct;
  if (typeof methodName !== 'string') throw incorrect('methodName: expected string.');
  if (!Array.isArray(params)) throw incorrect('params: expected array.');
  if (methodName === 'system.multicall') throw incorrect('system.multicall must not be nested.');
  return { methodName, params };
}

function getCapabilities(this: Endpoint): typeof CAPABILITIES {
  return CAPABILITIES;
}
