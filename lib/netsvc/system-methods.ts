import type { Value } from '../xmlrpc/value.js';
import { callResults, checkCalls, MAX_CALLS } from './call-list.js';
import type { Endpoint } from './endpoint.js';
import { unknownMethod } from './fault-texts.js';
import type { MethodDeclaration } from './method-declaration.js';
import type { MethodTable } from './method-table.js';
import { methodsOfSession } from './session-methods.js';

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
  const { help = '', opens } = declarationOf(this, methodName);
  if (opens === undefined) return help;
  const names = methodsOfSession(opens).map(([name]) => name);
  return `${help} Methods of the session: ${names.join(', ')}.`.trimStart();
}

function declarationOf(service: Endpoint, methodName: string): MethodDeclaration {
  const exported = service.exportedMethod(methodName);
  if (exported === undefined) throw unknownMethod(methodName);
  return exported.declaration;
}

/** Large results are sent as the calls return them: together, they can be larger than the memory. */
async function multicall(this: Endpoint, calls: readonly Value[]): Promise<unknown> {
  checkCalls(calls);
  return callResults(this, { calls, request: this.currentRequest });
}

function getCapabilities(this: Endpoint): typeof CAPABILITIES {
  return CAPABILITIES;
}
