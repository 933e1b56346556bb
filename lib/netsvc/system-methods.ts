import { type EncodedValue, encodeValue } from '../xmlrpc/encoder.js';
import { StreamedValue } from '../xmlrpc/streamed-value.js';
import type { Struct, Value } from '../xmlrpc/value.js';
import type { Endpoint } from './endpoint.js';
import { failureOf } from './failure-of.js';
import { FAULTS } from './faults.js';
import { incorrect, type MethodDeclaration, typeOf } from './method-declaration.js';
import type { MethodTable } from './method-table.js';
import { ServiceFailure } from './service-failure.js';

/** The maximum number of calls in one `system.multicall`. Clients that batch calls need hundreds. */
const MAX_CALLS = 1000;

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

type MulticallResult = readonly [EncodedValue] | { readonly faultCode: number; readonly faultString: string };

async function multicall(this: Endpoint, calls: readonly Value[]): Promise<MulticallResult[]> {
  if (calls.length > MAX_CALLS) throw incorrect(`calls: expected at most ${MAX_CALLS}, received ${calls.length}.`);
  const request = this.currentRequest;
  const results: MulticallResult[] = [];
  for (const call of calls) {
    try {
      // After a disconnection, the other calls are not made. One of the calls before may have closed the session.
      request.throwIfAborted();
      if (this.withdrawn) throw ServiceFailure.of(FAULTS.RESPONSE_ABORTED, 'The endpoint was closed.');
      const { methodName, params } = parseCall(call);
      const value = await this.call(methodName, params, request);
      results.push([value instanceof StreamedValue ? await value.encode() : encodeValue(value, this)]);
    } catch (error) {
      const failure = failureOf(error, this.registry.log, this.logName);
      results.push({ faultCode: failure.error, faultString: failure.faultString });
    }
  }
  return results;
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
