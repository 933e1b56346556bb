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

/** Returns programs that make the same call in each language, with the library that its users have. */
export function snippets(address: SnippetAddress, call: SnippetCall): Snippet[] {
  return [
    { language: 'Python 3', text: python(address, call, 'xmlrpc.client', (value) => `print(${value})`) },
    { language: 'Python 2', text: python(address, call, 'xmlrpclib', (value) => `print ${value}`) },
    { language: 'PHP', text: php(address, call) },
    { language: 'Ruby', text: ruby(address, call) },
    { language: 'Shell', text: `${shellCall(`'${address.url}'`, address.user, call)}\n` },
  ];
}

function python(address: SnippetAddress, call: SnippetCall, module: string, print: (value: string) => string): string {
  return `from ${module} import ServerProxy

service = ServerProxy("${withLogin(address)}", allow_none=True)
${print(pythonCall('service', call))}
`;
}

function php(address: SnippetAddress, { method, args }: SnippetCall): string {
  return `<?php
$encoding = ['encoding' => 'UTF-8', 'escaping' => 'markup'];
$request = xmlrpc_encode_request(${singleQuoted(method)}, ${phpValue(args)}, $encoding);
$http = ['method' => 'POST', 'header' => 'Content-Type: text/xml', 'content' => $request];
$response = file_get_contents('${withLogin(address)}', false, stream_context_create(['http' => $http]));
print_r(xmlrpc_decode($response, 'UTF-8'));
`;
}

function ruby(address: SnippetAddress, call: SnippetCall): string {
  return `require 'xmlrpc/client'

service = XMLRPC::Client.new2('${withLogin(address)}')
p ${rubyCall('service', call)}
`;
}
