import type { MethodDeclaration, SessionMethods } from './method-declaration.js';

/** The method that every session has. */
export const CLOSE = {
  name: 'close',
  params: [],
  returns: 'int',
  help:
    'Closes the session and gives back what it holds. A call that is running is stopped, and the calls that wait are ' +
    'refused. Afterwards its endpoint does not exist any more. Returns 0.',
} as const satisfies MethodDeclaration;

/** A method by the name that clients call. */
export type NamedDeclaration = readonly [name: string, declaration: MethodDeclaration];

/** Returns the declarations of a table, in its order. */
export function namedDeclarations(table: SessionMethods): NamedDeclaration[] {
  return Object.entries(table).map(([key, declaration]) => [declaration.name ?? key, declaration]);
}

/** Returns all methods of a session that exports a table, by name. */
export function methodsOfSession(table: SessionMethods): NamedDeclaration[] {
  return [...namedDeclarations(table), ...namedDeclarations({ close: CLOSE })].sort(byName);
}

function byName([a]: NamedDeclaration, [b]: NamedDeclaration): number {
  return a < b ? -1 : 1;
}
