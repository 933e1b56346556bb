import { spawnSync } from 'node:child_process';
import { projectFile } from './project-file.js';

// npm run one: mocha for some files, which are named as in the repository, with options of mocha.
const args = process.argv.slice(2).map((arg) => arg.replace(/^(?:\.\/)?spec\/(.*)\.ts$/, 'build/spec/$1.js'));
const { status } = spawnSync(
  process.execPath,
  [
    projectFile('node_modules/mocha/bin/mocha.js'),
    ...['--no-config', '--timeout', '30s', '--require', projectFile('build/spec/support/mariadb.js')],
    ...args,
  ],
  { stdio: 'inherit', cwd: projectFile('.') },
);
process.exitCode = status ?? 1;
