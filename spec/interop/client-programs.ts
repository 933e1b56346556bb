import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectFile } from '../support/project-file.js';
import { findPythons } from '../support/python.js';

/** A client program that runs a session and echoes values: see `clients/python.py`. */
export interface ClientProgram {
  /** Its column in docs/clients.md. */
  readonly column: string;
  /** Distinguishes it from others in the same column. */
  readonly name: string;
  /** It supports neither nil nor i8, so it uses a database whose options avoid both. */
  readonly plain?: true;
  /** How it reports a 404. */
  readonly closed?: unknown;
  /** The command line up to the URL; undefined if the client is not installed. */
  readonly command: readonly string[] | undefined;
}

const source = (name: string) => projectFile(`spec/interop/clients/${name}`);

const succeeded = new Map<string, boolean>();

/** Whether a command succeeds. It is run once, because several spec files that share a process ask for the same one. */
function runs(command: string, ...args: string[]): boolean {
  const key = [command, ...args].join('\0');
  const known = succeeded.get(key) ?? spawnSync(command, args).status === 0;
  succeeded.set(key, known);
  return known;
}

export const hasRuby = () => runs('ruby', '-rxmlrpc/client', '-e', '');
export const hasLua = () => runs('lua5.1', '-e', "require 'xmlrpc.http'");
export const hasPhp = () => runs('php', '-r', 'exit(extension_loaded("xmlrpc") ? 0 : 1);');

/** @param folder for compiled programs */
export function clientPrograms(folder: string): ClientProgram[] {
  // The client of those between is that of one of them.
  const [oldest, ...others] = findPythons().filter(({ version }) => version.startsWith('3.'));
  const python2 = findPythons().filter(({ version }) => version.startsWith('2.'));
  const pythons = [...python2, ...(oldest ? [oldest] : []), ...others.slice(-1)];
  const columns = new Map(
    pythons.map((python) => [python, python.version.startsWith('2.') ? 'Python 2.7' : 'Python 3']),
  );
  const absent = ['Python 2.7', 'Python 3'].filter((column) => ![...columns.values()].includes(column));
  return [
    ...absent.map((column) => ({ column, name: column, command: undefined })),
    ...pythons.map((python) => ({
      column: columns.get(python) ?? '',
      name: `Python ${python.version}`,
      command: [python.command, source('python.py')],
    })),
    {
      column: 'Ruby',
      name: 'Ruby',
      plain: true,
      command: hasRuby() ? ['ruby', source('ruby.rb')] : undefined,
    },
    {
      column: 'PHP',
      name: 'PHP',
      plain: true,
      command: hasPhp() ? ['php', source('php.php')] : undefined,
    },
    {
      column: 'Lua',
      name: 'LuaXMLRPC',
      plain: true,
      command: hasLua() ? ['lua5.1', source('lua.lua')] : undefined,
    },
    { column: 'xmlrpc-c', name: 'xmlrpc-c', command: compiled(folder) },
    ...['xmlrpc', '@foxglove/xmlrpc'].map((name) => ({ column: name, name, command: javascript(name) })),
    { column: 'davexmlrpc', name: 'davexmlrpc', plain: true, closed: 'nothing', command: javascript('davexmlrpc') },
  ];
}

function javascript(name: string): string[] {
  return [process.execPath, '--no-deprecation', source('javascript.mjs'), name];
}

function compiled(folder: string): string[] | undefined {
  const program = join(folder, 'xmlrpc-c');
  const libraries = ['-lxmlrpc_client', '-lxmlrpc', '-lxmlrpc_util'];
  return runs('cc', '-o', program, source('xmlrpc-c.c'), ...libraries) ? [program] : undefined;
}
