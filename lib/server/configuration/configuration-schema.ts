import * as z from 'zod';
import { DATABASE_OPTIONS } from './database-options.js';
import { ADMIN_OPTIONS, LISTENER_OPTIONS } from './listener-options.js';
import { DATABASE_LIMITS, OPTIONS } from './options.js';

/** The name of an endpoint. */
export const ENDPOINT = /^[\w-]+(\/[\w-]+)*$/;

function makeSchemas() {
  const database = z.strictObject({ ...optional(DATABASE_OPTIONS), ...optional(DATABASE_LIMITS) });
  const configuration = z.strictObject({
    ...optional(OPTIONS),
    /** Those of the one listener, if there is no list. */
    ...optional(LISTENER_OPTIONS),
    listeners: z
      .array(z.strictObject(optional(LISTENER_OPTIONS)))
      .min(1, 'must not be empty')
      .optional(),
    admin: z.strictObject(optional(ADMIN_OPTIONS)).optional(),
    databases: z.record(z.string().regex(ENDPOINT), database).optional(),
  });
  return { configuration, database };
}

type Schemas = ReturnType<typeof makeSchemas>;

let made: Schemas | undefined;

/** They are made for the first file, because they have several hundred parts. */
function schemas(): Schemas {
  made ??= makeSchemas();
  return made;
}

/** The contents of a configuration file. */
export type ConfigurationData = z.output<Schemas['configuration']>;

/** A database in a configuration file. */
export type DatabaseEntry = z.output<Schemas['database']>;

/** An error, and the path of the key that has it. */
export interface SchemaProblem {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

/** Returns what is valid of a parsed file, and all errors of the rest. */
export function validate(parsed: unknown): {
  readonly data: ConfigurationData;
  readonly problems: readonly SchemaProblem[];
} {
  const problems: SchemaProblem[] = [];
  const valid: unknown = structuredClone(parsed);
  const { configuration } = schemas();
  const { error, data } = configuration.safeParse(valid, { error: typeText });
  if (error === undefined) return { data, problems };
  for (const issue of error.issues) {
    for (const problem of problemsOf(issue)) {
      problems.push(problem);
      remove(valid, problem.path);
    }
  }
  return { data: configuration.safeParse(valid).data ?? {}, problems };
}

/** Unknown keys are reported one by one. */
function problemsOf(issue: z.core.$ZodIssue): SchemaProblem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const known = `known: ${knownKeys(path).sort().join(', ')}`;
    return issue.keys.map((key) => {
      return { path: [...path, key], text: about(path, `unknown key "${key}" (${placeOf(key) ?? known})`) };
    });
  }
  if (issue.code === 'invalid_key') {
    return [{ path, text: about(path.slice(0, -1), `invalid endpoint name "${String(path.at(-1))}"`) }];
  }
  return [{ path, text: about(path, issue.message) }];
}

function about(path: readonly PropertyKey[], text: string): string {
  return path.length === 0 ? text : `${path.map(String).join('.')}: ${text}`;
}

/** Where a key belongs that is unknown in another place. */
function placeOf(key: string): string | undefined {
  if (Object.hasOwn(schemas().configuration.shape, key)) return 'it is a key of the top level';
  return Object.hasOwn(schemas().database.shape, key) ? `it is a key of a database: databases.NAME.${key}` : undefined;
}

/** @param path of a mapping that has only certain keys */
function knownKeys(path: readonly PropertyKey[]): string[] {
  const shapes: Readonly<Record<PropertyKey, object>> = {
    listeners: LISTENER_OPTIONS,
    admin: ADMIN_OPTIONS,
    databases: schemas().database.shape,
  };
  const [top] = path;
  return Object.keys((top === undefined ? undefined : shapes[top]) ?? schemas().configuration.shape);
}

const TYPE_TEXTS: Readonly<Record<string, string>> = {
  string: 'must be a string',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be a mapping',
  record: 'must be a mapping',
};

/** The texts of types that have none in the schema. */
function typeText(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  return issue.input === null ? 'must not be empty' : TYPE_TEXTS[String(issue.expected)];
}

/** Removes the value at a path, or the list that it is in: a list without it would have another meaning. */
function remove(root: unknown, path: readonly PropertyKey[]): void {
  const end = typeof path.at(-1) === 'number' ? path.length - 2 : path.length - 1;
  let parent = root;
  for (const key of path.slice(0, end)) {
    if (typeof parent !== 'object' || parent === null) return;
    parent = Reflect.get(parent, key);
  }
  const key = path[end];
  if (typeof parent === 'object' && parent !== null && key !== undefined) Reflect.deleteProperty(parent, key);
}

function optional<Table extends Readonly<Record<string, { readonly schema: z.ZodType }>>>(table: Table) {
  const schemas = Object.entries(table).map(([name, { schema }]) => [name, schema.optional()] as const);
  return Object.fromEntries(schemas) as { [Name in keyof Table]: z.ZodOptional<Table[Name]['schema']> };
}
