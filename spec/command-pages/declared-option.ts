import type { Command } from 'commander';
import { ADMIN_OPTIONS, LISTENER_OPTIONS } from '#lib/server/configuration/listener-options.js';
import { OPTIONS } from '#lib/server/configuration/options.js';

/** An option of a command, as pages describe it. */
export interface DeclaredOption {
  /** Such as `-f, --force` and `--file <file>`. */
  readonly flags: string;
  /** Such as `-f` and `--force`. */
  readonly names: readonly string[];
  readonly help: string;
  /** The placeholder of its value, if it has one. */
  readonly argument: string | undefined;
  readonly optional: boolean;
  /** The values that it can have; undefined if there are others. */
  readonly choices: readonly string[] | undefined;
  /** The long names of the options that cannot be given with it. */
  readonly conflicts: readonly string[];
}

/** What commander keeps of an option without a documented way to read it. */
interface Conflicts {
  readonly conflictsWith: readonly string[];
}

export function optionsOf(command: Command): DeclaredOption[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => {
      const { flags, short, long, description, required, optional, argChoices } = option;
      const [, argument] = /[<[]([^ ]*)[>\]]$/.exec(flags) ?? [];
      const isTold = argChoices !== undefined && !description.includes(argChoices.join(', '));
      return {
        flags,
        names: [short, long].filter((name) => name !== undefined && name !== null) as string[],
        help: isTold ? `${description} (${argChoices.join(', ')})` : description,
        argument: required || optional ? argument : undefined,
        optional,
        choices: argChoices ?? choicesOf(long?.slice(2) ?? ''),
        conflicts: (option as unknown as Conflicts).conflictsWith.map((name) => `--${name}`),
      };
    });
}

/** The options of netsvc check their values by schemas. */
function choicesOf(name: string): readonly string[] | undefined {
  const tables: Readonly<Record<string, { readonly schema: object }>> = {
    ...LISTENER_OPTIONS,
    ...OPTIONS,
    'admin-port': ADMIN_OPTIONS.port,
  };
  const schema = tables[name]?.schema;
  if (schema === undefined || !('options' in schema) || !Array.isArray(schema.options)) return undefined;
  return schema.options.every((value) => typeof value === 'string') ? schema.options : undefined;
}

/** Whether the value of an option is the name of a file or folder. */
export function isFile({ argument }: DeclaredOption): boolean {
  return argument === 'file' || argument === 'folder';
}
