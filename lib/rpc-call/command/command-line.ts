import { type Command, CommanderError } from 'commander';
import { packageFile } from '../../system/package-file.js';
import { isCutByPassword, PASSWORD_ESCAPES } from '../../system/password-escapes.js';
import { UsageError } from '../client/command-errors.js';
import type { FormatName } from '../formats/formats.js';
import type { PrintOptions } from '../formats/rows-format.js';
import { declareCommand, FORMAT_NAMES, type Options, type Shell } from './command-declaration.js';
import { type ImportTask, importTask } from './import-options.js';
import { isTarget, looksLikeUrl, NO_TARGETS, type SavedConnection, type Targets } from './saved-connections.js';

/** What the options that concern the form of rows apply to. Without a format, rows are a table or TSV. */
const HEADERS: ReadonlySet<FormatName | undefined> = new Set([undefined, 'csv', 'tsv', 'table', 'raw']);
const NO_NULL_TEXT: ReadonlySet<FormatName | undefined> = new Set(['json', 'jsonl']);

/** What the command line asks for. */
export interface CommandLine {
  readonly url: URL;
  readonly task: Task;
  readonly user: string | undefined;
  readonly passwordFile: string | undefined;
  /** What the configuration file says, if the target is a name. */
  readonly saved?: SavedConnection;
}

export type Task =
  | CallTask
  | { readonly kind: 'list' }
  | { readonly kind: 'describe'; readonly method: string }
  | SqlTask
  | ImportTask;

export interface CallTask {
  readonly kind: 'call';
  readonly method: string;
  readonly args: readonly string[];
  readonly format: FormatName;
  readonly print: PrintOptions;
}

export interface SqlTask {
  readonly kind: 'sql';
  readonly source: Source;
  readonly args: readonly string[];
  readonly format: FormatName | undefined;
  readonly print: PrintOptions;
  readonly force: boolean;
}

/** Where statements come from; `any` is standard input, with a prompt if that is a terminal. */
export type Source = { readonly sql: string } | { readonly file: string } | 'stdin' | 'any';

/**
 * Parses the arguments of `bin/rpc-call`.
 *
 * @param version for `--version`
 * @param print receives the help, the version and completions
 * @param targets what the first operand can be besides a URL
 * @returns undefined if nothing else was asked for
 * @throws {UsageError}
 */
export function parseCommandLine(
  args: readonly string[],
  version: string,
  print: (text: string) => void,
  targets = NO_TARGETS,
): CommandLine | undefined {
  const command = declareCommand(version)
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: () => {} });
  try {
    command.parse(arranged(command, args, targets), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(usageText(error.message));
  }
  const options = command.opts<Options>();
  if (options.completion !== undefined) {
    print(completion(options.completion));
    return undefined;
  }
  const { target, operands } = targetOf(command.args, targets);
  if (options.help && (target === undefined || operands.length === 0)) {
    command.outputHelp();
    return undefined;
  }
  if (target === undefined) throw new UsageError("missing required argument 'url' (see --help)");
  const saved = looksLikeUrl(target) ? undefined : targets.named(target);
  const format = FORMAT_NAMES.find((name) => command.getOptionValue(name) === true);
  const { user, passwordFile } = options;
  const url = saved?.url ?? parseUrl(target, targets);
  const task = taskOf(options, operands, format ?? saved?.format);
  return { url, task, user, passwordFile, ...(saved && { saved }) };
}

/** Splits operands into the URL or the name, which can come from the environment, and the others. */
function targetOf(all: readonly string[], targets: Targets) {
  const [first, ...others] = all;
  const isGiven = targets.fallback === undefined || (first !== undefined && isTarget(first, targets));
  return isGiven ? { target: first, operands: others } : { target: targets.fallback, operands: all };
}

/** Returns the text of an error of commander on one line. */
function usageText(message: string): string {
  const text = message.replace(/^error: /, '');
  const suggested = text.replace(/\n\(Did you mean (?:one of )?(.*)\?\)$/, ' ($1?)');
  return suggested === text ? `${text} (see --help)` : suggested;
}

function completion(shell: Shell): string {
  const file = shell === 'bash' ? 'bash/rpc-call' : 'zsh/_rpc-call';
  return packageFile(`completions/${file}`);
}

/** A word that could only be a long option. Statements can begin with a comment. */
const LONG_OPTION = /^--[a-z][\w-]*(=|$)/i;

const NEGATIVE = /^-\.?\d/;

/**
 * Puts the options before the operands. Long options can be anywhere, because people add them at the end, and an
 * unknown one is an error there, too. Other arguments that look like options, such as negative numbers, stay arguments.
 */
function arranged(command: Command, args: readonly string[], targets: Targets): string[] {
  const end = args.indexOf('--');
  const options: string[] = [];
  const operands: string[] = [];
  const isImport = args.slice(0, end < 0 ? args.length : end).some((arg) => /^--import(=|$)/.test(arg));
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
    const [first] = operands;
    // A negative number is no option, and no target.
    const isTargeted = first === undefined ? !NEGATIVE.test(arg) : isTarget(first, targets);
    const implied = targets.fallback === undefined || isTargeted ? 0 : 1;
    const isArgument = operands.length + implied >= (isSql ? 1 : 2);
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
    return { kind: 'call', method, args, format: format ?? 'json', print: printOptions(format ?? 'json', options) };
  }
  if (options.list) return { kind: 'list' };
  const source = sourceOf(sql, file);
  if (operands.length > 0 && (typeof source === 'string' || 'file' in source)) {
    throw new UsageError('arguments need --sql STATEMENT');
  }
  return { kind: 'sql', source, args: operands, format, print: printOptions(format, options), force };
}

function sourceOf(sql: string | undefined, file: string | undefined): Source {
  if (file !== undefined) return { file };
  if (sql === undefined) return 'any';
  return sql === '-' ? 'stdin' : { sql };
}

function parseUrl(text: string, { file }: Targets): URL {
  if (isCutByPassword(text)) throw new UsageError(`malformed URL (${PASSWORD_ESCAPES})`);
  if (file !== '' && /^[\w.-]+$/.test(text)) {
    throw new UsageError(`"${text}" is neither a URL nor a connection of ${file}`);
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    // What is before an @ may be a password.
    throw new UsageError(`invalid URL "${text.replace(/^.*@/s, '...@')}" (expected http:// or https://)`);
  return url;
}

/** @throws {UsageError} if an option has no meaning for the format */
function printOptions(
  format: FormatName | undefined,
  { null: nil, header }: { readonly null?: string; readonly header?: boolean },
): PrintOptions {
  if (header === false && !HEADERS.has(format)) throw new UsageError('--no-header needs --csv, --tsv or --table');
  if (nil !== undefined && NO_NULL_TEXT.has(format)) throw new UsageError('--null needs another format: JSON has null');
  // It is printed as it is.
  if (nil !== undefined && /[\t\r\n]/.test(nil)) throw new UsageError('--null cannot contain tabs and line ends');
  if (format === 'csv' && /[",]/.test(nil ?? ''))
    throw new UsageError('--null of CSV cannot contain quotes and commas');
  return { ...(nil === undefined ? {} : { nil }), ...(header === false ? { header } : {}) };
}
