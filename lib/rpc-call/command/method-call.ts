import { parseArgument } from '../client/typed-arguments.js';
import { resultText } from '../formats/result-text.js';
import { caller } from './call.js';
import type { CallTask } from './command-line.js';

/**
 * Calls a method, and returns its result as text.
 *
 * @param authorization the header
 */
export async function callMethod(
  { method, args, format, print }: CallTask,
  url: URL,
  authorization: string | undefined,
  terminal: boolean,
): Promise<string> {
  const result = await caller(url, authorization)(method, args.map(parseArgument));
  return resultText(result, { ...print, name: format }, terminal);
}
