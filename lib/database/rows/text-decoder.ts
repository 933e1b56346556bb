import iconv from 'iconv-lite';

/** Returns the text of bytes; undefined if they are not valid in their character set. */
export type TextDecoder = (bytes: Buffer) => string | undefined;

/** How MySQL's table of a character set differs from that of iconv-lite. */
interface Table {
  /** iconv-lite's name of the table. */
  readonly base: string;
  /** Bytes in hexadecimal, each with its character, or `?` if it has none. */
  readonly bytes?: string;
  /** Characters of iconv-lite's table, each with the one that MySQL has instead. */
  readonly characters?: string;
  /** Characters, as bytes in ISO-8859-1. MySQL has others than iconv-lite in place of the rest. */
  readonly valid?: RegExp;
}

const C1 = Buffer.from(Array.from({ length: 32 }, (_, i) => 0x80 + i)).toString('latin1');
const SHIFT_JIS = /[\0-\x7f]+|[\xa1-\xdf]|[\x81-\x9f\xe0-\xfc][\x40-\xfc]/g;
const JAPANESE = '＼\\ ～〜 ∥‖ －− ￠¢ ￡£ ￢¬';

/**
 * By mysql2's names of encodings. MySQL's latin1 is windows-1252, its macce is Mac Central European, and its UCS-2,
 * UTF-16 and UTF-32 have the high byte first.
 */
const TABLES: Readonly<Record<string, Table>> = {
  ucs2: { base: 'utf16be' },
  utf16: { base: 'utf16be' },
  'utf16-le': { base: 'utf16le' },
  utf32: { base: 'utf32be' },
  macintosh: { base: 'maccenteuro' },
  latin1: { base: 'win1252', bytes: '81\x81 8d\x8d 8f\x8f 90\x90 9d\x9d' },
  dec8: { base: 'iso88591', bytes: 'a4? a6? a8¤ ac? ad? ae? af? b4? b8? be? d0? d7Œ ddŸ de? f0? f7œ fdÿ fe? ff?' },
  hp8: {
    base: 'iso88591',
    bytes: bytesFrom(
      0xa1,
      'ÀÂÈÊËÎÏ´ˋˆ¨˜ÙÛ₤¯Ýý°ÇçÑñ¡¿¤£¥§ƒ¢âêôûáéóúàèòùäëöüÅîØÆåíøæÄìÖÜÉïßÔÁÃãÐðÍÌÓÒÕõŠšÚŸÿÞþ·µ¶¾—¼½ªº«■»±?',
    ),
  },
  keybcs2: {
    base: 'cp437',
    bytes: bytesFrom(0x80, 'ČüéďäĎŤčěĚĹÍľĺÄÁÉžŽôöÓůÚýÖÜŠĽÝŘťáíóúňŇŮÔšřŕŔ'),
  },
  geostd8: {
    base: 'win1252',
    bytes: [
      bytesFrom(0x80, '€?‚?„…†‡?‰?‹?????‘’“”•–—???›????'),
      bytesFrom(0xc0, `აბგდევზჱთიკლმნჲოპჟრსტჳუფქღყშჩცძწჭხჴჯჰჵ${'?'.repeat(23)}№??`),
    ].join(' '),
  },
  swe7: { base: 'ascii', bytes: '40É 5bÄ 5cÖ 5dÅ 5eÜ 60é 7bä 7cö 7då 7eü 7f?' },
  armscii8: { base: 'armscii8', bytes: "a1❁ a2§ ad՟ fe’ ff'" },
  greek: { base: 'greek', bytes: 'a1ʽ a2ʼ a4? a5? aa?' },
  hebrew: { base: 'hebrew', bytes: 'af‾' },
  koi8u: { base: 'koi8u', bytes: '95•' },
  cp1256: { base: 'cp1256', bytes: '8a? 8f? 98? 9a? 9f? aa? c0? ff?' },
  cp866: { base: 'cp866', bytes: 'fcⁿ fd²' },
  macroman: { base: 'macroman', bytes: 'bdΩ db€ f0\uf8ff' },
  tis620: { base: 'tis620', bytes: bytesFrom(0x80, C1) },
  sjis: { base: 'sjis', characters: JAPANESE, valid: SHIFT_JIS },
  cp932: { base: 'cp932', valid: SHIFT_JIS },
  gbk: { base: 'gbk', valid: /[\0-\x7f]+|[\x81-\xfe][\x40-\xfe]/g },
  gb2312: { base: 'gb2312', characters: '·・ —―', valid: /[\0-\x7f]+|[\xa1-\xf7][\xa1-\xfe]/g },
  big5: {
    base: 'big5',
    characters: '‧• ﹑､ ¯‾ ～∼ ⊕♁ ⊙☉ ∕／ ﹨＼ ￥¥ ￠¢ ￡£',
    valid: /[\0-\x7f]+|[\xa1-\xc5\xc9-\xfe][\x40-\x7e\xa1-\xfe]|\xc6[\x40-\x7e]/g,
  },
  eucjp: {
    base: 'eucjp',
    characters: JAPANESE,
    valid: /[\0-\x7f]+|\x8e[\xa1-\xdf]|[\xa1-\xf4][\xa1-\xfe]|\x8f(?!\xa2\xb7)[\xa1-\xf4][\xa1-\xfe]/g,
  },
  eucjpms: {
    base: 'eucjp',
    valid: /[\0-\x7f]+|\x8e[\xa1-\xdf]|[\xa1-\xf4][\xa1-\xfe]|\x8f(?!\xa2\xb7)[\xa1-\xf2][\xa1-\xfe]/g,
  },
};

const UNICODE = /^(?:utf|gb18030)/;

const NOTHING = Buffer.alloc(0);

/** @param encoding mysql2's name of the encoding of a character set */
export function textDecoder(encoding: string): TextDecoder {
  const known = DECODERS.get(encoding);
  if (known !== undefined) return known;
  const decoder = decoderFor(encoding);
  DECODERS.set(encoding, decoder);
  return decoder;
}

const DECODERS = new Map<string, TextDecoder>();

function decoderFor(encoding: string): TextDecoder {
  if (encoding === 'utf8') return decodeUtf8;
  const table = TABLES[encoding] ?? { base: encoding };
  if (!iconv.encodingExists(table.base)) return () => undefined;
  if (table.bytes !== undefined) return singleByte(table.base, table.bytes);
  const decode = multiByte(table.base, table.characters);
  const { valid } = table;
  return valid ? (bytes) => (bytes.toString('latin1').replace(valid, '') === '' ? decode(bytes) : undefined) : decode;
}

/** Returns the characters that have one byte in an encoding. '' if it is not known. */
export function singleBytes(encoding: string): string {
  const decode = textDecoder(encoding);
  return Array.from({ length: 256 }, (_, byte) => decode(Buffer.of(byte)) ?? '').join('');
}

function decodeUtf8(bytes: Buffer): string | undefined {
  return lossless(bytes.toString('utf8'), bytes, (text) => Buffer.from(text));
}

function singleByte(base: string, differences: string): TextDecoder {
  const characters = Array.from({ length: 256 }, (_, byte) => iconv.decode(Buffer.of(byte), base));
  for (const [byte, character] of pairs(differences, 2)) {
    characters[Number.parseInt(byte, 16)] = character === '?' ? '\ufffd' : character;
  }
  return (bytes) => {
    let text = '';
    for (const byte of bytes) text += characters[byte];
    return text.includes('\ufffd') ? undefined : text;
  };
}

function multiByte(base: string, differences = ''): TextDecoder {
  // A byte order mark is a character like others.
  const options = { stripBOM: false };
  const others = new Map(pairs(differences, 1));
  const characters = others.size > 0 ? new RegExp(`[${[...others.keys()].join('')}]`, 'g') : undefined;
  return (bytes) => {
    const text = lossless(iconv.decode(bytes, base, options), bytes, (decoded) =>
      UNICODE.test(base) ? iconv.encode(decoded, base) : NOTHING,
    );
    return characters ? text?.replace(characters, (character) => others.get(character) ?? character) : text;
  };
}

/** In Unicode, U+FFFD can be a character of the text. */
function lossless(text: string, bytes: Buffer, encode: (text: string) => Buffer): string | undefined {
  return !text.includes('\ufffd') || encode(text).equals(bytes) ? text : undefined;
}

/** @param length of the first of each pair */
function pairs(differences: string, length: number): [string, string][] {
  if (differences === '') return [];
  return differences.split(' ').map((pair) => [pair.slice(0, length), pair.slice(length)]);
}

/** Returns the bytes of the characters from a code on. */
function bytesFrom(first: number, characters: string): string {
  return [...characters].map((character, i) => `${(first + i).toString(16)}${character}`).join(' ');
}
