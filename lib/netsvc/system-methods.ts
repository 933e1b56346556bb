import { type EncodedValue, encodeValue } from '../xmlrpc/encoder.js';
import { StreamedValue } from '../xmlrpc/streamed-value.js';
import type { Struct, Value } from '../xmlrpc/value.js';
import type { Endpoint } from './endpoint.js';
import { failureOf } from './failure-of.js';
import { FAULTS } from './faults.js';
import { incorrect, type MethodDeclaration, typeOf } from './method-declaration.js';
import type { MethodTable } from './method-table.js';
import { ServiceFailure } from './service-failure.js';

/**
 * How many calls one `system.multicall` may carry: a client that batches needs hundreds, one that attacks takes what it
 * gets.
 */
const MAX_CALLS = 1000;

/** What clients can ask for by name; the codes of `faults_interop` are not among it, since the original has its own. */
const CAPABILITIES = {
  xmlrpc: { specUrl: 'http://xmlrpc.com/spec.md', specVersion: 1 },
  introspection: { specUrl: 'http://xmlrpc-c.sourceforge.net/introspection.html', specVersion: 1 },
  'system.multicall': { specUrl: 'http://www.xmlrpc.com/discuss/msgReader$1208', specVersion: 1 },
  nil: { specUrl: 'http://www.ontosys.com/xml-rpc/extensions.php', specVersion: 1 },
};

/** The methods about methods that every endpoint answers: http://xmlrpc-c.sourceforge.net/introspection.html */
export function exportSystemMethods(table: MethodTable): MethodTable {
  return table
    .with(listMethods, {
      name: 'system.listMethods',
      params: [],
      returns: 'array',
      help: 'The names of the methods that this endpoint answers.',
    })
    .with(methodSignature, {
      name: 'system.methodSignature',
      params: [{ name: 'methodName', type: 'string' }],
      returns: 'array',
      help:
        'The signatures of a method: lists of types, what it returns first. "undef" where the method declares ' +
        'none.',
    })
    .with(methodHelp, {
      name: 'system.methodHelp',
      params: [{ name: 'methodName', type: 'string' }],
      returns: 'string',
      help: 'What a method does, in one paragraph; empty where the method declares nothing.',
    })
    .with(multicall, {
      name: 'system.multicall',
      params: [{ name: 'calls', type: 'array' }],
      returns: 'array',
      help:
        'Makes several calls in one request, in order. Each is a struct of methodName and params; its place in the ' +
        'answer has an ' +
        `array with the result, or a struct of faultCode and faultString. At most ${MAX_CALLS} calls.`,
    })
    .with(getCapabilities, {
      name: 'system.getCapabilities',
      params: [],
      returns: 'struct',
      help:
        'What this endpoint speaks beyond XML-RPC itself: for each name, where it is specified and in which ' +
        'version.',
    });
}

function listMethods(this: Endpoint): string[] {
  return this.exportedMethods();
}

/** A method with optional parameters has one signature for each count of arguments it takes. */
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
  if (exported === undefined) throw ServiceFailure.of(FAULTS.METHOD_UNAVAILABLE, `There is no method ${methodName}.`);
  return exported.declaration;
}

type MulticallResult = readonly [EncodedValue] | { readonly faultCode: number; readonly faultString: string };

async function multicall(this: Endpoint, calls: readonly Value[]): Promise<MulticallResult[]> {
  if (calls.length > MAX_CALLS) throw incorrect(`calls: expected at most ${MAX_CALLS}, received ${calls.length}.`);
  const request = this.currentRequest;
  const results: MulticallResult[] = [];
  for (const call of calls) {
    try {
      // Who hung up must not have the rest done, and a call before may have closed the session.
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
  if (methodName === 'system.multicall') throw incorrect('system.multicall cannot be called by system.multicall.');
  return { methodName, params };
}

function getCapabilities(this: Endpoint): typeof CAPABILITIES {
  return CAPABILITIES;
}
