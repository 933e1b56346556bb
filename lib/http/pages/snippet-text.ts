import type { ExampleValue } from '../../netsvc/method-declaration.js';
import { encodePart } from './page-location.js';

/** A program. */
export interface Snippet {
  readonly language: string;
  readonly text: string;
}

/** Where a program makes calls. */
export interface SnippetAddress {
  /** Percent-encoded, without credentials. */
  readonly url: string;
  /** '' if clients do not log in. */
  readonly user: string;
}

/** A call of a program. */
export interface SnippetCall {
  readonly method: string;
  readonly args: readonly ExampleValue[];
}

/** The URL with the login, in which nothing ends a string. */
export function withLogin({ url, user }: SnippetAddress): string {
  return user === '' ? url : url.replace('://', `://${encodePart(user)}:PASSWORD@`);
}

/** Whether a program can call a method: in Python, the name is part of it. */
export function isCallable(method: string): boolean {
  return /^[a-z_]\w*(?:\.[a-z_]\w*)*$/i.test(method);
}

/** Such as `service.execute("select %s", [41])`. */
export function pythonCall(object: string, { method, args }: SnippetCall): string {
  return `${object}.${method}(${args.map((value) => literal(value, JSON.stringify, ['True', 'False'])).join(', ')})`;
}

export function phpValue(value: ExampleValue): string {
  return literal(value, singleQuoted, ['true', 'false']);
}

/** Such as `service.call('execute', 'select %s', [41])`. */
export function rubyCall(object: string, { method, args }: SnippetCall): string {
  const values = [method, ...args].map((value) => literal(value, singleQuoted, ['true', 'false']));
  return `${object}.call(${values.join(', ')})`;
}

/**
 * Such as `rpc-call 'http://127.0.0.1:8000/database' execute 'select %s' '[41]'`.
 *
 * @param url with quotes
 */
export function shellCall(url: string, user: string, { method, args }: SnippetCall, option = ''): string {
  // The password is asked for: in the arguments, other users of the machine could read it.
  const login = user === '' ? '' : `--user ${shellQuoted(user)} `;
  const words = args.map((value) => shellQuoted(typeof value === 'string' ? shellText(value) : JSON.stringify(value)));
  return `rpc-call ${[`${option}${login}${url}`, method, ...words].join(' ')}`;
}

/** Text that could be read as JSON or as a type, such as `int:1`, is written as a JSON string. */
function shellText(text: string): string {
  return /^[a-z]/i.test(text) && !/^\w+(?::|$)/.test(text) ? text : JSON.stringify(text);
}

function literal(
  value: ExampleValue,
  quoted: (text: string) => string,
  [yes, no]: readonly [yes: string, no: string],
): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? yes : no;
  return `[${value.map((item) => literal(item, quoted, [yes, no])).join(', ')}]`;
}

/** A string of PHP and Ruby in which only these two characters are special. */
export function singleQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
