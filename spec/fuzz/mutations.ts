import iconv from 'iconv-lite';
import { TAGS } from '#lib/xmlrpc/grammar.js';
import { validDocument } from './documents.js';
import type { Random } from './random.js';
import { REAL_REQUESTS } from './real-requests.js';

/** Characters with a meaning for an XML parser, and some that XML leaves out or that are easily confused. */
const CHARACTERS = '<>/&;"\'=?![]-+:# \n\r\t\0\u0001\u007f\u0085\ufeff\ufffe\uffffé😀';

/** Text with a meaning for an XML parser, or for parsers of numbers and dates. */
const SNIPPETS = [
  ...CHARACTERS,
  '<!--',
  '-->',
  '--',
  '<!-- a -->',
  '<![CDATA[',
  ']]>',
  '<![CDATA[]]>',
  '<?',
  '?>',
  '<?a b?>',
  '<?xml version="1.0"?>',
  '<?xml version="1.1"?>',
  '<!DOCTYPE a>',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '&b;',
  '&lt;',
  '&#0;',
  '&#1;',
  '&#x1F600;',
  '&#55357;&#56832;',
  '&#55357;',
  '&#xD800',
  '&#x110000;',
  '&#;',
  '&amp',
  '&constructor;',
  ' a="b"',
  ' a="b" a="c"',
  ' a=b',
  " xmlns='urn:x'",
  ' xmlns:ex="urn:x"',
  ' a="<"',
  ' a="&lt;&#1;"',
  '9'.repeat(400),
  '1e400',
  '1e-400',
  'nan',
  'inf',
  '0x10',
  '1,5',
  '====',
  '20031301T99:99:99',
  '0000',
  'true',
];

/** Declared encodings, supported ones among them. */
export const ENCODINGS = [
  'utf-8',
  'UTF8',
  'utf-16',
  'iso-8859-1',
  'us-ascii',
  'windows-1252',
  'latin1',
  'koi8-r',
  'latin_1',
  'ISO8859_15',
  'Cp1251',
  'mac-turkish',
  'gbk',
  'ebcdic-cp-us',
  'x',
  '',
];

type Mutation = (text: string, random: Random) => string;

const insert: Mutation = (text, random) => {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + random.pick(SNIPPETS) + text.slice(at);
};

const remove: Mutation = (text, random) => {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + text.slice(at + 1 + random.below(random.pick([1, 3, 40])));
};

const duplicate: Mutation = (text, random) => {
  const at = random.below(text.length + 1);
  const piece = text.slice(at, at + random.below(60));
  return text.slice(0, at) + piece.repeat(random.pick([1, 1, 2, 50])) + text.slice(at);
};

const truncate: Mutation = (text, random) => text.slice(0, random.below(text.length + 1));

const splice: Mutation = (text, random) => {
  const other = validDocument(random);
  return text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length + 1));
};

const isTag = /<[^>]*>/g;

/** Mutates one of the tags. */
const onTag =
  (change: (tag: string, random: Random) => string): Mutation =>
  (text, random) => {
    const chosen = random.below((text.match(isTag) ?? []).length || 1);
    let index = 0;
    return text.replace(isTag, (tag) => (index++ === chosen ? change(tag, random) : tag));
  };

const anyTag = (random: Random) => {
  const name = random.pick([...TAGS, 'float', 'methodResponse', 'fault', 'ex:serializable', 'a:b', 'Value']);
  return random.pick([`<${name}>`, `</${name}>`, `<${name}/>`, `<${name} >`, `</${name} >`]);
};

const nest: Mutation = (text, random) => {
  const depth = random.pick([2, 10, 199, 200, 201, 5000]);
  const [open, close] = ['<value><array><data>'.repeat(depth), '</data></array></value>'.repeat(depth)];
  return text.replace('<param>', () => `<param>${open}${close}</param><param>`);
};

const widen: Mutation = (text, random) => {
  const many = random
    .pick(['<value/>', '<value><nil/></value>', '<value>&amp;</value>'])
    .repeat(random.pick([10, 3000]));
  return text.replace('<data>', () => `<data>${many}`);
};

const ENCLOSING = ['params', 'param', 'data', 'member', 'value', 'array', 'string', 'int', 'name'];

/** Leaves out a pair of tags, or all of a name. */
const unwrap: Mutation = (text, random) => {
  const tag = random.pick(ENCLOSING);
  const pattern = `<${tag}>|</${tag}>`;
  if (random.chance(2)) return text.replaceAll(new RegExp(pattern, 'g'), '');
  const chosen = random.below(text.split(`<${tag}>`).length);
  let index = 0;
  return text.replace(new RegExp(`<${tag}>([^<]*|(?:(?!<${tag}>).)*?)</${tag}>`, 'gs'), (pair, inner: string) =>
    index++ === chosen ? inner : pair,
  );
};

/** Puts a tag around another, or another tag in its place. */
const wrap: Mutation = (text, random) => {
  const [inner, outer] = [random.pick(ENCLOSING), random.pick(ENCLOSING)];
  const keeps = random.chance(2);
  return text
    .replaceAll(`<${inner}>`, `<${outer}>${keeps ? `<${inner}>` : ''}`)
    .replaceAll(`</${inner}>`, `${keeps ? `</${inner}>` : ''}</${outer}>`);
};

const SCALAR_TEXTS = [
  '',
  ' ',
  '1',
  '-1',
  '+1',
  '1.5',
  '1e5',
  '1_000',
  '٣',
  'nan',
  '-Infinity',
  '+inf',
  '1.#INF',
  '2',
  'yes',
];
const DATES = [
  '20030501',
  '2003-05-01T24',
  '20030501T1230+0530',
  '2003-W18-4',
  '5/1/2003',
  '2003-05-01T12:30:00.1234567',
];

/** Gives a scalar another text. */
const rewrite: Mutation = (text, random) =>
  text.replaceAll(/(<[\w.:]+>)[^<]*(?=<\/)/g, (scalar, tag: string) =>
    random.chance(4) ? tag + random.pick(random.chance(2) ? SCALAR_TEXTS : DATES) : scalar,
  );

/** Gives a scalar another type. */
const retype: Mutation = (text, random) => {
  const type = random.pick([...TAGS, 'float', 'decimal']);
  const number = random.below(text.split('</').length);
  let index = 0;
  return text.replaceAll(/<([\w.:]+)>([^<]*)<\/\1>/g, (scalar, _tag, inner: string) =>
    index++ === number ? `<${type}>${inner}</${type}>` : scalar,
  );
};

const declare: Mutation = (text, random) =>
  `<?xml version="${random.pick(['1.0', '1.0', '1.1', '2.0'])}" encoding="${random.pick(ENCODINGS)}"?>` +
  `${text.replace(/^<\?xml[^>]*\?>/, '')}`;

const IN_TEXT: readonly Mutation[] = [
  insert,
  insert,
  insert,
  remove,
  remove,
  duplicate,
  truncate,
  splice,
  onTag(() => ''),
  onTag((tag) => tag + tag),
  onTag((_tag, random) => anyTag(random)),
  onTag((tag, random) => tag + anyTag(random)),
  onTag((tag, random) => tag.slice(0, -1) + random.pick(SNIPPETS) + tag.slice(-1)),
  onTag((tag, random) => tag + random.pick(SNIPPETS)),
  nest,
  widen,
  declare,
  declare,
  unwrap,
  wrap,
  rewrite,
  retype,
];

/** Mutations after which a document is often still one. */
const OF_TAGS: readonly Mutation[] = [
  unwrap,
  unwrap,
  wrap,
  wrap,
  rewrite,
  rewrite,
  retype,
  retype,
  insert,
  onTag(() => ''),
  onTag((tag) => tag + tag),
  onTag((_tag, random) => anyTag(random)),
  duplicate,
  nest,
  declare,
];

/** The request of a client, mutated, which may still be valid. */
export function mutatedRequest(random: Random): Buffer {
  let text = random.chance(4) ? validDocument(random) : random.pick(REAL_REQUESTS);
  for (let i = random.pick([0, 1, 1, 1, 2, 3]); i > 0; i--)
    text = random.pick(random.chance(4) ? IN_TEXT : OF_TAGS)(text, random);
  return encode(text, random);
}

function flipBytes(bytes: Buffer, random: Random): Buffer {
  for (let i = random.below(3); i >= 0 && bytes.length > 0; i--) {
    bytes[random.below(bytes.length)] = random.chance(2)
      ? random.below(256)
      : random.pick([0, 9, 10, 13, 0x26, 0x3c, 0x3e, 0x80, 0xc0, 0xff]);
  }
  return bytes;
}

function encode(text: string, random: Random): Buffer {
  if (!random.chance(8)) return Buffer.from(text);
  const name = random.pick(['utf-16le', 'utf-16be', 'iso-8859-1', 'win1252', 'utf-8']);
  return iconv.encode(text, name, { addBOM: random.chance(2) });
}

/** A mutated call, which may still be valid. */
export function mutatedBody(random: Random): Buffer {
  let text = validDocument(random);
  for (let i = random.below(4); i > 0; i--) text = random.pick(IN_TEXT)(text, random);
  const bytes = encode(text, random);
  return random.chance(3) ? flipBytes(bytes, random) : bytes;
}
