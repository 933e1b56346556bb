import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { camel, LISTENER_OPTIONS, OPTIONS, type OptionDefinition } from './options.js';
import { UsageError } from './usage-error.js';

/** What the command line says, and nothing that it does not. */
export interface CommandLine {
  readonly action: 'serve' | 'check' | 'print';
  /** The configuration file. */
  readonly config: string | undefined;
  /** By their names. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly listener: Readonly<Record<string, unknown>>;
  /** `[NAME=]URL` each. */
  readonly databases: readonly string[];
}

/**
 * Reads the command line, without the program's name.
 *
 * @throws {UsageError}
 */
export function parseCommandLine(args: readonly string[], version: string): CommandLine {
  const command = describeCommand(version);
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new UsageError(error.message.replace(/^error: /, ''), error.exitCode === 0);
  }
  const { config, checkConfig, printConfig, database } = command.opts<{
    config?: string;
    checkConfig?: true;
    printConfig?: true;
    database?: string[];
  }>();
  return {
    action: checkConfig ? 'check' : printConfig ? 'print' : 'serve',
    config,
    options: given(command, OPTIONS),
    listener: given(command, LISTENER_OPTIONS),
    databases: database ?? [],
  };
}

function describeCommand(version: string): Command {
  const command = new Command('netsvc')
    .description('Gives XML-RPC clients MySQL cursor sessions of their own.')
    .option('--config <file>', 'configuration in YAML; flags override it')
    .option('--check-config', 'say whether the configuration is valid, and end')
    .option('--print-config', 'print the configuration with all that it leaves out, without passwords, and end')
    .option(
      '--database <[name=]url>',
      'a database to serve, as mysql://user:password@host:port/database, or @FILE that has the URL in it; may be given more than ' +
        'once (default: NETSVC_DATABASE, else a private MariaDB)',
      (value: string, before: string[] = []) => [...before, value],
    );
  for (const table of [LISTENER_OPTIONS, OPTIONS]) addOptions(command, table);
  return command
    .version(version)
    .addHelpText('after', '\nnetsvc passwd <file> <user> sets the password of a user in a --users file.')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

/** Without their defaults: what is not given here the file may give. */
function addOptions(command: Command, table: Readonly<Record<string, OptionDefinition>>): void {
  for (const [name, { schema, argument, help, standard }] of Object.entries(table)) {
    const text = standard ? `${help} (default: ${standard})` : help;
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
    const value: unknown = command.getOptionValue(camel(name));
    if (value !== undefined) values[name] = value;
  }
  return values;
}
