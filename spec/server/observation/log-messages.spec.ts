import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectFile } from '../../support/project-file.js';

interface LogCall {
  readonly level: string;
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
    /\blog\.(debug|info|warn|error|fatal)(?:\?\.)?\(\s*(\{(?:(?!\blog\.)[^'])*?\}|\w+(?:\([^']*?\))?),\s*'([^']+)',?\s*\)/g;
  return sources.flatMap((source) =>
    [...source.matchAll(call)].map(([, level = '', fields = '', message = '']) => ({ level, fields, message })),
  );
}

/** The messages that a page lists below the name of each level, as `LEVEL: MESSAGE`. */
function listed(page: string): Set<string> {
  const parts = [...page.matchAll(/^\*\*(\w+)\*\*\n\n((?:[- ] .*\n)+)/gm)];
  return new Set(
    parts.flatMap(([, level, items = '']) =>
      [...items.matchAll(/^- ((?:`[^`]+`(?:, )?)+)(?=:|$)/gm)].flatMap(([, messages = '']) =>
        [...messages.matchAll(/`([^`]+)`/g)].map(([, message]) => `${level}: ${message}`),
      ),
    ),
  );
}

describe('the log', () => {
  let calls: readonly LogCall[];

  before(async () => {
    calls = await logCalls();
  });

  it('has no message that docs/operations.md does not list under its level', async () => {
    const messages = listed(await readFile(projectFile('docs/operations.md'), 'utf8'));
    const missing = calls.filter(({ level, message }) => !messages.has(`${level}: ${message}`));
    expect(missing).to.deep.equal([]);
    expect(calls).to.have.lengthOf.above(30);
  });

  it('names the address of a client client_address', () => {
    const others = calls.filter(({ fields }) => /[{,]\s*host\b/.test(fields)).map(({ message }) => message);
    expect(others).to.have.members(OTHER_HOSTS);
  });
});
