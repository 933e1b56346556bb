const call = (value: string) =>
  `<methodCall><methodName>echo</methodName><params><param>${value}</param></params></methodCall>`;

const items = (item: string) => (bytes: number) =>
  call(`<value><array><data>${item.repeat(Math.ceil(bytes / item.length))}</data></array></value>`);

const scalar =
  (tag: string, piece: string, end = '') =>
  (bytes: number) =>
    call(`<value><${tag}>${piece.repeat(Math.ceil(bytes / piece.length))}${end}</${tag}></value>`);

/** Strings with the same hash in engines that do not seed it, two characters at a time. */
const colliding = (number: number) =>
  Array.from({ length: 16 }, (_, bit) => ((number >> bit) & 1 ? 'Aa' : 'BB')).join('');

const struct = (name: (i: number) => string) => (bytes: number) => {
  let members = '';
  for (let i = 0; members.length < bytes; i++) members += `<member><name>${name(i)}</name><value/></member>`;
  return call(`<value><struct>${members}</struct></value>`);
};

/** Bodies that are made to be expensive, by their size in bytes. */
export const COSTLY_BODIES: Readonly<Record<string, (bytes: number) => string>> = {
  'empty values': items('<value/>'),
  nils: items('<value><nil/></value>'),
  'empty arrays': items('<value><array><data/></array></value>'),
  'empty structs': items('<value><struct/></value>'),
  'structs of one member': items('<value><struct><member><name>a</name><value/></member></struct></value>'),
  'structs of one member each of another name': (bytes) => {
    let structs = '';
    for (let i = 0; structs.length < bytes; i++)
      structs += `<value><struct><member><name>${i}a</name><value/></member></struct></value>`;
    return call(`<value><array><data>${structs}</data></array></value>`);
  },
  'nested arrays': items(`${'<value><array><data>'.repeat(150)}${'</data></array></value>'.repeat(150)}`),
  'bare nils': items('<nil/>'),
  'bare arrays': items('<array/>'),
  'bare arrays of one item': items('<array><nil/></array>'),
  'bare structs': items('<struct><name/><nil/></struct>'),
  'values in values': items(`${'<value>'.repeat(300)}${'</value>'.repeat(300)}`),
  'values that nest without an end': (bytes) => call('<value>'.repeat(bytes / 7)),
  'values without params': (bytes) =>
    `<methodCall><methodName>echo</methodName>${'<nil/>'.repeat(bytes / 6)}</methodCall>`,
  'short strings': items('<value>ab</value>'),
  'short strings beyond Latin-1': items('<value>Ж</value>'),
  doubles: items('<value><double>1.5</double></value>'),
  dates: items('<value><dateTime.iso8601>20030501T12:30:00</dateTime.iso8601></value>'),
  'base64 of one byte': items('<value><base64>AA==</base64></value>'),
  bigints: items('<value><i8>9223372036854775807</i8></value>'),
  'one long string': scalar('string', 'x'),
  'one long string beyond Latin-1': scalar('string', 'Ж'),
  references: scalar('string', '&lt;'),
  'numeric references with zeros': scalar('string', `&#${'0'.repeat(200)}65;`),
  'one long reference': (bytes) => call(`<value>&#${'0'.repeat(bytes)}65;</value>`),
  'one long name of an entity': (bytes) => call(`<value>&${'a'.repeat(bytes)};</value>`),
  'numeric references': scalar('string', '&#65;'),
  'halves of surrogate pairs': scalar('string', '&#55357;&#56832;'),
  'ampersands behind a reference': scalar('string', '&lt;&'),
  'CDATA in pieces': scalar('string', '<![CDATA[x]]>'),
  'comments in text': scalar('string', 'x<!-- -->'),
  'one long comment': (bytes) => `<!--${' -'.repeat(bytes / 2)} -->${call('<value/>')}`,
  'one long processing instruction': (bytes) => `<?a ${'? '.repeat(bytes / 2)}?>${call('<value/>')}`,
  brackets: scalar('string', ']'),
  'carriage returns': scalar('string', '\r'),
  'blanks around an integer': (bytes) =>
    call(`<value><int>${' '.repeat(bytes / 2)}1${' '.repeat(bytes / 2)}</int></value>`),
  'blanks between tags': (bytes) => call(`<value>${'\n'.repeat(bytes)}<int>1</int></value>`),
  'digits that end in a letter': scalar('int', '1', 'x'),
  'zeros that end in a letter': scalar('int', '0', 'x'),
  zeros: scalar('i8', '0', '1'),
  'digits of a double that end in a letter': scalar('double', '1', 'x'),
  'digits behind a point': scalar('double', '1', '.5'),
  'digits of a second': (bytes) =>
    call(`<value><dateTime.iso8601>20030501T12:30:00.${'5'.repeat(bytes)}</dateTime.iso8601></value>`),
  'base64 in single characters': scalar('base64', 'A\n'),
  'base64 that ends wrong': scalar('base64', 'A', '!'),
  'a long method name': (bytes) => `<methodCall><methodName>${'a'.repeat(bytes)}</methodName></methodCall>`,
  'a long tag': (bytes) => `<${'a'.repeat(bytes)}/>`,
  'a long tag that is not closed': (bytes) => `<${'a'.repeat(bytes)}`,
  'a long attribute': (bytes) => `<methodCall a="${'a'.repeat(bytes)}">`,
  'many attributes': (bytes) => `<methodCall${Array.from({ length: bytes / 8 }, (_, i) => ` a${i}=""`).join('')}>`,
  'a long declaration': (bytes) => `<?xml version="1.0"${' '.repeat(bytes)}?>${call('<value/>')}`,
  members: struct((i) => `m${i}`),
  'members named by numbers': struct((i) => String(i * 1000)),
  'members that collide': struct((i) => colliding(i) + i),
  'one member over and over': struct(() => 'a'),
  params: (bytes) =>
    `<methodCall><methodName>echo</methodName><params>${'<param><value/></param>'.repeat(bytes / 23)}</params>` +
    `</methodCall>`,
};
