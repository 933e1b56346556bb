import { spawn } from 'node:child_process';
import { readFile, symlink } from 'node:fs/promises';
import { expect } from 'chai';
import { type ShownServer, showInProcessList } from '#lib/server/commands/process-title.js';
import { ended } from '../../support/netsvc-process.js';
import { projectFile } from '../../support/project-file.js';
import { SuiteFolder } from '../../support/suite-folder.js';

const LONGEST = 'abcdefghijklmnopqrstuvwxyz012345';

describe('the title of a netsvc process', () => {
  const { title } = process;

  afterEach(() => {
    process.title = title;
  });

  const titles: readonly (readonly [server: ShownServer, expected: string])[] = [
    [{ instance: 'a', ports: [8001] }, 'netsvc a'],
    [{ instance: undefined, ports: [8000] }, 'netsvc 8000'],
    [{ instance: undefined, ports: [8000, 8443] }, 'netsvc 8000 8443'],
    [{ instance: undefined, ports: [] }, 'netsvc'],
  ];

  for (const [server, expected] of titles) {
    it(`is "${expected}" for ${JSON.stringify(server)}`, () => {
      showInProcessList(server);
      expect(process.title).to.equal(expected);
    });
  }

  describe('of the longest name', () => {
    const folder = new SuiteFolder();

    before(async () => {
      await folder.write(
        'n',
        `import('${projectFile('dist/server/commands/process-title.js')}').then(({ showInProcessList }) => {
          showInProcessList({ instance: '${LONGEST}', ports: [] });
          console.log(process.title);
        });`,
      );
    });

    const titleOf = async (program: string, args: readonly string[]) =>
      (await ended(spawn(program, args, { cwd: folder.path }))).stdout.trim();

    it('is cut at its beginning if there is no room', async () => {
      // As in `node bin/netsvc` without other arguments.
      await symlink(process.execPath, folder.file('node'));
      const shown = await titleOf('./node', ['n']);
      expect(shown).to.equal(LONGEST.slice(-shown.length)).and.not.equal('');
    });

    it('is whole for the command, whatever it is called', async () => {
      const [, line = ''] = (await readFile(projectFile('bin/netsvc'), 'utf8')).split('\n');
      await folder.write('c', `#!/bin/sh\n${line.replace('"$0"', 'n')}\n`, 0o755);
      expect(await titleOf('./c', [])).to.equal(`netsvc ${LONGEST}`);
    });
  });
});
