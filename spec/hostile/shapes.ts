/** Makes a document, or a part of one, of about `size` characters. */
type Shape = (size: number) => string;

/** Repeats a text up to a size. */
const filled =
  (piece: string, { before = '', after = '' } = {}): Shape =>
  (size) =>
    before + piece.repeat(Math.max(1, Math.floor((size - before.length - after.length) / piece.length))) + after;

/** Texts of statements, arguments, names and options. They contain nothing that XML escapes. */
export const TEXTS: Readonly<Record<string, Shape>> = {
  letters: filled('x'),
  'placeholders of an unsupported kind': filled('%x'),
  placeholders: filled('%s'),
  'percent signs': filled('%%'),
  'named placeholders': filled('%(a)s'),
  'names that never end': filled('%('),
  'quoted names': filled('`a`,', { before: 'select 1 from ', after: '`b`' }),
  words: filled('a b ', { before: 'select ' }),
  'different words': (size) => `select ${Array.from({ length: size / 9 }, (_, i) => `w${i.toString(36)}`).join(',')}`,
  'different words beyond ASCII': (size) =>
    `select ${Array.from({ length: size / 9 }, (_, i) => `é${i.toString(36)}Å`).join(',')}`,
  'one long word': filled('x', { before: 'select ' }),
  'one long word beyond ASCII': filled('é', { before: 'select ' }),
  'one long number': filled('1', { before: 'select ' }),
  'one long hexadecimal number': filled('f', { before: 'insert into hostile values (0x', after: ')' }),
  'one long variable': filled('a.', { before: 'select @@' }),
  numbers: filled('(1,2.5e0),', { before: 'insert into hostile values ', after: '(1,2)' }),
  symbols: filled('1+', { before: 'select ', after: '1' }),
  parentheses: filled('(', { before: 'select ' }),
  'closing parentheses': filled(')', { before: 'select ' }),
  'groups of values': filled('values (', { before: 'insert into hostile ' }),
  'one long string': filled('x', { before: "select '", after: "'" }),
  'doubled quotes': filled("''", { before: "select '", after: "'" }),
  quotes: filled("'"),
  'quotes with letters': filled("'a' "),
  backslashes: filled('\\'),
  'a backslash at the end': filled('x', { after: '\\' }),
  'one long comment': filled('* ', { before: 'select 1 /*', after: '*/' }),
  'a comment that never ends': filled('*', { before: 'select 1 /*' }),
  comments: filled('/**/', { before: 'select 1 ' }),
  'comments to the end of the line': filled('-- \n', { before: 'select 1 ' }),
  blanks: filled(' '),
  'blanks in the middle': filled(' ', { before: 'begin', after: 'x' }),
  'blanks behind the values': filled(' ', { before: 'insert into hostile values (%s)', after: 'x' }),
  'many groups of placeholders': filled('(%s),', { before: 'insert into hostile values ', after: '(%s)' }),
  'a long group': filled('%s,', { before: 'insert into hostile values (', after: '%s)' }),
  'a long head': filled('a,', { before: 'insert into hostile (', after: 'a) values (%s)' }),
  'a long tail': filled('a = a, ', {
    before: 'insert into hostile values (%s) on duplicate key update ',
    after: 'a=a',
  }),
  'AS behind the values': filled(' on', { before: 'insert into hostile values (%s) as', after: ' x' }),
  semicolons: filled(';', { before: 'select 1' }),
  'unread words': filled('é ', { before: 'select /*! ', after: '*/' }),
  'words to execute': filled('aé ', { before: "execute immediate '", after: "'" }),
  'autocommit over and over': filled('@@a.autocommit,', { before: 'set ', after: '@@x' }),
  'points behind @@': filled('.', { before: 'set @@', after: 'autocommit=1' }),
  backquotes: filled('`'),
  points: filled('.'),
  underscores: filled('__', { before: 'a.' }),
  'Cyrillic letters': filled('Ж'),
  'letters that contain a quote and a percent sign': filled('✧╥'),
  'astral characters': filled('😀'),
  'one letter beyond Latin-1 in each kilobyte': filled(`${'x'.repeat(1023)}Ж`),
};

/** Content of a `<string>` that is written in other ways. */
export const STRINGS: Readonly<Record<string, Shape>> = {
  references: filled('&lt;'),
  'numeric references': filled('&#39;'),
  'numeric references with zeros': filled('&#00000000039;'),
  'halves of surrogate pairs': filled('&#55357;&#56832;'),
  'ampersands behind a reference': filled('&lt;&'),
  CDATA: filled(']', { before: '<![CDATA[', after: ']]>' }),
  'markup in CDATA': filled('<&', { before: '<![CDATA[', after: ']]>' }),
  'CDATA in pieces': filled('<![CDATA[x]]>'),
  comments: filled('x<!-- -->'),
  'one long comment': filled('- ', { before: '<!--', after: '-->' }),
  'one long processing instruction': filled('? ', { before: '<?a ', after: '?>' }),
  'processing instructions': filled('<?a b?>'),
  'one long reference': filled('0', { before: '&#', after: '65;' }),
  'one long entity': filled('a', { before: '&', after: ';' }),
  'carriage returns': filled('\r'),
  'line ends': filled('\n'),
  brackets: filled(']'),
  'an unknown entity at the end': filled('x', { after: '&foo;' }),
};

/** Values, as XML. */
export const VALUES: Readonly<Record<string, Shape>> = {
  'a text without a type': filled('x', { before: '<value>', after: '</value>' }),
  ...arrays({
    'empty values': '<value/>',
    nils: '<value><nil/></value>',
    strings: '<value>ab</value>',
    'strings beyond Latin-1': '<value>Ж</value>',
    integers: '<value><int>7</int></value>',
    'large integers': '<value><i8>9223372036854775807</i8></value>',
    doubles: '<value><double>1.5</double></value>',
    dates: '<value><dateTime.iso8601>20030501T12:30:00</dateTime.iso8601></value>',
    bytes: '<value><base64>AA==</base64></value>',
    'no bytes': '<value><base64/></value>',
    'empty arrays': '<value><array><data/></array></value>',
    'empty structs': '<value><struct/></value>',
    'structs of one member': '<value><struct><member><name>a</name><value/></member></struct></value>',
    'bare nils': '<nil/>',
    'bare arrays': '<array/>',
    'bare arrays of one item': '<array><nil/></array>',
    'bare structs': '<struct><name/><nil/></struct>',
    'values in values': `${'<value>'.repeat(300)}${'</value>'.repeat(300)}`,
    'nested arrays': `${'<value><array><data>'.repeat(100)}${'</data></array></value>'.repeat(100)}`,
    'arrays of one': '<value><array><data><value><int>1</int></value></data></array></value>',
    'values with an extension': '<value><ex:i1 xmlns:ex="a">1</ex:i1></value>',
    'values with comments': '<value><!-- --></value>',
    calls:
      '<value><struct><member><name>methodName</name><value>rowcount</value></member>' +
      '<member><name>params</name><value><array><data/></array></value></member></struct></value>',
    statements: '<value><array><data><value>select 1</value></data></array></value>',
  }),
  members: struct((i) => `m${i}`),
  'members named from 1': struct((i) => String(i + 1)),
  'members named by numbers': struct((i) => String(i * 1000)),
  'members named by large numbers': struct((i) => String(4294967295 - i)),
  'members whose names collide': struct(
    (i) => Array.from({ length: 16 }, (_, bit) => ((i >> bit) & 1 ? 'Aa' : 'BB')).join('') + i,
  ),
  'one member over and over': struct(() => 'a'),
  'structs of one member each of another name': (size) => {
    let structs = '';
    for (let i = 0; structs.length < size; i++) structs += `<value>${member(`n${i}`)}</value>`;
    return array(structs);
  },
  'a long name of a member': (size) => `<value>${member('n'.repeat(size))}</value>`,
  ...scalars({
    'digits of an int': ['int', filled('1')],
    'zeros of an int': ['int', filled('0', { after: '1' })],
    'zeros that end in a letter': ['int', filled('0', { after: 'x' })],
    'digits that end in a letter': ['i8', filled('1', { after: 'x' })],
    'blanks around an int': ['int', (size) => `${' '.repeat(size / 2)}1${' '.repeat(size / 2)}`],
    'digits of a double': ['double', filled('1')],
    'digits of a double that end in a letter': ['double', filled('1', { after: 'x' })],
    'digits behind a point': ['double', filled('1', { before: '0.' })],
    'digits of a decimal': ['ex:bigdecimal', filled('1')],
    'digits of a big integer': ['ex:biginteger', filled('1')],
    'blanks in a boolean': ['boolean', filled(' ', { after: '1' })],
    'a long date': ['dateTime.iso8601', filled('0', { before: '20030501T12:30:00.' })],
    'a long nil': ['nil', filled(' ')],
    base64: ['base64', filled('QUJD')],
    'base64 with blanks': ['base64', filled('QU JD\n')],
    'base64 of single characters': ['base64', filled('Q\n', { after: '===' })],
    'base64 that ends wrong': ['base64', filled('QUJD', { after: '!' })],
    'base64 of blanks': ['base64', filled(' ')],
    'base64 of padding': ['base64', filled('=')],
  }),
  'blanks between tags': filled('\n', { before: '<value>', after: '<int>1</int></value>' }),
  'blanks in an array': filled('\n', { before: '<value><array><data>', after: '</data></array></value>' }),
  'text in an array': filled('x', { before: '<value><array><data>', after: '</data></array></value>' }),
  'a long attribute': filled('a', { before: '<value b="', after: '"/>' }),
  'a long namespace': filled('a', { before: '<value xmlns:b="', after: '"/>' }),
  'a long name of an attribute': filled('a', { before: '<value ', after: '=""/>' }),
  'many attributes': (size) => `<value${Array.from({ length: size / 9 }, (_, i) => ` a${i}=""`).join('')}/>`,
  'blanks in a tag': filled(' ', { before: '<value', after: '/>' }),
  'a long tag': filled('a', { before: '<value><', after: '/></value>' }),
  'values that never end': filled('<value>'),
  'a tag that is not closed': filled('<value><array><data>'),
  'many closing tags': filled('</value>', { before: '<value>' }),
};

function array(items: string): string {
  return `<value><array><data>${items}</data></array></value>`;
}

function arrays(items: Readonly<Record<string, string>>): Record<string, Shape> {
  return Object.fromEntries(Object.entries(items).map(([name, item]) => [name, (size) => array(filled(item)(size))]));
}

function scalars(shapes: Readonly<Record<string, readonly [tag: string, shape: Shape]>>): Record<string, Shape> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, [tag, shape]]) => [
      name,
      (size) => `<value><${tag}>${shape(size)}</${tag}></value>`,
    ]),
  );
}

function member(name: string): string {
  return `<struct><member><name>${name}</name><value/></member></struct>`;
}

function struct(name: (i: number) => string): Shape {
  return (size) => {
    let members = '';
    for (let i = 0; members.length < size; i++) members += `<member><name>${name(i)}</name><value/></member>`;
    return `<value><struct>${members}</struct></value>`;
  };
}
