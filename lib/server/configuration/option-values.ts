import type { z } from 'zod';
import type { OptionDefinition } from './option-definition.js';

/** The values of a table of options, by their names in camel case. */
export type Values<Table extends Record<string, OptionDefinition>> = {
  readonly [Name in keyof Table & string as CamelCase<Name>]: z.output<Table[Name]['schema']>;
};

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/**
 * Returns the values of all options in a table: those that are given, and the defaults of the others.
 *
 * @param given parsed by their schemas
 */
export function withDefaults<Table extends Record<string, OptionDefinition>>(
  table: Table,
  given: Readonly<Record<string, unknown>>,
): Values<Table> {
  const values: Record<string, unknown> = {};
  for (const [name, { schema, defaultText, argument }] of Object.entries(table)) {
    const missing = argument === undefined ? false : defaultText;
    const value = given[name] ?? (missing === undefined ? undefined : schema.parse(missing));
    values[camelCase(name)] = value;
  }
  return values as Values<Table>;
}

/** Whether the value of an option is the name of a file or folder. */
export function isPath({ argument }: OptionDefinition): boolean {
  return argument === '<file>' || argument === '<folder>';
}

/** Converts `max-sessions` to `maxSessions`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_match, letter: string) => letter.toUpperCase());
}
