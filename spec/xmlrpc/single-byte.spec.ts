import { expect } from 'chai';
import { DecodingError } from '#lib/xmlrpc/codec-error.js';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import { findPython, runPython } from '../support/python.js';

/** Prints the codecs that CPython's parser reads, with their names and the characters of the bytes above 127. */
const PROGRAM = `
import json, pkgutil, encodings, warnings
from encodings.aliases import aliases
from xmlrpc.client import loads
warnings.simplefilter('ignore')
document = "<?xml version='1.0' encoding='%s'?><methodCall><methodName>m</methodName><params></params></methodCall>"
found = []
for codec in sorted(set(aliases.values()) | set(m for _, m, _ in pkgutil.iter_modules(encodings.__path__))):
    try:
        loads((document % codec).encode('ascii'))
        text = bytes(range(128, 256)).decode(codec, 'replace')
    except Exception:
        text = ''
    names = [codec] + [alias for alias, of in aliases.items() if of == codec]
    found.append([names, text if len(text) == 128 else ''])
print(json.dumps(found))
`;

interface Codec {
  readonly names: readonly string[];
  /** The characters of the bytes above 127, or nothing if CPython does not read it. */
  readonly text: string;
}

/** They hold the characters of another encoding in an escaped form, which CPython does not decode. */
const ESCAPES = /^(?:charmap|(?:raw_)?unicode_escape|hz|iso2022_.*|ascii|utf_.*|latin_1)$/;

const START = '<methodCall><methodName>m</methodName><params><param><value><string>x';

function decode(encoding: string, bytes: Buffer, step = bytes.length): unknown {
  // A declaration can only have names that begin with a letter.
  const isDeclared = /^[a-z]/i.test(encoding);
  const decoder = new CallDecoder(isDeclared ? undefined : encoding);
  const document = Buffer.concat([
    Buffer.from(`${isDeclared ? `<?xml version='1.0' encoding='${encoding}'?>` : ''}${START}`),
    bytes,
    Buffer.from('</string></value></param></params></methodCall>'),
  ]);
  for (let at = 0; at < document.length; at += step) decoder.write(document.subarray(at, at + step));
  return decoder.end().params[0];
}

/** Names that Java and the registry of IANA have, and Python has not. */
const NAMES = {
  'iso-8859-1': 'ISO8859_1 8859_1 IBM-819 ISO8859-1 iso-ir-100 csISOLatin1 x-iso-8859-1',
  'iso-8859-15': 'ISO8859_15 8859_15 csISO885915 Latin-9 LATIN0 ISO8859_15_FDIS IBM923 923',
  'iso-8859-8': 'ISO-8859-8-I csISO88598E 8859_8 ISO8859_8 ibm-916',
  'iso-8859-5': '8859_5 ISO8859-5 ibm-915 csISOLatinCyrillic',
  'windows-1251': 'Cp1251 windows1251 cswindows1251 ansi-1251 x-cp1251 WINDOWS_1251',
  'windows-874': 'x-windows-874 MS874 cswindows874',
  cp850: 'Cp850 IBM850 ibm-850 csPC850Multilingual',
  cp858: 'IBM00858 CP00858 CCSID00858 PC-Multilingual-850_euro',
  'koi8-r': 'KOI8_R csKOI8R koi8',
  'mac-roman': 'MacRoman x-mac-roman macintosh csMacintosh',
  'tis-620': 'TIS620 csTIS620 tis620.2533',
};

describe('the encodings with one byte for a character', () => {
  let codecs: readonly Codec[];
  let read: readonly Codec[];

  before(async function () {
    const python = findPython('3');
    if (python === undefined) return this.skip();
    const found = JSON.parse(await runPython(python, '-c', PROGRAM)) as [string[], string][];
    codecs = found.map(([names, text]) => ({ names, text }));
    read = codecs.filter(({ names: [codec = ''], text }) => text !== '' && !ESCAPES.test(codec));
  });

  it('are those that CPython reads, by all of its names, with its characters', () => {
    expect(read).to.have.length.above(55);
    for (const { names, text } of read) {
      const bytes = Buffer.from(Array.from({ length: 128 }, (_, i) => 128 + i)).filter((_, i) => text[i] !== '\ufffd');
      const characters = `x${text.replaceAll('\ufffd', '')}`;
      for (const name of names) expect(decode(name, Buffer.from(bytes)), name).to.equal(characters);
      const [codec = ''] = names;
      expect(decode(codec.toUpperCase().replaceAll('_', '-'), Buffer.from(bytes), 1), codec).to.equal(characters);
    }
  });

  it('refuse the bytes that have no character, with their place', () => {
    for (const {
      names: [codec = ''],
      text,
    } of read) {
      for (let i = 0; i < 128; i++) {
        if (text[i] !== '\ufffd') continue;
        const place = `: 0x${(128 + i).toString(16)} at byte ${33 + codec.length + 1 + START.length + 1}`;
        expect(() => decode(codec, Buffer.of(0x61, 128 + i)), `${codec} ${i}`).to.throw(DecodingError, place);
      }
    }
  });

  it('are no others', () => {
    const refused = codecs.filter(({ text }) => text === '').flatMap(({ names }) => names);
    expect(refused).to.include.members(['gbk', 'shift_jis', 'euc_jp', 'utf_7', 'cp037', 'utf_32', 'cp864']);
    for (const name of [...refused, 'iso2022_jp', 'hz', 'unicode_escape', 'ibm874', 'cp99999', 'x', 'constructor']) {
      if (/^utf_?(?:16|8)|^u(?:16|8)$|^unicode(?:big|little)|^utf$/.test(name)) continue;
      expect(() => decode(name, Buffer.from('a')), name).to.throw(DecodingError, `unsupported encoding ${name};`);
    }
  });

  for (const [encoding, names] of Object.entries(NAMES)) {
    it(`have the names of Java and IANA: ${encoding}`, () => {
      const bytes = Buffer.from(Array.from({ length: 26 }, (_, i) => 0xe0 + i));
      for (const name of names.split(' ')) expect(decode(name, bytes), name).to.equal(decode(encoding, bytes));
    });
  }
});
