import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, isMap, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { VALUE_FORMS } from '../database/rows/value-options.js';
import { ADMIN_OPTIONS, isPath, LISTENER_OPTIONS, OPTIONS, type OptionDefinition } from './options.js';
import { UsageError } from './usage-error.js';

/** The name of an endpoint. */
export const ENDPOINT = /^[\w-]+(\/[\w-]+)*$/;

const DATABASE = z.strictObject({
  /** If both are missing, the URL is in the environment variable NETSVC_DATABASE. */
  url: z.string().optional(),
  'url-file': z.string().optional(),
  users: z.array(z.string(), 'must be a list of users').optional(),
  'read-only': z.boolean('must be true or false').optional(),
  init: z.array(z.string(), 'must be a list of statements').optional(),
  label: z.boolean('must be true or false').optional(),
  'transaction-timeout': OPTIONS['transaction-timeout'].schema.optional(),
  'idle-transaction-timeout': OPTIONS['idle-transaction-timeout'].schema.optional(),
  bigints: form('bigints'),
  decimals: form('decimals'),
  dates: form('dates'),
  nulls: form('nulls'),
  answers: form('answers'),
});

const CONFIGURATION = z.strictObject({
  ...optional(OPTIONS),
  listeners: z
    .array(z.strictObject(optional(LISTENER_OPTIONS)), 'must be a list')
    .min(1, 'must not be empty')
    .optional(),
  admin: z.strictObject(optional(ADMIN_OPTIONS)).optional(),
  databases: z.record(z.string().regex(ENDPOINT, 'invalid endpoint name'), DATABASE).optional(),
});

/** A database in a configuration file. */
export type DatabaseEntry = z.output<typeof DATABASE>;

/** What a configuration file contains, without defaults. */
export interface Configuration {
  /** By name. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly listeners: readonly Readonly<Record<string, unknown>>[];
  readonly admin?: Readonly<Record<string, unknown>> | undefined;
  /** By endpoint. */
  readonly databases: Readonly<Record<string, DatabaseEntry>>;
}

/**
 * Reads a configuration file. File names in it are relative to its folder.
 *
 * @throws {UsageError} with the line and the key of each error
 */
export function readConfiguration(path: string): Configuration {
  const { listeners = [], admin, databases = {}, ...options } = parse(path, readText(path));
  const folder = dirname(path);
  const resolved: Record<string, DatabaseEntry> = {};
  for (const [name, { 'url-file': file, ...entry }] of Object.entries(databases)) {
    resolved[name] = file === undefined ? entry : { ...entry, 'url-file': resolve(folder, file) };
  }
  return {
    options: withPaths(OPTIONS, options, folder),
    listeners: listeners.map((listener) => withPaths(LISTENER_OPTIONS, listener, folder)),
    admin: admin && withPaths(ADMIN_OPTIONS, admin, folder),
    databases: resolved,
  };
}

function parse(path: string, text: string): z.output<typeof CONFIGURATION> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => `${path} line ${lines.linePos(offset).line}`;
  const [broken] = document.errors;
  if (broken) throw new UsageError(`${at(broken.pos[0])}: ${broken.message}`);
  const { error, data } = CONFIGURATION.safeParse(document.toJS() ?? {});
  if (error === undefined) return data;
  const complaints = error.issues.flatMap(problems);
  const told = complaints.map(({ path, message }) => `${at(offsetOf(document, path))}: ${path.join('.')}: ${message}`);
  throw new UsageError(told.join('; '));
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Unknown keys are reported one by one, each with its line. */
function problems(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'unknown key' }));
  }
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return [{ path: issue.path, message }];
}

/** Returns the offset of the key at a path, or of the nearest key above it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let offset = 0;
  for (let length = 1; length <= path.length; length++) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const pair = isMap(parent) ? parent.items.find(({ key: node }) => String(node) === String(key)) : undefined;
    const node = pair?.key ?? document.getIn(path.slice(0, length), true);
    offset = (node as { range?: readonly number[] } | undefined)?.range?.[0] ?? offset;
  }
  return offset;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

function form<Name extends keyof typeof VALUE_FORMS>(name: Name) {
  const forms: readonly string[] = VALUE_FORMS[name];
  return z.enum(VALUE_FORMS[name], `must be ${forms.join(' or ')}`).optional();
}

function optional<Table extends Readonly<Record<string, OptionDefinition>>>(table: Table) {
  const schemas = Object.entries(table).map(([name, { schema }]) => [name, schema.optional()] as const);
  return Object.fromEntries(schemas) as { [Name in keyof Table]: z.ZodOptional<Table[Name]['schema']> };
}

function withPaths(
  table: Readonly<Record<string, OptionDefinition>>,
  given: Readonly<Record<string, unknown>>,
  folder: string,
): Record<string, unknown> {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const definition = table[name];
      return [name, definition && isPath(definition) ? resolve(folder, String(value)) : value];
    }),
  );
}
