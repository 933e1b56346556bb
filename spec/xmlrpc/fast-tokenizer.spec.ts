import { expect } from 'chai';
import fc from 'fast-check';
import { CallBuilder, type MethodCall } from '#lib/xmlrpc/call-builder.js';
import { DecodingError } from '#lib/xmlrpc/codec-error.js';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import { FastTokenizer } from '#lib/xmlrpc/fast-tokenizer.js';
import { TAGS } from '#lib/xmlrpc/grammar.js';
import { XmlTokenizer } from '#lib/xmlrpc/xml-tokenizer.js';
import { randomRuns } from '../support/random-runs.js';

/** The outcome for a document: a call, or the error with its position. */
type Verdict = MethodCall | string;

function verdict(decode: () => MethodCall): Verdict {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodingError)) throw error;
    return error.message;
  }
}

/** Reads a document with the XML parser only. */
function parse(document: string): Verdict {
  return verdict(() => {
    const builder = new CallBuilder();
    const tokenizer = new XmlTokenizer(builder);
    tokenizer.write(document.replace(/^\ufeff/, '')); // the mark is no part of the text
    tokenizer.end();
    return builder.finish();
  });
}

/** Reads a document as the server does, in pieces that end at `cuts`. */
function decode(document: string, cuts: readonly number[] = []): Verdict {
  const bytes = Buffer.from(document);
  const decoder = new CallDecoder();
  return verdict(() => {
    let start = 0;
    for (const cut of [...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
      decoder.write(bytes.subarray(start, cut));
      start = cut;
    }
    return decoder.end();
  });
}

/** Whether a document remains on the fast path. */
function isFastPath(document: string): boolean {
  const tokenizer = new FastTokenizer(new CallBuilder());
  try {
    return (tokenizer.write(document) ?? tokenizer.end()) === undefined;
  } catch (error) {
    if (error instanceof DecodingError) return false;
    throw error;
  }
}

const call = (value: string) =>
  `<methodCall><methodName>m</methodName><params><param>${value}</param></params></methodCall>`;

const CHARACTERS = [...' \n\ta7_.>]"/?!é€😀\u007f\u0085\u00a0\u2028\ufeff\ufffd'];
const REFERENCES = ['&amp;', '&lt;', '&gt;', '&quot;', '&apos;', '&#38;', '&#x3C;', '&#13;', '&#0;', '&#x1F600;'];
const text = fc
  .string({ unit: fc.constantFrom(...CHARACTERS, ...REFERENCES), maxLength: 12 })
  .filter((characters) => !characters.includes(']]>'));

const layout = fc.constantFrom('', '', ' ', '\n\t');

const { value } = fc.letrec<{ value: string; member: string }>((tie) => ({
  value: fc
    .oneof(
      { maxDepth: 4 },
      text,
      text.map((characters) => `<string>${characters}</string>`),
      fc.maxSafeInteger().map((number) => `<int>${number}</int>`),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((number) => `<i8> ${number}</i8>`),
      fc.double().map((number) => `<double>${String(number).replace('Infinity', 'inf')}</double>`),
      fc.boolean().map((flag) => `<boolean>${Number(flag)}</boolean>`),
      fc.base64String().map((digits) => `<base64>${digits}\n</base64>`),
      fc.constantFrom('<nil/>', '<string/>', '<dateTime.iso8601>2003-05-01T12:30:00</dateTime.iso8601>'),
      fc.array(tie('value'), { maxLength: 3 }).map((items) => `<array><data>${items.join('\n')}</data></array>`),
      fc.array(tie('member'), { maxLength: 3 }).map((members) => `<struct>${members.join('')}</struct>`),
    )
    .map((content) => `<value>${content}</value>`),
  member: fc
    .tuple(fc.oneof(text, fc.constant('__proto__')), layout, tie('value'))
    .map(([name, blank, content]) => `<member>${blank}<name>${name}</name>${blank}${content}${blank}</member>`),
}));

const declaration = fc.constantFrom(
  '',
  '<?xml version="1.0"?>',
  "<?xml version='1.0' encoding='utf-8' ?>",
  '<?xml version="1.0" encoding="US-ASCII"?>',
);

const document = fc.tuple(declaration, layout, fc.array(value, { maxLength: 3 })).map(([head, blank, values]) => {
  const params = values.map((content) => `<param>${blank}${content}</param>`).join(blank);
  return (
    `${head}${head && blank}<methodCall>${blank}<methodName>m</methodName><params>${params}</params>` +
    `</methodCall>${blank}`
  );
});

const snippet = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('', ' ', '\n') },
  { weight: 5, arbitrary: fc.constantFrom(...CHARACTERS) },
  { weight: 2, arbitrary: fc.constantFrom(...[...TAGS].flatMap((tag) => [`<${tag}>`, `</${tag}>`, `<${tag}/>`])) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('<', '</', '/>', '?>', ']]>', '&', ';', '\r', '\u0000', '\ufffe', ' a="b"'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...REFERENCES, '&#xD83D;', '&#xDE00;', '&#x110000;', '&#1114112;', '&#032;', '&nbsp;'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('<!-- c -->', '<?d?>', '<![CDATA[e]]>', '<!DOCTYPE f>', '<?xml version="1.1"?>'),
  },
);

/** Mutations of whole tags create documents of another structure, those of characters create malformed ones. */
const mutation = fc.record({
  units: fc.constantFrom(/<[^>]*>|[^<]/gu, /./gsu),
  at: fc.noBias(fc.nat(9999)),
  removed: fc.constantFrom(0, 0, 1, 2),
  inserted: snippet,
});

const cuts = fc.array(fc.nat(9999), { maxLength: 3 });

describe('FastTokenizer', () => {
  it('reads every document of bare tags, text and references, and as the XML parser does', () => {
    fc.assert(
      fc.property(document, cuts, (plain, cut) => {
        expect(isFastPath(plain)).to.equal(true);
        expect(decode(plain, cut)).to.deep.equal(parse(plain));
      }),
      { seed: 20030501, numRuns: 500 },
    );
  });

  it('agrees with the XML parser, including the position of errors, for any document in any pieces', () => {
    let read = 0;
    fc.assert(
      fc.property(document, fc.array(mutation, { minLength: 1, maxLength: 2 }), cuts, (plain, mutations, cut) => {
        const mutated = mutations.reduce((before, { units, at, removed, inserted }) => {
          const parts = before.match(units) ?? [];
          parts.splice(at % (parts.length + 1), removed, inserted);
          return parts.join('');
        }, plain);
        const found = decode(mutated, cut);
        // Encodings do not concern the tokenizers.
        if (typeof found === 'string' && found.startsWith('unsupported encoding')) return;
        if (typeof found === 'object') read++;
        expect(found).to.deep.equal(parse(mutated));
      }),
      { seed: 20030501, numRuns: randomRuns(2000) },
    );
    expect(read, 'documents that could still be read').to.be.greaterThan(randomRuns(120));
  });

  const left: [string, string][] = [
    ['a reference with zeros', call('<value>&#00000000038;</value>')],
    ['a reference to half a surrogate pair', call('<value>&#xD83D;&#xDE00;</value>')],
    ['an unknown entity', call('<value>&nbsp;</value>')],
    ['an ampersand alone', call('<value>a & b; c</value>')],
    ['a reference outside the call', `${call('<value/>')}&#32;`],
    ['a carriage return', call('<value>\r\n</value>')],
    ['a character that XML leaves out', call('<value>\u0001</value>')],
    ['the end of CDATA in text', call('<value>]]></value>')],
    ['a comment', call('<value><!-- a --></value>')],
    ['a DOCTYPE', `<!DOCTYPE methodCall>${call('<value/>')}`],
    ['an attribute', call('<value a="b">1</value>')],
    ['a tag that is not closed', call('<value><int>1</value>')],
    ['a tag that a call has not', call('<value><decimal>1</decimal></value>')],
    ['tags in the wrong order', '<methodCall><param/><methodName>m</methodName></methodCall>'],
    ['a bad value', call('<value><int>one</int></value>')],
    ['a declaration in capitals', `<?XML version="1.0"?>${call('<value/>')}`],
    ['another version of XML', `<?xml version="1.1"?>${call('<value/>')}`],
    ['text after the call', `${call('<value/>')}x`],
    ['text before the call', `\u00a0${call('<value/>')}`],
    ['two calls', call('<value/>').repeat(2)],
    ['half a call', call('<value/>').slice(0, -1)],
    ['nothing', ''],
  ];
  for (const [what, unusual] of left) {
    it(`leaves ${what} to the slow path`, () => expect(isFastPath(unusual)).to.equal(false));
  }
});
