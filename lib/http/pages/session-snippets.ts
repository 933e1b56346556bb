import {
  phpValue,
  pythonCall,
  rubyCall,
  type Snippet,
  type SnippetAddress,
  type SnippetCall,
  shellCall,
  singleQuoted,
  withLogin,
} from './snippet-text.js';

/** What a program does with a session before it closes it. */
export interface SessionUse {
  /** Opens the session and returns its id. */
  readonly opening: SnippetCall;
  /** On the session. */
  readonly calls: readonly SnippetCall[];
}

const CLOSING: SnippetCall = { method: 'close', args: [] };

/** Returns programs that open a session, make the same calls on it and close it, also after an error. */
export function sessionSnippets(address: SnippetAddress, use: SessionUse): Snippet[] {
  return [
    { language: 'Python 3', text: python(address, use, 'xmlrpc.client', (value) => `print(${value})`) },
    { language: 'Python 2', text: python(address, use, 'xmlrpclib', (value) => `print ${value}`) },
    { language: 'PHP', text: php(address, use) },
    { language: 'Ruby', text: ruby(address, use) },
    { language: 'Shell', text: shell(address, use) },
  ];
}

function python(
  address: SnippetAddress,
  { opening, calls }: SessionUse,
  module: string,
  print: (value: string) => string,
): string {
  return `from ${module} import ServerProxy

url = "${withLogin(address)}"
service = ServerProxy(url, allow_none=True)
session = ServerProxy(url + "/" + ${pythonCall('service', opening)}, allow_none=True)
try:
${lines(calls, '    ', (call) => print(pythonCall('session', call)), 'pass')}
finally:
    ${pythonCall('session', CLOSING)}
`;
}

function php(address: SnippetAddress, { opening, calls }: SessionUse): string {
  const call = (object: string, { method, args }: SnippetCall) =>
    `call(${[object, singleQuoted(method), ...args.map(phpValue)].join(', ')})`;
  return `<?php
function call($url, $method, ...$args) {
    $request = xmlrpc_encode_request($method, $args, ['encoding' => 'UTF-8', 'escaping' => 'markup']);
    $http = ['method' => 'POST', 'header' => 'Content-Type: text/xml', 'content' => $request];
    $result = xmlrpc_decode(file_get_contents($url, false, stream_context_create(['http' => $http])), 'UTF-8');
    if (is_array($result) && xmlrpc_is_fault($result)) {
        throw new Exception($result['faultString'], $result['faultCode']);
    }
    return $result;
}

$url = '${withLogin(address)}';
$session = $url . '/' . ${call('$url', opening)};
try {
${lines(calls, '    ', (one) => `echo json_encode(${call('$session', one)}), "\\n";`)}
} finally {
    ${call('$session', CLOSING)};
}
`;
}

function ruby(address: SnippetAddress, { opening, calls }: SessionUse): string {
  return `require 'xmlrpc/client'

url = '${withLogin(address)}'
service = XMLRPC::Client.new2(url)
session = XMLRPC::Client.new2("#{url}/#{${rubyCall('service', opening)}}")
begin
${lines(calls, '  ', (call) => `p ${rubyCall('session', call)}`)}
ensure
  ${rubyCall('session', CLOSING)}
end
`;
}

function shell({ url, user }: SnippetAddress, { opening, calls }: SessionUse): string {
  const call = (one: SnippetCall) => shellCall('"$session"', user, one);
  return `url='${url}'
session="$url/$(${shellCall('"$url"', user, opening, '--raw ')})"
${lines(calls, '', call)}
${call(CLOSING)}
`;
}

/** @param nothing a line in place of no calls */
function lines(
  calls: readonly SnippetCall[],
  indent: string,
  line: (call: SnippetCall) => string,
  nothing = '',
): string {
  if (calls.length === 0) return nothing && `${indent}${nothing}`;
  return calls.map((call) => `${indent}${line(call)}`).join('\n');
}
