const params = (values: string) => `<params>${values}</params>`;
const call = (name: string, rest: string, head = '<?xml version="1.0"?>') =>
  `${head}<methodCall><methodName>${name}</methodName>${rest}</methodCall>`;

/** Requests as clients send them, and the near misses of some. */
export const REAL_REQUESTS: readonly string[] = [
  // Python 3 and 2
  "<?xml version='1.0'?>\n<methodCall>\n<methodName>execute</methodName>\n<params>\n<param>\n<value><string>select %s" +
    '</string></value>\n</param>\n<param>\n<value><array><data>\n<value><int>5</int></value>\n<value><double>1.5</double>' +
    '</value>\n<value><boolean>1</boolean></value>\n<value><nil/></value></data></array></value>\n</param>\n</params>\n' +
    '</methodCall>\n',
  "<?xml version='1.0' encoding='iso-8859-1'?>\n<methodCall>\n<methodName>query</methodName>\n<params>\n<param>\n<value>" +
    '<struct>\n<member>\n<name>when</name>\n<value><dateTime.iso8601>20030501T12:30:00</dateTime.iso8601></value>\n' +
    '</member>\n<member>\n<name>what</name>\n<value><base64>\nAAECAwQF\n</base64></value>\n</member>\n</struct></value>\n' +
    '</param>\n</params>\n</methodCall>\n',
  // Python's MultiCall
  "<?xml version='1.0'?>\n<methodCall>\n<methodName>system.multicall</methodName>\n<params>\n<param>\n<value><array>" +
    '<data>\n<value><struct>\n<member>\n<name>methodName</name>\n<value><string>ping</string></value>\n</member>\n' +
    '<member>\n<name>params</name>\n<value><array><data>\n</data></array></value>\n</member>\n</struct></value>\n' +
    '</data></array></value>\n</param>\n</params>\n</methodCall>\n',
  // PHP's extension, and phpxmlrpc
  '<?xml version="1.0" encoding="iso-8859-1"?>\n<methodCall>\n<methodName>execute</methodName>\n<params>\n <param>\n  ' +
    '<value>\n   <string>select &#39;gr&#252;n&#39;</string>\n  </value>\n </param>\n <param>\n  <value>\n   <array>\n    ' +
    '<data>\n     <value>\n      <double>-0.1</double>\n     </value>\n    </data>\n   </array>\n  </value>\n </param>\n' +
    '</params>\n</methodCall>\n',
  '<?xml version="1.0"?>\n<methodCall>\n<methodName>execute</methodName>\n<params>\n<param>\n<value><i4>7</i4></value>\n' +
    '</param>\n<param>\n<value><struct>\n<member><name>a</name>\n<value><string>&lt;b&gt;</string></value>\n</member>\n' +
    '</struct></value>\n</param>\n</params>\n</methodCall>',
  // Ruby
  '<?xml version="1.0" ?><methodCall><methodName>execute</methodName><params><param><value><string>select 1</string>' +
    '</value></param><param><value><i4>-3</i4></value></param></params></methodCall>\n',
  // Perl: RPC::XML, Frontier
  '<?xml version="1.0" encoding="us-ascii"?><methodCall><methodName>sample-add</methodName><params><param><value>' +
    '<int>41</int></value></param><param><value><i8>9007199254740993</i8></value></param></params></methodCall>',
  '<?xml version="1.0"?>\n<methodCall>\n<methodName>sum</methodName>\n<params>\n<param><value><int>2</int></value></param>\n' +
    '<param><value><double>2.5</double></value></param>\n</params>\n</methodCall>\n',
  // Apache XML-RPC for Java, with and without its namespace
  '<?xml version="1.0" encoding="UTF-8"?><methodCall xmlns:ex="http://ws.apache.org/xmlrpc/namespaces/extensions">' +
    '<methodName>execute</methodName><params><param><value>select 1</value></param><param><value><array><data><value>' +
    '<ex:nil/></value><value><ex:i8>5000000000</ex:i8></value><value><ex:bigdecimal>1.10</ex:bigdecimal></value><value>' +
    '<ex:float>1.5E10</ex:float></value><value><ex:biginteger>99999999999999999999</ex:biginteger></value><value>' +
    '<ex:i1>7</ex:i1></value></data></array></value></param></params></methodCall>',
  // xmlrpc-c
  '<?xml version="1.0" encoding="UTF-8"?>\r\n<methodCall>\r\n<methodName>sample.add</methodName>\r\n<params>\r\n<param>' +
    '<value><i4>5</i4></value></param>\r\n<param><value><string>a&#x0d;b</string></value></param>\r\n</params>\r\n' +
    '</methodCall>\r\n',
  // XmlRpc++, and OSE
  '<?xml version="1.0"?>\r\n<methodCall><methodName>echo</methodName>\r\n<params><param><value>text</value></param><param>' +
    '<value><i4>1</i4></value></param></params></methodCall>\r\n',
  '<?xml version="1.0"?>\n<methodCall>\n<methodName>query</methodName>\n<params>\n<param>\n<value>\n<string>select 1' +
    '</string>\n</value>\n</param>\n</params>\n</methodCall>\n',
  // Lua, with a table and with an integer that it writes with an exponent
  call(
    'execute',
    params(
      '<param><value><string>select %s</string></value></param><param><value><struct><member><name>1</name><value><int>1</int>' +
        '</value></member><member><name>2</name><value><double>1e+15</double></value></member></struct></value></param>',
    ),
  ),
  // R: lists and values in values
  '<?xml version="1.0"?>\n<methodCall>\n  <methodName>execute</methodName>\n  <params>\n    <param>\n      <value>\n' +
    '        <string>select %s, %s</string>\n      </value>\n    </param>\n    <param>\n      <array>\n        <data>\n' +
    '          <value>\n            <value>\n              <string>a</string>\n            </value>\n          </value>\n' +
    '          <value>\n            <value>\n              <int>1</int>\n            </value>\n          </value>\n' +
    '        </data>\n      </array>\n    </param>\n  </params>\n</methodCall>\n',
  call(
    'execute',
    params('<param><struct><member><name>a</name><value><value>x</value></value></member></struct></param>'),
  ),
  call('execute', params('<param><array><data/></array></param>')),
  // Ada, and others that leave tags out
  call('execute', params('<param><value><array><data><int>1</int><string>a</string></data></array></value></param>')),
  call('execute', params('<param><string>select 1</string></param><param><int>5</int></param>')),
  call('execute', params('<param><value><array><value>a</value><value><int>1</int></value></array></value></param>')),
  call('execute', params('<value>a</value><value><int>1</int></value>')),
  call('execute', '<param><value>a</value></param>'),
  call('execute', params('<param><value><struct><name>a</name><value>1</value></struct></value></param>')),
  `<methodCall>${params('<param><value>1</value></param>')}<methodName>execute</methodName></methodCall>`,
  // Erlang
  '<?xml version="1.0" encoding="UTF-8"?><methodCall><methodName>echo</methodName><params><param><value><string>a</string>' +
    '</value></param><param><value><boolean>0</boolean></value></param></params></methodCall>',
  // XML-RPC.NET
  '<?xml version="1.0"?>\r\n<methodCall>\r\n  <methodName>execute</methodName>\r\n  <params>\r\n    <param>\r\n' +
    '      <value>\r\n        <string>select 1</string>\r\n      </value>\r\n    </param>\r\n    <param>\r\n      <value>\r\n' +
    '        <dateTime.iso8601>20030501T12:30:00</dateTime.iso8601>\r\n      </value>\r\n    </param>\r\n  </params>\r\n' +
    '</methodCall>',
  // Go, and JavaScript: node-xmlrpc, davexmlrpc
  '<methodCall><methodName>execute</methodName><params><param><value><string>select 1</string></value></param><param>' +
    '<value><double>1.500000</double></value></param></params></methodCall>',
  '<?xml version="1.0"?><methodCall><methodName>execute</methodName><params><param><value><string><![CDATA[a < b && c]]>' +
    '</string></value></param><param><value><dateTime.iso8601>2003-05-01T12:30:00.000Z</dateTime.iso8601></value></param>' +
    '</params></methodCall>',
  '<?xml version="1.0"?>\n<methodCall>\n\t<methodName>execute</methodName>\n\t<params>\n\t\t<param>\n\t\t\t<value><boolean>' +
    'true</boolean></value>\n\t\t</param>\n\t</params>\n</methodCall>\n',
  // Delphi, and a program that writes its requests itself
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><methodCall><methodName>execute</methodName><params><param><value>' +
    '<string>Gr&#252;&#223;e</string></value></param></params></methodCall>',
  '<methodCall><methodName>execute</methodName><params><param><value>select 1 & 2</value></param></params></methodCall>',
  ...[
    '20030501T12:30:00+02',
    '2003-05-01T12:30',
    '2003-05-01T12:30:00,5Z',
    '20030501t123000z',
    '2003-05-01',
    '2003-05-01 12:30:00.123456789 -0330',
  ].map((date) => call('echo', params(`<param><value><dateTime.iso8601>${date}</dateTime.iso8601></value></param>`))),
  ...['Infinity', '-INF', 'NaN', '1E-7', ' +5. '].map((number) =>
    call('echo', params(`<param><value><double>${number}</double></value></param>`)),
  ),
  ...['<float>1.5</float>', '<biginteger>99999999999999999999</biginteger>', '<bigdecimal>1.10</bigdecimal>'].map(
    (value) => call('echo', params(`<param><value>${value}</value></param>`)),
  ),
];
