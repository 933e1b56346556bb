/** The encodings of documents, without UTF-8, UTF-16, US-ASCII and ISO-8859-1, whose decoders are written by hand. */
export const SINGLE_BYTE_NAMES: readonly (readonly [name: string, others: string])[] = [
  ['ISO-8859-2', 'latin2 l2 csisolatin2 iso-ir-101 cp912'],
  ['ISO-8859-3', 'latin3 l3 csisolatin3 iso-ir-109 cp913'],
  ['ISO-8859-4', 'latin4 l4 csisolatin4 iso-ir-110 cp914'],
  ['ISO-8859-5', 'cyrillic csisolatincyrillic iso-ir-144 cp915'],
  ['ISO-8859-6', 'arabic csisolatinarabic iso-ir-127 asmo-708 ecma-114 cp1089'],
  ['ISO-8859-7', 'greek greek8 csisolatingreek iso-ir-126 elot-928 ecma-118 cp813 sun-eu-greek'],
  ['ISO-8859-8', 'hebrew csisolatinhebrew iso-ir-138 cp916'],
  ['ISO-8859-9', 'latin5 l5 csisolatin5 iso-ir-148 cp920'],
  ['ISO-8859-10', 'latin6 l6 csisolatin6 iso-ir-157'],
  ['ISO-8859-11', 'thai'],
  ['ISO-8859-13', 'latin7 l7'],
  ['ISO-8859-14', 'latin8 l8 iso-ir-199 iso-celtic'],
  ['ISO-8859-15', 'latin9 l9 latin0 csisolatin9 csisolatin0 cp923 iso-8859-15-fdis'],
  ['ISO-8859-16', 'latin10 l10 iso-ir-226'],
  ['windows-1250', 'cp5346'],
  ['windows-1251', 'cp5347 ansi-1251'],
  ['windows-1252', 'cp5348'],
  ['windows-1253', 'cp5349'],
  ['windows-1254', 'cp5350'],
  ['windows-1255', ''],
  ['windows-1256', ''],
  ['windows-1257', 'cp5353'],
  ['windows-1258', ''],
  ['windows-874', 'ms874'],
  ['cp437', 'cspc8codepage437'],
  ['cp720', ''],
  ['cp737', ''],
  ['cp775', 'cspc775baltic'],
  ['cp850', 'cspc850multilingual'],
  ['cp852', 'cspcp852'],
  ['cp855', 'cspcp855'],
  ['cp856', ''],
  ['cp857', ''],
  ['cp858', 'pc-multilingual-850+euro'],
  ['cp860', ''],
  ['cp861', 'cp-is'],
  ['cp862', 'cspc862latinhebrew'],
  ['cp863', ''],
  ['cp865', ''],
  ['cp866', ''],
  ['cp869', 'cp-gr'],
  ['cp1006', ''],
  ['cp1125', 'cp866u ruscii'],
  ['hp-roman8', 'roman8 r8 cshproman8 cp1051'],
  ['KOI8-R', 'koi8 cskoi8r'],
  ['KOI8-T', ''],
  ['KOI8-U', 'cskoi8u'],
  ['KZ-1048', 'rk1048 strk1048-2002 cskz1048'],
  ['mac-roman', 'macintosh mac csmacintosh'],
  ['mac-latin2', 'mac-centeuro mac-central-europe'],
  ['mac-croatian', ''],
  ['mac-cyrillic', ''],
  ['mac-greek', ''],
  ['mac-iceland', ''],
  ['mac-romanian', 'mac-romania'],
  ['mac-turkish', ''],
  ['palmos', ''],
  ['PTCP154', 'csptcp154 pt154 cp154 cyrillic-asian'],
  ['TIS-620', 'cstis620 tis-620-0 tis-620-2529-0 tis-620-2529-1 tis-620.2533 iso-ir-166'],
];

export const UTF8_NAMES = 'utf-8 u8 utf utf8-ucs2 utf8-ucs4 utf-8-sig utf8mb3 utf8mb4 csutf8 unicode-1-1-utf-8 cp65001';

export const UTF16_NAMES =
  'utf-16 u16 utf-16le utf-16be csutf16 csutf16le csutf16be unicode csunicode ucs-2 iso-10646-ucs-2 unicodebig ' +
  'unicodelittle unicodebigunmarked unicodelittleunmarked utf-16le-bom cp1200 cp1201';

export const ASCII_NAMES =
  'us-ascii ascii ascii7 us csascii ansi-x3.4-1968 ansi-x3.4-1986 iso-646.irv:1983 iso-646.irv:1991 iso646-us ' +
  'iso-ir-6 646 cp367';

export const LATIN1_NAMES = 'iso-8859-1 iso-8859 8859 latin1 latin l1 csisolatin1 iso-ir-100 cp819';

/** `latin_1`, `ISO8859_1`, `ISO_8859-1:1987`, `csISO885915`, `8859_15`, `ISO-8859-8-I` */
const ISO_8859 = /^(?:cs)?(?:iso)?8859(\d{1,2})(?:\d{4}|[ei])?$/;

/** `1252`, `cp1252`, `windows-1252`, `ibm-1252`, `csIBM866`, `IBM00858`; three pages of IBM are others in Java. */
const CODE_PAGE = /^(?:cs)?(?:cp|ibm(?!856|874|1006)|windows|ccsid)?0*(\d{3,5})$/;

/**
 * Returns what the names of an encoding have in common that Python, Java and the registry of IANA have for it: they
 * differ in case, in what is between the words, and in prefixes.
 */
export function encodingKey(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/^x-/, '')
    .replace(/[^0-9a-z]/g, '');
  const part = ISO_8859.exec(plain)?.[1];
  if (part !== undefined) return `iso8859${part}`;
  const page = CODE_PAGE.exec(plain)?.[1];
  return page === undefined ? plain : `cp${page}`;
}
