import { readFileSync } from 'node:fs';
import { declareCommand, NOTES, USAGES } from '#lib/rpc-call/command/command-declaration.js';
import { describeCommand } from '#lib/server/configuration/command-line.js';
import { projectFile } from '../support/project-file.js';
import { bashCompletion, zshCompletion } from './completion.js';
import { optionsOf } from './declared-option.js';
import { manualPage } from './manual-page.js';

const { version } = JSON.parse(readFileSync(projectFile('package.json'), 'utf8')) as { version: string };

/** That of the manual pages. */
const DATE = '2026-11-30';

const RPC_CALL = declareCommand(version);
const NETSVC = describeCommand(version);

/** The pages and completions of the commands, which are made from the declarations of their options. */
export const COMMAND_PAGES: Readonly<Record<string, () => string>> = {
  'man/rpc-call.1': () =>
    manualPage(
      {
        name: 'rpc-call',
        summary: 'call XML-RPC methods, or run SQL on a database of netsvc',
        usages: USAGES,
        description: RPC_CALL.description(),
        options: optionsOf(RPC_CALL),
        sections: { ...NOTES, 'SEE ALSO': 'netsvc(1)' },
      },
      version,
      DATE,
    ),
  'man/netsvc.1': () =>
    manualPage(
      {
        name: 'netsvc',
        summary: 'XML-RPC gateway to MySQL',
        usages: ['[options]', 'passwd <file> <user>'],
        description: `${NETSVC.description()}\n\nnetsvc passwd sets the password of a user in a password file.`,
        options: optionsOf(NETSVC),
        sections: { 'SEE ALSO': 'rpc-call(1)' },
      },
      version,
      DATE,
    ),
  'completions/bash/rpc-call': () => bashCompletion('rpc-call', optionsOf(RPC_CALL)),
  'completions/bash/netsvc': () => bashCompletion('netsvc', optionsOf(NETSVC)),
  'completions/zsh/_rpc-call': () => zshCompletion('rpc-call', optionsOf(RPC_CALL), []),
  'completions/zsh/_netsvc': () => zshCompletion('netsvc', optionsOf(NETSVC), ['--database']),
};
