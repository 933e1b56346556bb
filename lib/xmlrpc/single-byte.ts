import { isAscii } from 'node:buffer';
import iconv from 'iconv-lite';
import { type BytesDecoder, invalidByte } from './bytes-decoders.js';
import { encodingKey } from './encoding-names.js';

/** In the tables, of a byte that has no character. */
const UNDEFINED = 0xfffd;

/** Decodes an encoding with the characters of ASCII and, for the bytes above 127, others of the same plane. */
export class SingleByte implements BytesDecoder {
  /** Also of ASCII: a later piece may have other characters. */
  readonly isWide = true;
  readonly #name: string;
  readonly #table: Uint16Array;
  /** The number of bytes that have been decoded. */
  #offset: number;

  /** @param offset the number of bytes before the first one that is decoded */
  constructor(name: string, offset = 0) {
    this.#name = name;
    this.#table = tableOf(name);
    this.#offset = offset;
  }

  write(bytes: Buffer): string {
    const offset = this.#offset;
    this.#offset += bytes.length;
    // Without characters that take two bytes of memory each.
    if (isAscii(bytes)) return bytes.toString('latin1');
    const table = this.#table;
    const characters = new Uint16Array(bytes.length);
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      const character = table[byte] ?? UNDEFINED;
      if (character === UNDEFINED) throw invalidByte(this.#name, offset + i, byte);
      characters[i] = character;
    }
    return Buffer.from(characters.buffer).toString('utf16le');
  }

  end(): Iterable<string> {
    return [];
  }
}

const tables = new Map<string, Uint16Array>();

/** Returns the character of each byte. It is computed for the first document in the encoding. */
function tableOf(name: string): Uint16Array {
  const known = tables.get(name);
  if (known !== undefined) return known;
  const key = encodingKey(name);
  const differences = DIFFERENCES.get(key);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const text = iconv.decode(bytes, differences?.from ?? key);
  const table = Uint16Array.from(bytes, (byte) => text.charCodeAt(byte));
  for (const [byte, characters] of differences?.characters ?? []) {
    for (let i = 0; i < characters.length; i++) table[byte + i] = characters.charCodeAt(i);
  }
  tables.set(name, table);
  return table;
}

/** How the tables of CPython's codecs, which others agree with, differ from one of iconv-lite. */
interface Differences {
  /** The table of iconv-lite, if it has another name. */
  readonly from?: string;
  /** Of the bytes from a number on. */
  readonly characters: readonly (readonly [from: number, characters: string])[];
}

const C1 = String.fromCharCode(...Array.from({ length: 32 }, (_, i) => 0x80 + i));
const OMEGA = '\u03a9';
const EURO = '\u20ac';
const APPLE = '\uf8ff';

const DIFFERENCES: ReadonlyMap<string, Differences> = new Map<string, Differences>([
  ['cp1255', { characters: [[0xca, '\ufffd']] }],
  // Urdu.
  [
    'cp1006',
    {
      from: 'latin1',
      characters: [
        [0xa1, '\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9\u060c\u061b\u00ad\u061f\ufe81'],
        [0xb0, '\ufe8d\ufe8e\ufe8e\ufe8f\ufe91\ufb56\ufb58\ufe93\ufe95\ufe97\ufb66\ufb68\ufe99\ufe9b\ufe9d\ufe9f'],
        [0xc0, '\ufb7a\ufb7c\ufea1\ufea3\ufea5\ufea7\ufea9\ufb84\ufeab\ufead\ufb8c\ufeaf\ufb8a\ufeb1\ufeb3\ufeb5'],
        [0xd0, '\ufeb7\ufeb9\ufebb\ufebd\ufebf\ufec1\ufec5\ufec9\ufeca\ufecb\ufecc\ufecd\ufece\ufecf\ufed0\ufed1'],
        [0xe0, '\ufed3\ufed5\ufed7\ufed9\ufedb\ufb92\ufb94\ufedd\ufedf\ufee0\ufee1\ufee3\ufb9e\ufee5\ufee7\ufe85'],
        [0xf0, '\ufeed\ufba6\ufba8\ufba9\ufbaa\ufe80\ufe89\ufe8a\ufe8b\ufef1\ufef2\ufef3\ufbb0\ufbae\ufe7c\ufe7d'],
      ],
    },
  ],
  ['kz1048', { from: 'rk1048', characters: [] }],
  ['ptcp154', { from: 'pt154', characters: [] }],
  ['tis620', { characters: [[0x80, C1]] }],
  ['maclatin2', { from: 'maccenteuro', characters: [] }],
  [
    'macroman',
    {
      characters: [
        [0xbd, OMEGA],
        [0xdb, EURO],
        [0xf0, APPLE],
      ],
    },
  ],
  [
    'maciceland',
    {
      characters: [
        [0xbd, OMEGA],
        [0xdb, EURO],
        [0xf0, APPLE],
      ],
    },
  ],
  [
    'maccroatian',
    {
      characters: [
        [0xbd, OMEGA],
        [0xd8, APPLE],
        [0xdb, EURO],
      ],
    },
  ],
  ['maccyrillic', { from: 'macukraine', characters: [[0xff, EURO]] }],
  [
    'macgreek',
    {
      characters: [
        [0x9c, EURO],
        [0xaf, '\u00b7'],
        [0xff, '\u00ad'],
      ],
    },
  ],
  [
    'macturkish',
    {
      characters: [
        [0xbd, OMEGA],
        [0xf0, APPLE],
        [0xf5, '\uf8a0'],
      ],
    },
  ],
  [
    'macromanian',
    {
      from: 'macromania',
      characters: [
        [0xaf, '\u0218'],
        [0xbd, OMEGA],
        [0xbf, '\u0219'],
        [0xdb, EURO],
        [0xde, '\u021a\u021b'],
        [0xf0, APPLE],
      ],
    },
  ],
  [
    'palmos',
    {
      from: 'windows1252',
      characters: [
        [0x81, '\u0081'],
        [0x8d, '\u2666\u2663\u2665\u2660'],
        [0x9b, '\u009b'],
        [0x9d, '\u009d\u009e'],
      ],
    },
  ],
]);
