import { isCutByPassword } from '../../system/password-escapes.js';
import type { CommandLine } from './command-line.js';

/**
 * Reads the most frequent command lines, `URL METHOD [ARG...]` without options, for which the parser of all others is
 * not loaded. A property-based spec checks that both read them alike.
 *
 * @returns undefined for any other command line, and for errors
 */
export function plainCall([target = '', method, ...args]: readonly string[]): CommandLine | undefined {
  if (method === undefined || [method, ...args].some((arg) => arg.startsWith('-'))) return undefined;
  if (!/^https?:\/\//i.test(target) || isCutByPassword(target) || !URL.canParse(target)) return undefined;
  const task = { kind: 'call', method, args, format: 'json', print: {} } as const;
  return { url: new URL(target), task, user: undefined, passwordFile: undefined };
}
