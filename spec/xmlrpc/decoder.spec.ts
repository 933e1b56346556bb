import { expect } from 'chai';
import type { MethodCall } from '#lib/xmlrpc/call-builder.js';
import { DecodingError } from '#lib/xmlrpc/codec-error.js';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import { DateTime, Decimal, Double, type Value } from '#lib/xmlrpc/value.js';

function decodePieces(...pieces: Buffer[]): MethodCall {
  const decoder = new CallDecoder();
  for (const piece of pieces) decoder.write(piece);
  return decoder.end();
}

const decode = (document: string | Buffer) => decodePieces(Buffer.from(document));

const call = (value: string) =>
  `<methodCall><methodName>m</methodName><params><param>${value}</param></params></methodCall>`;

const arrays = (depth: number) => call('<value><array><data>'.repeat(depth) + '</data></array></value>'.repeat(depth));

const decimal = (text: string) => new Decimal(text);
const date = (text: string) => `<dateTime.iso8601>${text}</dateTime.iso8601>`;

const member = (name: string, value: string) => `<member><name>${name}</name><value>${value}</value></member>`;

const noParams = (methodName: string) => ({ methodName, params: [] });

describe('CallDecoder', () => {
  const values: [string, string, Value][] = [
    ['int', '<int>-2147483648</int>', -2147483648],
    ['i4', '<i4>+7</i4>', 7],
    ['a number between blanks', '<int>\n 7\t</int>', 7],
    ['minus zero', '<int>-0</int>', 0],
    ['leading zeros', `<int>-${'0'.repeat(100)}7</int>`, -7],
    ['the largest exact number', '<i8>9007199254740991</i8>', 9007199254740991],
    ['i8 beyond 2^53 as bigint', '<i8>9007199254740993</i8>', 9007199254740993n],
    ['the largest i8', '<i8>9223372036854775807</i8>', 2n ** 63n - 1n],
    ['the smallest i8', '<i8>-9223372036854775808</i8>', -(2n ** 63n)],
    ['an int of 64 bits', '<int>9223372036854775807</int>', 2n ** 63n - 1n],
    ['a byte', '<i1>-128</i1>', -128],
    ['a short', '<i2>32767</i2>', 32767],
    ["Lua's whole numbers", '<int>1.5e+15</int>', 1_500_000_000_000_000],
    ["Apache's nil", '<ex:nil/>', null],
    ["Apache's byte", '<ex:i1>127</ex:i1>', 127],
    ["Apache's short", '<ex:i2>-32768</ex:i2>', -32768],
    ["Apache's long", '<ex:i8>-9223372036854775808</ex:i8>', -(2n ** 63n)],
    ["Apache's float", '<ex:float>1.5E10</ex:float>', new Double(1.5e10)],
    ["Apache's biginteger", '<ex:biginteger>9223372036854775807</ex:biginteger>', 2n ** 63n - 1n],
    [
      'a biginteger beyond 64 bits',
      '<ex:biginteger>9223372036854775808</ex:biginteger>',
      decimal('9223372036854775808'),
    ],
    ['a negative one', '<ex:biginteger>-0009223372036854775809</ex:biginteger>', decimal('-9223372036854775809')],
    [
      "Apache's biginteger with its namespace",
      `<ex:biginteger xmlns:ex="http://ws.apache.org/xmlrpc/namespaces/extensions">${'9'.repeat(40)}</ex:biginteger>`,
      decimal('9'.repeat(40)),
    ],
    ...(
      [
        ['-1.10', '-1.10'],
        ['+5', '5'],
        [' 5. ', '5'],
        ['-.5', '-0.5'],
        ['-0', '-0'],
        ['007.50', '7.50'],
        ['1E-7', '0.0000001'],
        ['1.5E+3', '1500'],
        ['-12.345e1', '-123.45'],
        ['0.001e2', '0.1'],
        ['9'.repeat(100), '9'.repeat(100)],
        [`1e-1000`, `0.${'0'.repeat(999)}1`],
      ] as const
    ).map(([text, digits]): [string, string, Value] => [
      `Apache's bigdecimal ${text.slice(0, 20)}`,
      `<ex:bigdecimal>${text}</ex:bigdecimal>`,
      decimal(digits),
    ]),
    [
      'types of Apache without a prefix',
      '<array><data><value><float>1</float></value></data></array>',
      [new Double(1)],
    ],
    ['a biginteger without a prefix', '<biginteger>9223372036854775808</biginteger>', decimal('9223372036854775808')],
    ['a bigdecimal without a prefix', '<bigdecimal>1.10</bigdecimal>', decimal('1.10')],
    ["Apache's dateTime", '<ex:dateTime>2003-05-01T12:30:00.250Z</ex:dateTime>', new DateTime('20030501T12:30:00.250')],
    [
      "Apache's types under another prefix",
      '<a:i8 xmlns:a="http://ws.apache.org/xmlrpc/namespaces/extensions">5</a:i8>',
      5,
    ],
    ['boolean 1', '<boolean>1</boolean>', true],
    ['a boolean in words', '<boolean>true</boolean>', true],
    ['boolean 0', '<boolean> 0 </boolean>', false],
    ['nil', '<nil/>', null],
    ['nil as a pair of tags', '<nil> </nil>', null],
    ['double', '<double>-1.5</double>', new Double(-1.5)],
    ['a double that is whole', '<double> 3 </double>', new Double(3)],
    ['a double without a lead digit', '<double>.5</double>', new Double(0.5)],
    ['a double that ends in a point', '<double>+5.</double>', new Double(5)],
    ['minus zero as double', '<double>-0.0</double>', new Double(-0)],
    ['a double with exponent', '<double>1.5E-7</double>', new Double(1.5e-7)],
    ['nan', '<double>nan</double>', new Double(Number.NaN)],
    ['inf', '<double>inf</double>', new Double(Number.POSITIVE_INFINITY)],
    ['-inf', '<double>-Inf</double>', new Double(Number.NEGATIVE_INFINITY)],
    ...['Infinity', '+inf', 'INF', ' +Infinity '].map((text): [string, string, Value] => [
      text,
      `<double>${text}</double>`,
      new Double(Number.POSITIVE_INFINITY),
    ]),
    ['-Infinity', '<double>-Infinity</double>', new Double(Number.NEGATIVE_INFINITY)],
    ['NaN', '<double>NaN</double>', new Double(Number.NaN)],
    ...(
      [
        ['20030501T12:30:00+02', '20030501T10:30:00'],
        ['20030501T12:30:00 -0230', '20030501T15:00:00'],
        ['2003-05-01T12:30', '20030501T12:30:00'],
        ['20030501T1230', '20030501T12:30:00'],
        ['20030501T12', '20030501T12:00:00'],
        ['2003-05-01T12-05', '20030501T17:00:00'],
        ['20030501T12:30:00,5', '20030501T12:30:00.5'],
        ['20030501t12:30:00z', '20030501T12:30:00'],
        ['20030501T12:30:00.12345678901234567890+01:00', '20030501T11:30:00.12345678901234567890'],
        ['20030501', '20030501T00:00:00'],
        ['2003-05-01', '20030501T00:00:00'],
      ] as const
    ).map(([text, canonical]): [string, string, Value] => [`the time ${text}`, date(text), new DateTime(canonical)]),
    ['dateTime', date('20030501T12:30:00'), new DateTime('20030501T12:30:00')],
    ['a date with hyphens', date('2003-05-01 12:30:00'), new DateTime('20030501T12:30:00')],
    ['a date between blanks', date('\n20030501T12:30:00.5 '), new DateTime('20030501T12:30:00.5')],
    ['nanoseconds', date('20030501T12:30:00.123456789'), new DateTime('20030501T12:30:00.123456789')],
    ['a time without colons', date('20030501T123000'), new DateTime('20030501T12:30:00')],
    ['a time in UTC', date('2003-05-01T12:30:00Z'), new DateTime('20030501T12:30:00')],
    ['a time ahead of UTC', date('20030501T01:30:00.25+02:00'), new DateTime('20030430T23:30:00.25')],
    ['a time with a negative offset', date('20031231T235959-0330'), new DateTime('20040101T03:29:59')],
    ['the zero date', date('00000000T00:00:00'), new DateTime('00000000T00:00:00')],
    ['base64', '<base64>AAH/</base64>', Buffer.from([0, 1, 255])],
    ['base64 in lines', '<base64>\r\nAA\n H/\tAA\n==\n</base64>', Buffer.from([0, 1, 255, 0])],
    ['empty base64', '<base64></base64>', Buffer.alloc(0)],
    ['string, blanks and all', '<string> a\tb\n</string>', ' a\tb\n'],
    ['an empty string', '<string/>', ''],
    ['a value without a type', ' untyped ', ' untyped '],
    ['a value of nothing', '', ''],
    ['CDATA', '<string>a<![CDATA[<&]]>]]&gt;<![CDATA[]]></string>', 'a<&]]>'],
    ['a comment in a string', '<string>a<!-- <b> -->c</string>', 'ac'],
    ['a processing instruction', '<?php echo 1 ?><int>5</int>', 5],
    ["XML's own entities", '<string>&lt;&gt;&amp;&apos;&quot;</string>', '<>&\'"'],
    ['character references', '<string>&#13;&#x20AC;&#128512;</string>', '\r€😀'],
    ['surrogate pairs as two references', '<string>&#55357;&#56832;&#xd83d;&#xDE00;</string>', '😀😀'],
    [
      'references to characters that XML leaves out',
      '<string>&#0;&#1;&#x1f;&#xfffe;&#65535;</string>',
      '\0\x01\x1f\ufffe\uffff',
    ],
    ['line ends as XML has them', '<string>a\r\nb\rc\nd</string>', 'a\nb\nc\nd'],
    ['characters beyond ASCII', '<string>ü\u0085\u2028€😀\ufffd</string>', 'ü\u0085\u2028€😀\ufffd'],
    ['attributes, which mean nothing', '<int xmlns:a="b" a:c="d">5</int >', 5],
    ['an empty array', '<array><data/></array>', []],
    ['an array without data', '<array></array>', []],
    ['an array of values without data', '<array><value>a</value> <int>1</int></array>', ['a', 1]],
    ['bare types in data', '<array><data><int>1</int><array/><struct/></data></array>', [1, [], {}]],
    ['a value in a value', ' <value>a</value>\n', 'a'],
    ['values that nest', `${'<value>'.repeat(500)}<nil/>${'</value>'.repeat(500)}`, null],
    ['a bare type in a member', '<struct><member><name>a</name><int>1</int></member></struct>', { a: 1 }],
    [
      'a struct without members',
      '<struct><name>a</name><value>b</value><name>c</name><nil/></struct>',
      { a: 'b', c: null },
    ],
    ['zeros in front of the number of a character', `&#${'0'.repeat(100)}65;&#x${'0'.repeat(100)}41;`, 'AA'],
    ['an array', '<array> <data><value>a</value>\n<value><int>1</int></value></data></array>', ['a', 1]],
    ['an empty struct', '<struct></struct>', {}],
    ['a struct', '<struct>\n<member><name> a&lt;</name> <value><nil/></value></member></struct>', { ' a<': null }],
    ['a member twice', `<struct>${member('a', 'b')}${member('a', 'c')}</struct>`, { a: 'c' }],
  ];
  for (const [what, xml, value] of values) {
    it(`decodes ${what}`, () => {
      expect(decode(call(`<value>${xml}</value>`))).to.deep.equal({ methodName: 'm', params: [value] });
    });
  }

  it('distinguishes a double from an int, and bytes and dates from other values', () => {
    const read = (xml: string) => decode(call(`<value>${xml}</value>`)).params[0];
    expect(read('<double>1</double>')).to.be.instanceOf(Double);
    expect(read('<int>1</int>')).to.equal(1);
    expect(read('<base64>AA==</base64>')).to.be.instanceOf(Buffer);
    expect(read(date('20030501T12:30:00'))).to.be.instanceOf(DateTime);
  });

  it("decodes members with the names of properties of JavaScript's objects", () => {
    const proto = member('__proto__', `<struct>${member('a', 'b')}</struct>`);
    const [struct] = decode(call(`<value><struct>${proto}</struct></value>`)).params;
    expect(Object.keys(struct ?? [])).to.deep.equal(['__proto__']);
    expect(struct).not.to.have.property('a');
    expect(Object.getPrototypeOf(struct)).to.equal(null);
  });

  it('decodes arrays and structs that nest 200 deep, and rejects deeper ones', () => {
    expect(JSON.stringify(decode(arrays(200)).params)).to.equal(`[${'['.repeat(200)}${']'.repeat(200)}]`);
    expect(() => decode(arrays(201))).to.throw(DecodingError, 'nest deeper than 200');
  });

  it('decodes any number of adjacent arrays', () => {
    const items = '<value><array><data/></array></value>'.repeat(300);
    expect(decode(call(`<value><array><data>${items}</data></array></value>`)).params[0]).to.have.length(300);
  });

  const documents: [string, string, MethodCall][] = [
    ['without params', '<methodCall><methodName>m</methodName></methodCall>', noParams('m')],
    ['with empty params', '<methodCall><methodName>m</methodName><params/></methodCall>', noParams('m')],
    ['with blanks in it', '<methodCall> <methodName>\nm </methodName>\n</methodCall>\n', noParams('m')],
    ['with a long name', '<methodCall><methodName>aZ_0.b:c/d</methodName></methodCall>', noParams('aZ_0.b:c/d')],
    ['with another name', '<methodCall><methodName>sample-add ü</methodName></methodCall>', noParams('sample-add ü')],
    [
      'without value tags',
      call('<array><data/></array></param><param><int>1</int>'),
      { methodName: 'm', params: [[], 1] },
    ],
    [
      'without param tags',
      '<methodCall><methodName>m</methodName><params><value>a</value><nil/></params></methodCall>',
      { methodName: 'm', params: ['a', null] },
    ],
    [
      'without params tags',
      '<methodCall><methodName>m</methodName><param><value>a</value></param><int>1</int></methodCall>',
      { methodName: 'm', params: ['a', 1] },
    ],
    [
      'with params before the name',
      '<methodCall><params><param><value>a</value></param></params><methodName>m</methodName></methodCall>',
      { methodName: 'm', params: ['a'] },
    ],
    ['with params', call('<value>a</value></param> <param><value/>'), { methodName: 'm', params: ['a', ''] }],
    ['with a byte order mark', `\ufeff${call('<value>\ufeff</value>')}`, { methodName: 'm', params: ['\ufeff'] }],
    ['among comments', `<!-- a --><?b?>${call('<!-- c --><value/>')}<!-- d -->`, { methodName: 'm', params: [''] }],
  ];
  for (const [what, document, expected] of documents) {
    it(`decodes a document ${what}`, () => expect(decode(document)).to.deep.equal(expected));
  }

  const scalars: [string, string, string][] = [
    ['an integer above 2^63-1', '<i8>9223372036854775808</i8>', 'integer 9223372036854775808 is out of range'],
    ['an integer below -2^63', '<int>-9223372036854775809</int>', 'out of range'],
    ['an integer of many digits', `<int>${'9'.repeat(100)}</int>`, `integer ${'9'.repeat(40)}... is out of range`],
    ['a number with white space that XML does not have', '<int>\u00a07</int>', 'invalid integer'],
    ['a byte that is too large', '<i1>128</i1>', 'integer 128 is out of the range of 8 bits'],
    ['a short that is too small', '<ex:i2>-32769</ex:i2>', 'out of the range of 16 bits'],
    ["Lua's infinite integer", '<int>1e+300</int>', 'integer 1e+300 is out of range'],
    ['an integer with an exponent that is not whole', '<int>1.25e1</int>', 'invalid integer'],
    ['an integer that is no number', '<int>nan</int>', 'invalid integer "nan"'],
    ['a double beyond all doubles', '<double>1e400</double>', 'double 1e400 is out of range'],
    ...['one', 'NaN', 'Infinity', '', ' ', '.', '-', '1 5', '1,5', '0x10', '1e', 'e5', '1.2.3', "1'"].map(
      (text): [string, string, string] => [
        `the decimal "${text}"`,
        `<ex:bigdecimal>${text}</ex:bigdecimal>`,
        `invalid decimal "${text}"`,
      ],
    ),
    ['a decimal with a large exponent', '<ex:bigdecimal>1e1001</ex:bigdecimal>', 'decimal 1e1001 is out of range'],
    ['a biginteger with an exponent', '<ex:biginteger>1e5</ex:biginteger>', 'invalid integer "1e5"'],
    ['a biginteger with a point', '<ex:biginteger>1.0</ex:biginteger>', 'invalid integer "1.0"'],
    ['an empty biginteger', '<ex:biginteger/>', 'invalid integer ""'],
    ['a date that UTC has not', date('00000000T00:00:00+01:00'), 'is out of range'],
    ['a date that falls before the year 0', date('00000101T00:00:00+01:00'), 'is out of range'],
    ["Apache's type under another prefix", '<ex:i8 xmlns:ex="urn:other">5</ex:i8>', 'unexpected <ex:i8>'],
    ["Apache's serialised objects", '<ex:serializable>rO0AB</ex:serializable>', 'unexpected <ex:serializable>'],
    [
      'too many attributes',
      `<int ${Array.from({ length: 33 }, (_, i) => `a${i}=""`).join(' ')}>1</int>`,
      'more than 32 attributes',
    ],
    ['an integer with letters', '<int>12abc</int>', 'invalid integer "12abc"'],
    ['an integer with a point', '<int>1.0</int>', 'invalid integer "1.0"'],
    ['an empty integer', '<i4/>', 'invalid integer ""'],
    ['a double with a comma', '<double>1,5</double>', 'invalid double "1,5"'],
    ['a hexadecimal double', '<double>0x10</double>', 'invalid double "0x10"'],
    ['an empty double', '<double></double>', 'invalid double ""'],
    ['a boolean in other words', '<boolean>yes</boolean>', 'invalid boolean "yes"'],
    ['a boolean beyond 1', '<boolean>2</boolean>', 'invalid boolean "2"'],
    ...['', '2003', '20030501T', '20030501T12:30:00.', '2003-05-01Z', '5/1/2003', '20030501T12:30:00+2'].map(
      (text): [string, string, string] => [`the date "${text}"`, date(text), `invalid dateTime.iso8601 "${text}"`],
    ),
    ['truncated base64', '<base64>AAE</base64>', 'invalid base64'],
    ['a question mark directly after the name of an instruction', '<?a?b?>', 'malformed processing instruction'],
    ['base64 with padding in its middle', '<base64>AA=\n=AAAA</base64>', 'invalid base64'],
    ['base64 of other characters', '<base64>A-_A</base64>', 'invalid base64'],
    ['base64 with text after its end', '<base64>AA==AAAA</base64>', 'invalid base64'],
    ['nil with content', '<nil>0</nil>', 'nil must be empty'],
    ['values that nest too deep', '<value>'.repeat(1100), 'more than 1000 tags are open'],
    ['text beside a value', 'x<value/>', 'text in <value>'],
    ['values in an array behind data', '<array><data/><value/></array>', 'duplicate <value> in <array>'],
    ['a name without a value', '<struct><name>a</name></struct>', '<name> without <value>'],
    ['a type for a name', '<struct><member><string>a</string></member></struct>', '<string> before <name>'],
    ['two types in a value', '<int>1</int><int>2</int>', 'duplicate <int> in <value>'],
    ['text beside a type', '<int>1</int>x', 'text in <value>'],
    ['a type in a type', '<int><int>1</int></int>', 'unexpected <int> in <int>'],
    ['an array with data twice', '<array><data/><data/></array>', 'duplicate <data> in <array>'],
    ['text in an array', '<array><data>1</data></array>', 'text in <data>'],
    ['a member without a value', '<struct><member><name>a</name></member></struct>', '<member> without <value>'],
    ['a member without a name', '<struct><member><value/></member></struct>', '<value> before <name>'],
    ['a member with two values', `<struct>${member('a', '</value><value>')}</struct>`, 'duplicate <value>'],
    ["a name that JavaScript's objects have", '&constructor;', 'undefined entity'],
    ['a number that only begins with a zero', '&#0x41;', 'malformed character entity'],
    ['a surrogate pair the wrong way round', '&#56832;&#55357;', 'half a surrogate pair'],
    ['an attribute twice', '<int a="1" a="2">1</int>', 'duplicate attribute'],
  ];
  for (const [what, xml, message] of scalars) {
    it(`rejects ${what}`, () => {
      expect(() => decode(call(`<value>${xml}</value>`))).to.throw(DecodingError, message);
    });
  }

  const refused: [string, string, string][] = [
    ['nothing', '', 'must contain a root element'],
    ['text that is no XML', 'select 1', 'text data outside of root node'],
    ['a DOCTYPE', `<!DOCTYPE methodCall>${call('<value/>')}`, 'a DOCTYPE is not allowed'],
    ['entities', `<!DOCTYPE a [<!ENTITY b "c">]>${call('<value>&b;</value>')}`, 'a DOCTYPE is not allowed'],
    ['a declaration after a blank', ` <?xml version="1.0"?>${call('<value/>')}`, 'must be at the start'],
    ['a truncated document', call('<value/>').slice(0, -13), 'unclosed tag: methodCall'],
    ['a second document', call('<value/>').repeat(2), 'only one root'],
    ['a response', '<methodResponse/>', 'expected <methodCall>, found <methodResponse>'],
    ['a call without a name', '<methodCall></methodCall>', 'there is no <methodName>'],
    ['params without a name', '<methodCall><params/></methodCall>', 'there is no <methodName>'],
    ['a value before the name', '<methodCall><int>1</int></methodCall>', '<int> before <methodName>'],
    ['an empty name', '<methodCall><methodName> </methodName></methodCall>', 'invalid method name: it is empty'],
    ['params twice', call('<value/></param></params><params><param><value/>'), 'duplicate <params>'],
    ['a param without a value', call(''), '<param> without <value>'],
    ['a param with two values', call('<value/><value/>'), 'duplicate <value> in <param>'],
    ['text among the params', call('<value/></param>x<param><value/>'), 'text in <params>'],
  ];
  for (const [what, document, message] of refused) {
    it(`rejects ${what}`, () => expect(() => decode(document)).to.throw(DecodingError, message));
  }

  describe('reports the line and the column', () => {
    /** What is wrong is at the caret. It stands behind a line end, and characters of two and of four bytes. */
    const errors: [string, string][] = [
      ['<value>1 ^& 2</value>', "unescaped '&': write &amp;"],
      ['<value>a?b=c^&d=e;</value>', "unescaped '&': write &amp;"],
      [`<value>^&${'a'.repeat(100)};</value>`, "unescaped '&': write &amp;"],
      ['<value a="^&b c">', "unescaped '&': write &amp;"],
      ['^& <value/>', "unescaped '&': write &amp;"],
      ['<value>1 ^&nbsp;</value>', 'undefined entity &nbsp;: XML has only &amp; &lt; &gt; &quot; and &apos;'],
      ['<value>&lt;^&#x110000;</value>', 'malformed character entity &#x110000;: Unicode has no such character'],
      ['<value>&lt;^&#X41;</value>', 'malformed character entity &#X41;: write &#N; or &#xN;'],
      ['<value>^&#55357;x &</value>', 'half a surrogate pair'],
      ['<value>&#55357;&#56832;^&#56832;</value>', 'half a surrogate pair'],
      ['<value>a ^< b</value>', "unescaped '<': write &lt;"],
      ['<value>a ^<b and c</value>', 'unexpected <b> in <value>: XML-RPC has no such tag'],
      ['<value>a ^<\n', "unescaped '<': write &lt;"],
      ['<value>a\r\n^\u0001b</value>', 'disallowed character U+0001: send bytes as base64'],
      ['<value>a]]^></value>', 'the string "]]>" is disallowed in char data: write ]]&gt;'],
      ['<name^>1</name>', 'unexpected <name> in <param>'],
      ['<value>1</value></value^>', 'unexpected close tag </value>: expected </param>'],
      ['<value></value></param></params></methodCall> ^x', 'text data outside of root node'],
    ];
    for (const [marked, reason] of errors) {
      const [before = '', after = ''] = `<methodCall>\n<methodName>ü😀</methodName><params><param>${marked}`.split('^');
      const lines = before.split('\n');
      const message = `${lines.length}:${[...(lines.at(-1) ?? '')].length + 1}: ${reason}`;
      const failure = (pieces: Buffer[]) => {
        try {
          return JSON.stringify(decodePieces(...pieces));
        } catch (error) {
          return error instanceof DecodingError ? error.message : String(error);
        }
      };
      it(`of ${JSON.stringify(marked)}, however the body arrives, in any encoding`, () => {
        const text = `${before}${after}</value></param></params></methodCall>`;
        for (const body of [Buffer.from(text), Buffer.from(`\ufeff${text}`, 'utf16le')]) {
          expect(failure([body])).to.equal(message);
          expect(failure(Array.from(body, (byte) => Buffer.of(byte)))).to.equal(message);
          for (let at = 0; at <= body.length; at++) {
            expect(failure([body.subarray(0, at), body.subarray(at)]), `cut at ${at}`).to.equal(message);
          }
        }
      });
    }
  });

  describe('given the body in pieces', () => {
    const document = Buffer.from(
      `\ufeff<?xml version="1.0" encoding="utf-8"?>\r\n${call(
        `<value><struct>${member('ü€', 'a\r\n😀&#x1F600;&amp;<![CDATA[]]]]>]<!-- -->')}` +
          `${member('b', '<base64>AAEC</base64>')}</struct></value>`,
      )}`,
    );
    const expected = { methodName: 'm', params: [{ 'ü€': 'a\n😀😀&]]]', b: Buffer.from([0, 1, 2]) }] };

    it('decodes the same call, wherever it is split', () => {
      for (let at = 0; at <= document.length; at++) {
        expect(decodePieces(document.subarray(0, at), document.subarray(at)), `cut at ${at}`).to.deep.equal(expected);
      }
    });

    it('decodes the same call byte by byte', () => {
      expect(decodePieces(...Array.from(document, (byte) => Buffer.of(byte)))).to.deep.equal(expected);
    });

    it('rejects an incomplete character', () => {
      const bytes = Buffer.from('<methodCall><methodName>ü');
      expect(() => decodePieces(bytes.subarray(0, 9), bytes.subarray(9, -1))).to.throw(
        DecodingError,
        'not valid UTF-8',
      );
    });

    it('fails as soon as the document is not a call', () => {
      const decoder = new CallDecoder();
      decoder.write(Buffer.from('<methodCall>'));
      expect(() => decoder.write(Buffer.from('<param>'))).to.throw(DecodingError, '<param> before <methodName>');
    });
  });
});
