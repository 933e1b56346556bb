import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ADMIN_OPTIONS, LISTENER_OPTIONS } from './listener-options.js';
import type { OptionDefinition } from './option-definition.js';
import { camelCase } from './option-values.js';
import { OPTIONS } from './options.js';
import { UsageError } from './problems.js';

/** What to do with the settings. `connect` checks the databases, `ready` asks a running server whether it is ready. */
export type Action = 'serve' | 'check' | 'connect' | 'print' | 'ready';

/** What the command line contains, without defaults. */
export interface CommandLine {
  readonly action: Action;
  /** The configuration file. */
  readonly config: string | undefined;
  /** By name. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly listener: Readonly<Record<string, unknown>>;
  readonly adminPort: number | undefined;
  /** The URL of the running server of `--ready`, if there is one. */
  readonly readyUrl: string | undefined;
  /** Each is `[NAME=]URL`. */
  readonly databases: readonly string[];
}

/**
 * Parses the command line, without the program name.
 *
 * @throws {UsageError}
 */
export function parseCommandLine(args: readonly string[], version: string): CommandLine {
  const command = describeCommand(version);
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new UsageError(textOf(error), error.exitCode === 0);
  }
  const { config, checkConfig, checkDatabase, printConfig, ready, adminPort, database } = command.opts<{
    config?: string;
    checkConfig?: true;
    checkDatabase?: true;
    printConfig?: true;
    ready?: string | true;
    adminPort?: number;
    database?: string[];
  }>();
  return {
    action: ready ? 'ready' : checkDatabase ? 'connect' : checkConfig ? 'check' : printConfig ? 'print' : 'serve',
    config,
    options: given(command, OPTIONS),
    listener: given(command, LISTENER_OPTIONS),
    adminPort,
    readyUrl: ready === true ? undefined : ready,
    databases: database ?? [],
  };
}

/** Errors of usage that their text does not explain. */
const EXPLAINED_BY_HELP = new Set(['commander.unknownOption', 'commander.excessArguments']);

function textOf({ code, message }: CommanderError): string {
  const text = message.replace(/^error: /, '').replace(' is invalid. ', ' is invalid: ');
  const suggested = text.replace(/\n\(Did you mean (?:one of )?(.*)\?\)$/, ' ($1?)');
  return suggested === text && EXPLAINED_BY_HELP.has(code) ? `${text} (see --help)` : suggested;
}

/** Declares the flags of `bin/netsvc`. */
export function describeCommand(version: string): Command {
  const command = new Command('netsvc')
    .description('XML-RPC gateway to MySQL with a cursor session for each client.')
    .option('--config <file>', 'configuration file in YAML; flags override it')
    .option('--check-config', 'validate the configuration without connecting to a database, and exit')
    .option('--check-database', 'connect to each database once, print the result, and exit with 0 or 1')
    .option('--print-config', 'print the configuration with all defaults, without passwords, and exit')
    .option(
      '--ready [url]',
      'ask the admin listener of a running server, by its URL or @FILE, if it is ready, and exit with 0 or 1',
    )
    .option(
      '--database <[name=]url>',
      'database to serve, such as mysql://user:password@host:port/database, or @FILE with the URL; can be repeated ' +
        '(default: NETSVC_DATABASE, else a private MySQL or MariaDB server)',
      (value: string, before: string[] = []) => [...before, value],
    );
  const tables = [LISTENER_OPTIONS, OPTIONS, { 'admin-port': ADMIN_OPTIONS.port }];
  for (const table of tables) addOptions(command, table);
  return command
    .version(version)
    .addHelpText('after', '\nnetsvc passwd <file> <user> sets the password of a user in a password file.')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

/** Defaults are not set here, because the configuration file comes before them. */
function addOptions(command: Command, table: Readonly<Record<string, OptionDefinition>>): void {
  for (const [name, { schema, argument, help, defaultText }] of Object.entries(table)) {
    const text = defaultText ? `${help} (default: ${defaultText})` : help;
    if (argument === undefined) {
      command.option(`--${name}`, text);
      continue;
    }
    const read = (value: string) => {
      const { error, data } = schema.safeParse(value);
      if (error) throw new InvalidArgumentError(error.issues[0]?.message ?? '');
      return data;
    };
    command.addOption(new Option(`--${name} ${argument}`, text).argParser(read));
  }
}

function given(command: Command, table: Readonly<Record<string, OptionDefinition>>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(table)) {
    const value: unknown = command.getOptionValue(camelCase(name));
    if (value !== undefined) values[name] = value;
  }
  return values;
}
