import { expect } from 'chai';
import iconv from 'iconv-lite';
import { DecodingError } from '#lib/xmlrpc/codec-error.js';
import { CallDecoder } from '#lib/xmlrpc/decoder.js';
import type { Value } from '#lib/xmlrpc/value.js';

const document = (text: string, encoding?: string) =>
  `${encoding === undefined ? '' : `<?xml version="1.0" encoding="${encoding}"?>\n`}` +
  `<methodCall><methodName>m</methodName><params><param><value>${text}</value></param></params></methodCall>`;

function read(pieces: readonly Buffer[], charset?: string): Value | undefined {
  const decoder = new CallDecoder(charset);
  for (const piece of pieces) decoder.write(piece);
  return decoder.end().params[0];
}

/** Encodes a document in UTF-8, with a byte in place of the number sign. */
function withByte(byte: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  bytes[bytes.indexOf('#')] = byte;
  return bytes;
}

const bytewise = (bytes: Buffer) => Array.from(bytes, (byte) => Buffer.of(byte));

/** The text is the same in one piece and byte by byte. */
function expectText(bytes: Buffer, charset: string | undefined, text: string): void {
  expect(read([bytes], charset), 'in one piece').to.equal(text);
  expect(read(bytewise(bytes), charset), 'byte by byte').to.equal(text);
}

function expectRefusal(bytes: Buffer, charset: string | undefined, message: string): void {
  expect(() => read([bytes], charset)).to.throw(DecodingError, message);
  expect(() => read(bytewise(bytes), charset)).to.throw(DecodingError, message);
}

const LATIN = 'Höpper \u0085 ÿ';
const EVERYTHING = 'Höpper € Жук 漢 😀 \ufffd';

describe('the encoding of a document', () => {
  const taken: [string, Buffer, string | undefined, string][] = [
    ['UTF-8 that nothing is said of', Buffer.from(document(EVERYTHING)), undefined, EVERYTHING],
    ['UTF-8 by declaration', Buffer.from(document(EVERYTHING, 'utf-8')), undefined, EVERYTHING],
    ['UTF-8 by charset', Buffer.from(document(EVERYTHING)), 'UTF-8', EVERYTHING],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${document(EVERYTHING)}`), undefined, EVERYTHING],
    ['UTF-16LE with a mark', Buffer.from(`\ufeff${document(EVERYTHING, 'UTF-16')}`, 'utf16le'), undefined, EVERYTHING],
    [
      'UTF-16BE with a mark',
      Buffer.from(`\ufeff${document(EVERYTHING, 'UTF-16')}`, 'utf16le').swap16(),
      undefined,
      EVERYTHING,
    ],
    ['UTF-16LE by its looks', Buffer.from(document(EVERYTHING, 'UTF-16'), 'utf16le'), undefined, EVERYTHING],
    ['UTF-16BE by its looks', Buffer.from(document(EVERYTHING), 'utf16le').swap16(), undefined, EVERYTHING],
    ['UTF-16LE after a line end', Buffer.from(`\n${document(EVERYTHING)}`, 'utf16le'), undefined, EVERYTHING],
    ['UTF-16BE after a line end', Buffer.from(`\n${document(EVERYTHING)}`, 'utf16le').swap16(), undefined, EVERYTHING],
    ['UTF-16 by charset, little-endian', Buffer.from(document(EVERYTHING), 'utf16le'), 'utf-16', EVERYTHING],
    ['UTF-16 by charset, big-endian', Buffer.from(document(EVERYTHING), 'utf16le').swap16(), 'utf-16', EVERYTHING],
    ['UTF-16LE by charset', Buffer.from(document(EVERYTHING), 'utf16le'), 'utf-16le', EVERYTHING],
    ['UTF-16BE by charset', Buffer.from(document(EVERYTHING), 'utf16le').swap16(), 'utf-16be', EVERYTHING],
    ['ISO-8859-1 by declaration', Buffer.from(document(LATIN, 'ISO-8859-1'), 'latin1'), undefined, LATIN],
    ['ISO-8859-1 by charset', Buffer.from(document(LATIN), 'latin1'), 'iso-8859-1', LATIN],
    [
      'windows-1252 by declaration',
      iconv.encode(document('Höpper €', 'windows-1252'), 'win1252'),
      undefined,
      'Höpper €',
    ],
    ['windows-1252 by charset', iconv.encode(document('„€“'), 'win1252'), 'Windows-1252', '„€“'],
    ['US-ASCII', Buffer.from(document('plain', 'us-ascii')), undefined, 'plain'],
    ['US-ASCII that is UTF-8', Buffer.from(document(EVERYTHING, 'us-ascii')), undefined, EVERYTHING],
    ['US-ASCII that is ISO-8859-1', Buffer.from(document(LATIN, 'us-ascii'), 'latin1'), undefined, LATIN],
  ];
  for (const [what, bytes, charset, text] of taken) it(`is supported: ${what}`, () => expectText(bytes, charset, text));

  describe('that is declared twice', () => {
    it('is that of the byte order mark', () => {
      expectText(Buffer.from(`\ufeff${document(EVERYTHING, 'iso-8859-1')}`), 'windows-1252', EVERYTHING);
      expectText(Buffer.from(`\ufeff${document(EVERYTHING, 'utf-8')}`, 'utf16le'), 'utf-8', EVERYTHING);
    });

    it('is UTF-8, if one of them is and the bytes are valid in it', () => {
      for (const charset of ['iso-8859-1', 'us-ascii', 'windows-1251', 'shift_jis', 'utf-16']) {
        expectText(Buffer.from(document(EVERYTHING, 'utf-8')), charset, EVERYTHING);
      }
      for (const declared of ['iso-8859-1', 'us-ascii', 'koi8-r', 'gbk', 'utf-16']) {
        expectText(Buffer.from(document(EVERYTHING, declared)), 'utf-8', EVERYTHING);
      }
      expectText(Buffer.from(document('plain', 'utf-8')), 'iso-8859-1', 'plain');
    });

    it('is else that of the charset parameter', () => {
      expectText(Buffer.from(document(LATIN, 'utf-8'), 'latin1'), 'iso-8859-1', LATIN);
      expectText(Buffer.from(document('\u00c3\u00bc \u00fc', 'utf-8'), 'latin1'), 'latin1', '\u00c3\u00bc \u00fc');
      expectText(iconv.encode(document('Жук', 'utf-8'), 'koi8-r'), 'koi8-r', 'Жук');
      expectText(iconv.encode(document('Жук', 'iso-8859-5'), 'windows-1251'), 'windows-1251', 'Жук');
      expectText(Buffer.from(document('ü', 'iso-8859-5')), 'iso-8859-1', '\u00c3\u00bc');
      expectText(iconv.encode(document('ü€', 'windows-1252'), 'windows-1252'), 'us-ascii', 'ü€');
      expectRefusal(
        Buffer.from(document('ü', 'iso-8859-1'), 'latin1'),
        'utf-8',
        'the body is not valid UTF-8, as its Content-Type says: 0xfc at byte ',
      );
    });

    it('is not UTF-16 without its zeros', () => {
      expectText(Buffer.from(document(EVERYTHING, 'utf-16')), undefined, EVERYTHING);
      expectText(Buffer.from(document(EVERYTHING)), 'utf-16', EVERYTHING);
      expectText(Buffer.from(document(LATIN, 'iso-8859-1'), 'latin1'), 'utf-16le', LATIN);
      expectText(Buffer.from(document(EVERYTHING), 'utf16le'), 'utf-8', EVERYTHING);
      expectRefusal(
        Buffer.from(document('ü', 'utf-16'), 'latin1'),
        undefined,
        'the body is not valid UTF-8, nor utf-16: 0xfc at byte ',
      );
    });
  });

  it('is held back only while it is undecided', () => {
    const decoder = new CallDecoder('iso-8859-1');
    const [ascii = '', rest = ''] = document(`${'x'.repeat(2000)}|${'ü'.repeat(1000)}`, 'utf-8').split('|');
    decoder.write(Buffer.from(ascii));
    const before = decoder.cost;
    decoder.write(Buffer.from(rest));
    expect(decoder.cost - before).to.be.within(2000, 4000);
    expect(decoder.end().params[0]).to.equal(`${'x'.repeat(2000)}${'ü'.repeat(1000)}`);
  });

  const refused: [string, Buffer, string | undefined, string][] = [
    [
      'ISO-8859-1 that nothing is said of',
      Buffer.from(document(LATIN), 'latin1'),
      undefined,
      'the body is not valid UTF-8',
    ],
    ['truncated UTF-8', Buffer.from(document('ü')).subarray(0, 61), undefined, 'the body is not valid UTF-8'],
    [
      'UTF-8 with a surrogate',
      Buffer.from(document('\u00ed\u00a0\u0080'), 'latin1'),
      undefined,
      'the body is not valid UTF-8',
    ],
    ['UTF-16 with half a pair', Buffer.from(`\ufeff${document('\ud83d')}`, 'utf16le'), undefined, 'not valid UTF-16LE'],
    [
      'UTF-16 of an odd length',
      Buffer.from(`\ufeff${document('a')} `, 'utf16le').subarray(0, -1),
      undefined,
      'not valid UTF-16LE',
    ],
    [
      'windows-1252 with a byte that it has not',
      Buffer.from(document('\u0081', 'cp1252'), 'latin1'),
      undefined,
      'not valid windows-1252',
    ],
    [
      'another one by declaration',
      Buffer.from(document('a', 'gbk')),
      undefined,
      'unsupported encoding gbk; supported are UTF-8, UTF-16, US-ASCII',
    ],
    [
      'another one by charset',
      Buffer.from(document('a')),
      'shift_jis',
      'unsupported encoding shift_jis; supported are',
    ],
    [
      'one with a strange name',
      Buffer.from(document('a')),
      `x\u0007\u00fc${'y'.repeat(99)}`,
      `encoding x??${'y'.repeat(37)};`,
    ],
    [
      'UTF-8 with a wrong byte far behind',
      withByte(0xff, document(`${'ü'.repeat(999)}#`)),
      undefined,
      `the body is not valid UTF-8: 0xff at byte ${document('').indexOf('</value>') + 2 * 999 + 1}`,
    ],
  ];
  for (const [what, bytes, charset, message] of refused) {
    it(`is rejected: ${what}`, () => expectRefusal(bytes, charset, message));
  }
});
