import type { Random } from './random.js';

const TEXTS = [
  '',
  ' ',
  'text',
  "select 1 -- it's",
  'höpper',
  'Жук 漢 😀',
  'a\r\nb',
  '&lt;&amp;&gt;',
  '&#13;&#x20AC;',
  '<![CDATA[<&]]>',
  ']]&gt;',
];

const SCALARS: readonly string[] = [
  '<int>1</int>',
  '<i4>-2147483648</i4>',
  '<i8>9223372036854775807</i8>',
  '<i1>127</i1>',
  '<i2>-1</i2>',
  '<boolean>1</boolean>',
  '<double>-1.5e300</double>',
  '<dateTime.iso8601>20030501T12:30:00</dateTime.iso8601>',
  '<dateTime.iso8601>2003-05-01T12:30:00+02:00</dateTime.iso8601>',
  '<base64>AAEC\n/w==</base64>',
  '<nil/>',
  '<ex:nil/>',
  '<ex:i8>5</ex:i8>',
  '<ex:bigdecimal>1.10</ex:bigdecimal>',
  '<ex:dateTime>2003-05-01T12:30:00.000Z</ex:dateTime>',
];

const DECLARATIONS = [
  '',
  "<?xml version='1.0'?>\n",
  '<?xml version="1.0" encoding="utf-8"?>\r\n',
  '<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>',
];

/** A document of a call, in one of the forms of clients. */
export function validDocument(random: Random): string {
  const layout = random.pick(['', '', '\n', '\r\n  ']);
  const params = Array.from(
    { length: random.below(4) },
    () => `<param>${layout}${value(random, 3, layout)}${layout}</param>`,
  );
  const root = random.chance(4)
    ? '<methodCall xmlns:ex="http://ws.apache.org/xmlrpc/namespaces/extensions">'
    : '<methodCall>';
  return (
    `${random.pick(DECLARATIONS)}${root}${layout}<methodName>echo</methodName>${layout}` +
    `<params>${layout}${params.join(layout)}</params>${layout}</methodCall>${layout}`
  );
}

function value(random: Random, depth: number, layout: string): string {
  const kind = random.below(depth > 0 ? 6 : 4);
  if (kind === 0) return `<value>${random.pick(TEXTS)}</value>`;
  if (kind === 1) return `<value><string>${random.pick(TEXTS)}</string></value>`;
  if (kind <= 3) return `<value>${random.pick(SCALARS)}</value>`;
  const items = Array.from({ length: random.below(4) }, () => value(random, depth - 1, layout));
  if (kind === 4) return `<value><array><data>${layout}${items.join(layout)}</data></array></value>`;
  const members = items.map(
    (item) => `<member>${layout}<name>${random.pick(['a', '__proto__', ' ', '1'])}</name>${item}</member>`,
  );
  return `<value><struct>${members.join(layout)}</struct></value>`;
}
