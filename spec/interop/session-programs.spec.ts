import { expect } from 'chai';
import { testDatabase } from '../support/mariadb.js';
import { RunningServer } from '../support/netsvc-server.js';
import { SuiteFolder } from '../support/suite-folder.js';
import { urlWith } from '../support/suite-gateway.js';
import { SESSION_PROGRAMS } from './session-programs.js';
import { expectedOutput, runSession, versionOf, writeUsers } from './session-run.js';

describe('the programs of docs/clients.md', () => {
  const folder = new SuiteFolder();
  let netsvc: RunningServer;

  before(async function () {
    const url = testDatabase(this);
    const plain = urlWith(url, 'nulls=empty&bigints=string');
    const databases = ['--database', `shop=${url}`, '--database', `plain=${plain}`];
    netsvc = await RunningServer.start(['--users', await writeUsers(folder.path), ...databases]);
  });

  after(() => netsvc?.stop());

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
