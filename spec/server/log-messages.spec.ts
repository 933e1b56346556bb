import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectFile } from '../support/project-file.js';

interface LogCall {
  /** The source of the fields. */
  readonly fields: string;
  readonly message: string;
}

/** The messages with the host of a listener or of MySQL. */
const OTHER_HOSTS = [
  'another MySQL server is used',
  'passwords are sent unencrypted: this listener has no TLS',
  'clients reject the certificate of this listener',
];

/** The calls of the log in lib/ whose message is a literal. */
async function logCalls(): Promise<LogCall[]> {
  const lib = projectFile('lib');
  const names = (await readdir(lib, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const sources = await Promise.all(names.map((name) => readFile(join(lib, name), 'utf8')));
  const call =
    /\blog\.(?:debug|info|warn|error|fatal)(?:\?\.)?\(\s*(\{[^']*?\}|\w+(?:\([^']*?\))?),\s*'([^']+)',?\s*\)/g;
  return sources.flatMap((source) =>
    [...source.matchAll(call)].map(([, fields = '', message = '']) => ({ fields, message })),
  );
}

describe('the log', () => {
  let calls: readonly LogCall[];

  before(async () => {
    calls = await logCalls();
  });

  it('has no message that docs/operations.md does not list', async () => {
    const page = await readFile(projectFile('docs/operations.md'), 'utf8');
    const listed = new Set(page.match(/(?<=^\|.*`)[^`]+(?=`.*\| \w+ \|)/gm));
    const missing = calls.filter(({ message }) => !listed.has(message));
    expect(missing).to.deep.equal([]);
    expect(calls).to.have.lengthOf.above(30);
  });

  it('names the address of a client client_address', () => {
    const others = calls.filter(({ fields }) => /[{,]\s*host\b/.test(fields)).map(({ message }) => message);
    expect(others).to.have.members(OTHER_HOSTS);
  });
});
