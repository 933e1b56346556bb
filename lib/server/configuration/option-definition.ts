import type { z } from 'zod';
import type { OptionType } from './option-types.js';

/**
 * The part of a running server that applies a change of an option: see `NetsvcServer`. Those of `use` are read whenever
 * they are used. `restart`: no part can, and a reload that changes the option is refused.
 */
export type AppliedBy = 'databases' | 'listeners' | 'log' | 'memory' | 'use' | 'users' | 'restart';

/**
 * An option: a flag of the command line and a key of the configuration file. The schema of the file, the flags, the
 * keys of databases, the effective configuration and what a reload applies are derived from these.
 */
export interface OptionDefinition<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** The placeholder of the flag's argument; undefined for a flag without one. */
  readonly argument?: string;
  /** What it is, in the text of `--help` and in the documents. */
  readonly help: string;
  /** What happens beyond a limit, in Markdown; undefined for an option that is no limit. */
  readonly beyond?: string;
  /** What the documents say besides, in Markdown. */
  readonly more?: string;
  /** The default in text form; undefined if there is none. */
  readonly defaultText?: string;
  readonly reload: AppliedBy;
  /** It can change, but not whether there is one at all: that requires a restart. */
  readonly presence?: 'fixed';
  /** A database can have a value of its own, by a key of the same name. */
  readonly perDatabase?: true;
}

export function option<
  Schema extends z.ZodType,
  const Scope extends Pick<OptionDefinition, 'reload' | 'presence' | 'perDatabase'>,
>(
  type: OptionType<Schema>,
  help: string,
  { defaultText, ...scope }: Pick<OptionDefinition, 'defaultText' | 'beyond' | 'more'> & Scope,
) {
  return { ...type, help, ...scope, ...(defaultText === undefined ? {} : { defaultText }) };
}
