import { string } from '../client/typed-arguments.js';
import { type Call, caller } from './call.js';

/**
 * Returns the help of a method of an endpoint; without one, all methods.
 *
 * @param authorization the header
 */
export function introspect(url: URL, authorization: string | undefined, method?: string): Promise<string> {
  const call = caller(url, authorization);
  return method === undefined ? listMethods(call) : describeMethod(call, method);
}

/** Returns the methods, each with the first sentence of its help. */
async function listMethods(call: Call): Promise<string> {
  const names = (await call('system.listMethods', [])) as string[];
  const calls = names.map((name) => ({ methodName: string('system.methodHelp'), params: [string(name)] }));
  const answers = (await call('system.multicall', [calls])) as unknown[];
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name, i) => `${name.padEnd(width)}  ${firstSentence(answers[i])}`.trimEnd()).join('\n');
}

/** Returns the signatures and the help of a method. */
async function describeMethod(call: Call, method: string): Promise<string> {
  const signatures = await call('system.methodSignature', [string(method)]);
  const help = String(await call('system.methodHelp', [string(method)]));
  // It is the string "undef" if the method declares none.
  const lines = Array.isArray(signatures)
    ? (signatures as string[][]).map((types) => signatureText(method, types))
    : [];
  return [...(lines.length === 0 ? [method] : lines), ...(help === '' ? [] : ['', help])].join('\n');
}

function signatureText(method: string, [returns, ...params]: readonly string[]): string {
  return `${method}(${params.join(', ')}) -> ${returns}`;
}

/** @param answer an array with the help, or a fault */
function firstSentence(answer: unknown): string {
  const help = Array.isArray(answer) ? String(answer[0]) : '';
  return /^.*?[.](?=\s|$)/s.exec(help)?.[0] ?? help;
}
