import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectFile } from '../support/project-file.js';
import { findPythons } from '../support/python.js';

/** A client of somebody else's, as a program that drives a session and echoes values: see `clients/python.py`. */
export interface ClientProgram {
  /** Its column in docs/clients.md. */
  readonly column: string;
  /** What tells it from others in the same column. */
  readonly name: string;
  /** It knows neither nil nor i8, so it gets a database whose options avoid both. */
  readonly plain?: true;
  /** What it takes for an answer of 404. */
  readonly closed?: unknown;
  /** The command line up to the URL; undefined where the client is not on this machine. */
  readonly command: readonly string[] | undefined;
}

const source = (name: string) => projectFile(`spec/interop/clients/${name}`);

const runs = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;

export const hasRuby = () => runs('ruby', '-rxmlrpc/client', '-e', '');
export const hasPhp = () => runs('php', '-r', 'exit(extension_loaded("xmlrpc") ? 0 : 1);');

/** @param folder where what has to be compiled goes */
export function clientPrograms(folder: string): ClientProgram[] {
  const pythons = findPythons();
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
