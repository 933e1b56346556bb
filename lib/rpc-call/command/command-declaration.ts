import { Command, Option } from 'commander';
import type { FormatName } from '../formats/formats.js';
import { addImportOptions, type ImportOptions } from './import-options.js';

/** The values of the options, but those of formats. */
export interface Options extends ImportOptions {
  readonly sql?: string;
  readonly file?: string;
  readonly force?: true;
  readonly list?: true;
  readonly help?: true;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly completion?: Shell;
}

/** Shells whose completion can be printed. */
const SHELLS = ['bash', 'zsh'] as const;

export type Shell = (typeof SHELLS)[number];

const FORMAT_HELP = {
  raw: 'print values as they are: strings without quotes, rows without a header',
  csv: 'print rows as CSV (RFC 4180)',
  tsv: 'print rows as mysql --batch does; default of SQL without a terminal',
  table: 'print rows as a table; default of SQL on a terminal',
  vertical: 'print one value a line',
  markdown: 'print rows as a table of Markdown',
  json: 'print JSON; default of METHOD',
  jsonl: 'print one JSON value a line for each row',
} as const satisfies Record<FormatName, string>;

export const FORMAT_NAMES = Object.keys(FORMAT_HELP) as FormatName[];

/** The ways to use the command, without its name. */
export const USAGES = [
  '[options] URL METHOD [ARG...]',
  '[options] URL --sql STATEMENT [ARG...]',
  '[options] URL --file FILE',
  '[options] URL --import FILE --table NAME',
  '[options] URL',
  'URL --list',
  'URL --help METHOD',
] as const;

/** What the options do not say, by the title of its section in the manual page. */
export const NOTES = {
  STATEMENTS: `Without METHOD and --sql, statements are read from standard input, with a prompt
if that is a terminal.`,
  ARGUMENTS: `An ARG is JSON if it is valid JSON, else a string. type:value forces a type:
int: i8: bigint: decimal: double: string: boolean: date: base64: nil: json:

The value of string:, base64: and json: can be @FILE; @- is standard input.

Long options may be anywhere. After METHOD, or after URL with --sql, short ones
and negative numbers are an ARG, and after -- everything is.`,
  CONNECTIONS: `URL can be the name of a connection of ~/.config/rpc-call.yaml. Without URL, the
environment variable RPC_CALL_URL counts.`,
  PASSWORDS: `The password comes from the URL, --password-file, the environment variable
RPC_CALL_PASSWORD, the connection, or the terminal.`,
  'EXIT STATUS': 'Status: 0 ok, 1 fault, 2 usage, 3 HTTP, network or output, 130 Ctrl-C.',
  EXAMPLES: `  rpc-call http://127.0.0.1:8000/database cursor 60
  rpc-call http://127.0.0.1:8000/database/ID execute 'select %s' '["text"]'
  rpc-call http://127.0.0.1:8000/database --sql 'select * from orders where id = %s' 5`,
} as const;

/** Declares the command line of `bin/rpc-call`. */
export function declareCommand(version: string): Command {
  const command = new Command('rpc-call')
    .description('Calls a method of an XML-RPC server, or runs SQL on a database of netsvc.')
    .usage(USAGES.join('\n       rpc-call '))
    .argument('[operands...]')
    .configureHelp({ visibleArguments: () => [] })
    .helpOption(false)
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', `\n${Object.values(NOTES).join('\n\n')}`);
  for (const name of FORMAT_NAMES) {
    const others = FORMAT_NAMES.filter((other) => other !== name);
    // With --import, it has a value.
    const flags = name === 'table' ? '--table [name]' : `--${name}`;
    command.addOption(new Option(flags, FORMAT_HELP[name]).conflicts(others));
  }
  command
    .option('--null <text>', 'the text of NULL')
    .option('--no-header', 'rows have no line with the names of the columns');
  addImportOptions(command);
  return command
    .addOption(
      new Option('--sql <statement>', 'run statements; - reads them from standard input').conflicts(['file', 'list']),
    )
    .addOption(new Option('--file <file>', 'run the statements of a file').conflicts('list'))
    .option('-f, --force', 'continue after a fault of a statement')
    .option('--list', 'list the methods of the endpoint')
    .option('-h, --help', 'print this help, or that of METHOD')
    .option('--user <name>', 'log in as this user')
    .option('--password-file <file>', 'read the password from the first line of a file')
    .addOption(new Option('--completion <shell>', 'print the completion of options for a shell').choices(SHELLS));
}
