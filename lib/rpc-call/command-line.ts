import { Command, CommanderError, Option } from 'commander';
import { isCutByPassword, PASSWORD_ESCAPES } from '../system/password-escapes.js';
import { UsageError } from './failure.js';
import type { FormatName } from './formats.js';
import { addImportOptions, type ImportOptions, type ImportTask, importTask } from './import/import-options.js';

/** What the command line asks for. */
export interface CommandLine {
  readonly url: URL;
  readonly task: Task;
  readonly user: string | undefined;
  readonly passwordFile: string | undefined;
}

export type Task =
  | { readonly kind: 'call'; readonly method: string; readonly args: readonly string[]; readonly format: FormatName }
  | { readonly kind: 'list' }
  | { readonly kind: 'describe'; readonly method: string }
  | SqlTask
  | ImportTask;

export interface SqlTask {
  readonly kind: 'sql';
  readonly source: Source;
  readonly args: readonly string[];
  readonly format: FormatName | undefined;
  readonly force: boolean;
}

/** Where statements come from; `any` is standard input, with a prompt if that is a terminal. */
export type Source = { readonly sql: string } | { readonly file: string } | 'stdin' | 'any';

interface Options extends ImportOptions {
  readonly sql?: string;
  readonly file?: string;
  readonly force?: true;
  readonly list?: true;
  readonly help?: true;
  readonly user?: string;
  readonly passwordFile?: string;
}

const FORMAT_HELP = {
  raw: 'print values as they are: strings without quotes, rows without a header',
  csv: 'print rows as CSV (RFC 4180)',
  table: 'print rows as a table; default of SQL on a terminal',
  json: 'print JSON; default of METHOD',
  jsonl: 'print one JSON value a line for each row',
} as const satisfies Partial<Record<FormatName, string>>;

const FORMAT_NAMES = Object.keys(FORMAT_HELP) as (keyof typeof FORMAT_HELP)[];

const USAGE = `[options] URL METHOD [ARG...]
       rpc-call [options] URL --sql STATEMENT [ARG...]
       rpc-call [options] URL --file FILE
       rpc-call [options] URL --import FILE --table NAME
       rpc-call [options] URL
       rpc-call URL --list
       rpc-call URL --help METHOD`;

const HELP = `
Without METHOD and --sql, statements are read from standard input, with a prompt
if that is a terminal.

An ARG is JSON if it is valid JSON, else a string. type:value forces a type:
int: i8: bigint: decimal: double: string: boolean: date: base64: nil: json:
The value of string:, base64: and json: can be @FILE; @- is standard input.

Long options may be anywhere. After METHOD, or after URL with --sql, short ones
and negative numbers are an ARG, and after -- everything is.

The password comes from the URL, --password-file, the environment variable
RPC_CALL_PASSWORD, or the terminal.

Status: 0 ok, 1 fault, 2 usage, 3 HTTP, network or output, 130 Ctrl-C.

  rpc-call http://127.0.0.1:8000/database cursor 60
  rpc-call http://127.0.0.1:8000/database/ID execute 'select %s' '["text"]'
  rpc-call http://127.0.0.1:8000/database --sql 'select * from orders where id = %s' 5`;

/**
 * Parses the arguments of `bin/rpc-call`.
 *
 * @param version for `--version`
 * @param print receives the help and the version
 * @returns undefined if nothing else was asked for
 * @throws {UsageError}
 */
export function parseCommandLine(
  args: readonly string[],
  version: string,
  print: (text: string) => void,
): CommandLine | undefined {
  const command = newCommand(version).configureOutput({ writeOut: print, writeErr: () => {} });
  try {
    command.parse(arranged(command, args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(`${error.message.replace(/^error: /, '')} (see --help)`);
  }
  const options = command.opts<Options>();
  const [url, ...operands] = command.args;
  if (options.help && (url === undefined || operands.length === 0)) {
    command.outputHelp();
    return undefined;
  }
  if (url === undefined) throw new UsageError("missing required argument 'url' (see --help)");
  const format = FORMAT_NAMES.find((name) => command.getOptionValue(name) === true);
  const { user, passwordFile } = options;
  return { url: parseUrl(url), task: taskOf(options, operands, format), user, passwordFile };
}

function newCommand(version: string): Command {
  const command = new Command('rpc-call')
    .description('Calls a method of an XML-RPC server, or runs SQL on a database of netsvc.')
    .usage(USAGE)
    .argument('[operands...]')
    .configureHelp({ visibleArguments: () => [] })
    .helpOption(false)
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', HELP)
    .exitOverride();
  for (const name of FORMAT_NAMES) {
    const others = FORMAT_NAMES.filter((other) => other !== name);
    // With --import, it has a value.
    const flags = name === 'table' ? '--table [name]' : `--${name}`;
    command.addOption(new Option(flags, FORMAT_HELP[name]).conflicts(others));
  }
  addImportOptions(command);
  return command
    .addOption(
      new Option('--sql <statement>', 'run statements; - reads them from standard input').conflicts(['file', 'list']),
    )
    .addOption(new Option('--file <file>', 'run the statements of a file').conflicts('list'))
    .option('-f, --force', 'continue after a fault of a statement')
    .option('--null <text>', 'the text of NULL')
    .option('--no-header', 'rows have no line with the names of the columns')
    .option('--list', 'list the methods of the endpoint')
    .option('-h, --help', 'print this help, or that of METHOD')
    .option('--user <name>', 'log in as this user')
    .option('--password-file <file>', 'read the password from the first line of a file');
}

/** What is not one is an error. Statements can begin with a comment. */
const LONG_OPTION = /^--[a-z][\w-]*(=|$)/i;

/**
 * Puts the options before the operands. Long options can be anywhere, because people add them at the end. Arguments
 * that only look like options, such as negative numbers, stay arguments.
 */
function arranged(command: Command, args: readonly string[]): string[] {
  const options: string[] = [];
  const operands: string[] = [];
  const isImport = args.some((arg) => /^--import(=|$)/.test(arg));
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--') {
      operands.push(...args.slice(i + 1));
      break;
    }
    if (isImport && arg === '--table') {
      options.push(`--table=${args[++i] ?? ''}`);
      continue;
    }
    const isSql = options.some((option) => /^--(sql|file)(=|$)/.test(option));
    const isArgument = operands.length >= (isSql ? 1 : 2);
    const option = command.options.find(
      ({ long, short }) => arg === long || arg.startsWith(`${long}=`) || (!isArgument && arg === short),
    );
    const isOperand = arg === '-' || !arg.startsWith('-') || (isArgument && !LONG_OPTION.test(arg));
    if (option === undefined && isOperand) {
      operands.push(arg);
      continue;
    }
    options.push(arg);
    if (!option?.required || arg.includes('=')) continue;
    const value = args[++i];
    // Commander tells that it is missing.
    if (value === undefined) return options;
    options.push(value);
  }
  return [...options, '--', ...operands];
}

function taskOf(options: Options, operands: readonly string[], format: FormatName | undefined): Task {
  const { sql, file, force = false } = options;
  const [method, ...args] = operands;
  const rows = importTask(options, operands);
  if (rows !== undefined) return rows;
  if (sql === undefined && file === undefined && method !== undefined) {
    if (options.help) return { kind: 'describe', method };
    if (options.list) throw new UsageError('--list has no arguments besides the URL');
    return { kind: 'call', method, args, format: format ?? 'json' };
  }
  if (options.list) return { kind: 'list' };
  const source = sourceOf(sql, file);
  if (operands.length > 0 && (typeof source === 'string' || 'file' in source)) {
    throw new UsageError('arguments need --sql STATEMENT');
  }
  return { kind: 'sql', source, args: operands, format, force };
}

function sourceOf(sql: string | undefined, file: string | undefined): Source {
  if (file !== undefined) return { file };
  if (sql === undefined) return 'any';
  return sql === '-' ? 'stdin' : { sql };
}

function parseUrl(text: string): URL {
  if (isCutByPassword(text)) throw new UsageError(`malformed URL (${PASSWORD_ESCAPES})`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    // What is before an @ may be a password.
    throw new UsageError(`invalid URL "${text.replace(/^.*@/s, '...@')}" (expected http:// or https://)`);
  return url;
}
