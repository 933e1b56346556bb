import { expect } from 'chai';
import type { MethodCall } from '#lib/xmlrpc/call-builder.js';
import { DecodingError } from '#lib/xmlrpc/codec-error.js';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import { DateTime, Double } from '#lib/xmlrpc/value.js';
import { date, member, REFUSED_VALUES, VALUES } from './decoded-values.js';

function decodePieces(...pieces: Buffer[]): MethodCall {
  const decoder = new CallDecoder();
  for (const piece of pieces) decoder.write(piece);
  return decoder.end();
}

const decode = (document: string) => decodePieces(Buffer.from(document));

const bytesOf = (body: Buffer) => Array.from(body, (byte) => Buffer.of(byte));

/** How a document can arrive. */
const WAYS: readonly ((document: string) => MethodCall)[] = [
  decode,
  (document) => decodePieces(...bytesOf(Buffer.from(document))),
  (document) => decodePieces(Buffer.from(`\ufeff${document}`, 'utf16le')),
];

const call = (value: string) =>
  `<methodCall><methodName>m</methodName><params><param>${value}</param></params></methodCall>`;

const arrays = (depth: number) => call('<value><array><data>'.repeat(depth) + '</data></array></value>'.repeat(depth));

const noParams = (methodName: string) => ({ methodName, params: [] });

describe('CallDecoder', () => {
  for (const [what, xml, value] of VALUES) {
    it(`decodes ${what}, however it arrives`, () => {
      const expected = { methodName: 'm', params: [value] };
      for (const decodeIn of WAYS) expect(decodeIn(call(`<value>${xml}</value>`))).to.deep.equal(expected);
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
    it(`decodes a document ${what}, however it arrives`, () => {
      for (const decodeIn of WAYS) expect(decodeIn(document)).to.deep.equal(expected);
    });
  }

  for (const [what, xml, message] of REFUSED_VALUES) {
    it(`rejects ${what}, however it arrives`, () => {
      const document = call(`<value>${xml}</value>`);
      for (const decodeIn of WAYS) expect(() => decodeIn(document)).to.throw(DecodingError, message);
    });
  }

  const refused: [string, string, string][] = [
    ['nothing', '', 'must contain a root element'],
    ['text that is no XML', 'select 1', 'text data outside of root node'],
    ['a DOCTYPE', `<!DOCTYPE methodCall>${call('<value/>')}`, 'a DOCTYPE is not allowed'],
    ['entities', `<!DOCTYPE a [<!ENTITY b "c">]>${call('<value>&b;</value>')}`, 'a DOCTYPE is not allowed'],
    ['a declaration after a blank', ` <?xml version="1.0"?>${call('<value/>')}`, 'must be at the start'],
    [
      'a declaration with two encodings',
      `<?xml version="1.0" encoding="utf-8" encoding="utf-8"?>${call('<value/>')}`,
      'malformed XML declaration',
    ],
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
    it(`rejects ${what}, however it arrives`, () => {
      for (const decodeIn of WAYS) expect(() => decodeIn(document)).to.throw(DecodingError, message);
    });
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
          expect(failure(bytesOf(body))).to.equal(message);
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
      expect(decodePieces(...bytesOf(document))).to.deep.equal(expected);
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
