import type { ExampleValue } from '../netsvc/method-declaration.js';
import { encodePart } from './page-location.js';

/** A program that makes a call. */
export interface Snippet {
  readonly language: string;
  readonly text: string;
}

/** The call that a snippet makes. */
export interface SnippetCall {
  /** Percent-encoded, without credentials. */
  readonly url: string;
  /** '' if clients do not log in. */
  readonly user: string;
  readonly method: string;
  readonly args: readonly ExampleValue[];
}

/** Returns the same call in each language, with the library that its users have. */
export function snippets(call: SnippetCall): Snippet[] {
  return [
    { language: 'Python 3', text: python(call, 'xmlrpc.client', (value) => `print(${value})`) },
    { language: 'Python 2', text: python(call, 'xmlrpclib', (value) => `print ${value}`) },
    { language: 'PHP', text: php(call) },
    { language: 'Ruby', text: ruby(call) },
    { language: 'Shell', text: shell(call) },
  ];
}

function python(call: SnippetCall, module: string, print: (value: string) => string): string {
  const args = call.args.map((value) => literal(value, JSON.stringify, ['True', 'False'])).join(', ');
  return `from ${module} import ServerProxy

service = ServerProxy("${withLogin(call)}", allow_none=True)
${print(`service.${call.method}(${args})`)}
`;
}

function php(call: SnippetCall): string {
  const args = literal(call.args, singleQuoted, ['true', 'false']);
  return `<?php
$encoding = ['encoding' => 'UTF-8', 'escaping' => 'markup'];
$request = xmlrpc_encode_request(${singleQuoted(call.method)}, ${args}, $encoding);
$http = ['method' => 'POST', 'header' => 'Content-Type: text/xml', 'content' => $request];
$response = file_get_contents('${withLogin(call)}', false, stream_context_create(['http' => $http]));
print_r(xmlrpc_decode($response, 'UTF-8'));
`;
}

function ruby(call: SnippetCall): string {
  const args = [call.method, ...call.args].map((value) => literal(value, singleQuoted, ['true', 'false']));
  return `require 'xmlrpc/client'

service = XMLRPC::Client.new2('${withLogin(call)}')
p service.call(${args.join(', ')})
`;
}

/** The password is asked for: in the arguments, other users of the machine could read it. */
function shell({ url, user, method, args }: SnippetCall): string {
  const login = user === '' ? '' : `--user ${shellQuoted(user)} `;
  const words = args.map((value) => shellQuoted(typeof value === 'string' ? shellText(value) : JSON.stringify(value)));
  return `rpc-call ${[`${login}'${url}'`, method, ...words].join(' ')}\n`;
}

/** Text that could be read as JSON or as a type, such as `int:1`, is written as a JSON string. */
function shellText(text: string): string {
  return /^[a-z]/i.test(text) && !/^\w+(?::|$)/.test(text) ? text : JSON.stringify(text);
}

function withLogin({ url, user }: SnippetCall): string {
  return user === '' ? url : url.replace('://', `://${encodePart(user)}:PASSWORD@`);
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
function singleQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
