import { FAULTS } from './faults.js';
import type { MethodDeclaration } from './method-declaration.js';
import type { MethodTable } from './method-table.js';
import type { Service } from './service.js';
import { ServiceFailure } from './service-failure.js';

/** The introspection methods that every endpoint answers: http://xmlrpc-c.sourceforge.net/introspection.html */
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
      help: 'The signatures of a method: lists of types, what it returns first. "undef" where the method declares none.',
    })
    .with(methodHelp, {
      name: 'system.methodHelp',
      params: [{ name: 'methodName', type: 'string' }],
      returns: 'string',
      help: 'What a method does, in one paragraph; empty where the method declares nothing.',
    });
}

function listMethods(this: Service): string[] {
  return this.exportedMethods();
}

/** A method with optional parameters has one signature for each count of arguments it takes. */
function methodSignature(this: Service, methodName: string): string[][] | string {
  const { params, returns = 'any' } = declarationOf(this, methodName);
  if (params === undefined) return 'undef';
  const types = params.map(({ type }) => type);
  const least = params.findIndex(({ optional }) => optional);
  const counts = least < 0 ? [types.length] : [...types.keys(), types.length].slice(least);
  return counts.map((count) => [returns, ...types.slice(0, count)]);
}

function methodHelp(this: Service, methodName: string): string {
  return declarationOf(this, methodName).help ?? '';
}

function declarationOf(service: Service, methodName: string): MethodDeclaration {
  const exported = service.exportedMethod(methodName);
  if (exported === undefined) throw ServiceFailure.of(FAULTS.METHOD_UNAVAILABLE, `There is no method ${methodName}.`);
  return exported.declaration;
}
