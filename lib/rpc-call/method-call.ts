import { caller } from './call.js';
import type { CallTask } from './command-line.js';
import { resultText } from './result-text.js';
import { parseArgument } from './typed-arguments.js';

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
