import { DOCUMENTS } from '../hostile/requests.js';
import { STRINGS, VALUES } from '../hostile/shapes.js';

const call = (value: string) =>
  `<methodCall><methodName>echo</methodName><params><param>${value}</param></params></methodCall>`;

/** Bodies that are made to be expensive, by their size in bytes: all hostile values, and hostile documents. */
export const COSTLY_BODIES: Readonly<Record<string, (bytes: number) => string>> = {
  ...bodies(VALUES, (make, bytes) => call(make(bytes))),
  ...bodies(STRINGS, (make, bytes) => call(`<value><string>${make(bytes)}</string></value>`)),
  ...bodies(DOCUMENTS, (make, bytes) => make('a'.repeat(bytes))),
  'values without params': (bytes) =>
    `<methodCall><methodName>echo</methodName>${'<nil/>'.repeat(bytes / 6)}</methodCall>`,
  'a long tag that is closed': (bytes) => `<${'a'.repeat(bytes)}/>`,
  'attributes of the document': (bytes) =>
    `<methodCall${Array.from({ length: bytes / 8 }, (_, i) => ` a${i}=""`).join('')}>`,
  'blanks in the declaration': (bytes) => `<?xml version="1.0"${' '.repeat(bytes)}?>${call('<value/>')}`,
};

function bodies<T>(made: Readonly<Record<string, T>>, body: (make: T, bytes: number) => string) {
  return Object.fromEntries(
    Object.entries(made).map(([name, make]) => [name, (bytes: number) => body(make, bytes)] as const),
  );
}
