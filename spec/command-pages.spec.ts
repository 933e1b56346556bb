import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { COMMAND_PAGES } from './command-pages/command-pages.js';
import { rpcCall } from './support/command.js';
import { projectFile } from './support/project-file.js';

const exists = (command: string) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

describe('the manual pages and completions', () => {
  for (const [file, page] of Object.entries(COMMAND_PAGES)) {
    it(`have in ${file} what npm run docs writes`, () => {
      expect(readFileSync(projectFile(file), 'utf8')).to.equal(page());
    });
  }

  const checks = [
    ['mandoc', ['mandoc', '-Tlint'], 'man/'],
    ['man', ['man', '--warnings', '-l'], 'man/'],
    ['bash', ['bash', '-n'], 'completions/bash/'],
    ['zsh', ['zsh', '-n'], 'completions/zsh/'],
  ] as const;
  for (const [name, [command, ...args], folder] of checks) {
    it(`are accepted by ${name}`, function () {
      if (!exists(command)) this.skip();
      for (const file of Object.keys(COMMAND_PAGES).filter((file) => file.startsWith(folder))) {
        const { status, stderr } = spawnSync(command, [...args, projectFile(file)], { encoding: 'utf8' });
        expect([status, stderr], file).to.deep.equal([0, '']);
      }
    });
  }

  const completed = (...words: string[]) => {
    const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rpc_call; echo "\${COMPREPLY[@]}"`;
    const file = projectFile('completions/bash/rpc-call');
    return spawnSync('bash', ['-c', script, file, ...words], { encoding: 'utf8' }).stdout.trim();
  };

  it('complete options and their values in bash', () => {
    expect(completed('rpc-call', '--js')).to.equal('--json --jsonl');
    expect(completed('rpc-call', '--format', '')).to.equal('csv tsv jsonl');
    expect(completed('rpc-call', '--format', '=')).to.equal('csv tsv jsonl');
    expect(completed('rpc-call', '--format', '=', 'j')).to.equal('jsonl');
    expect(completed('rpc-call', '--sql', '--')).to.equal('');
    expect(completed('rpc-call', 'url', 'm')).to.equal('');
  });

  it('are printed by rpc-call', async () => {
    for (const [shell, file] of [
      ['bash', 'completions/bash/rpc-call'],
      ['zsh', 'completions/zsh/_rpc-call'],
    ] as const) {
      const { stdout, status } = await rpcCall(['--completion', shell]);
      expect([status, stdout]).to.deep.equal([0, readFileSync(projectFile(file), 'utf8')]);
    }
  });
});
