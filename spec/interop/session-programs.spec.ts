import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { testDatabase } from '../support/mariadb.js';
import { RunningServer } from '../support/netsvc-server.js';
import { SESSION_PROGRAMS } from './session-programs.js';
import { expectedOutput, runSession, versionOf, writeUsers } from './session-run.js';

describe('the programs of docs/clients.md', () => {
  let folder: string;
  let netsvc: RunningServer;

  before(async function () {
    const url = testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    const plain = `${url}${url.includes('?') ? '&' : '?'}nulls=empty&bigints=string`;
    const databases = ['--database', `shop=${url}`, '--database', `plain=${plain}`];
    netsvc = await RunningServer.start(['--users', await writeUsers(folder), ...databases]);
  });

  after(async () => {
    await netsvc?.stop();
    await rm(folder, { recursive: true });
  });

  for (const program of SESSION_PROGRAMS.filter(({ small }) => small)) {
    it(`run a session: ${program.heading}`, async function () {
      if ((await versionOf(program)) === undefined) {
        return process.env.CI ? expect.fail(`there is no ${program.heading}`) : this.skip();
      }
      expect(await runSession(program, { url: netsvc.endpoints[program.plain ? 1 : 0] ?? '' })).to.match(
        expectedOutput(program),
      );
    });
  }

  it('receive the charset that requests decodes text by', async function () {
    const program = SESSION_PROGRAMS.find(({ heading }) => heading === 'Python with requests');
    if (program === undefined || (await versionOf(program)) === undefined) {
      return process.env.CI ? expect.fail('there is no requests') : this.skip();
    }
    const change = (source: string) => source.replace('response.content', 'response.text');
    expect(await runSession(program, { url: netsvc.url, change })).to.match(expectedOutput(program));
  });
});
