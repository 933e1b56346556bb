import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, isMap, LineCounter, parseDocument } from 'yaml';
import { orFail } from '../../system/system-error.js';
import { type ConfigurationData, type DatabaseEntry, validate } from './configuration-schema.js';
import { ADMIN_OPTIONS, LISTENER_OPTIONS } from './listener-options.js';
import type { OptionDefinition } from './option-definition.js';
import { isPath } from './option-values.js';
import { OPTIONS } from './options.js';
import { type Position, type Problems, UsageError } from './problems.js';

/** Errors whose text in the library is for programmers. */
const YAML_ERRORS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'duplicate key',
  MULTIPLE_DOCS: 'must be a single document',
};

type Path = readonly PropertyKey[];

/** What a configuration file contains, without defaults. */
export interface Configuration {
  /** By name. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly listeners: readonly Readonly<Record<string, unknown>>[];
  readonly admin?: Readonly<Record<string, unknown>> | undefined;
  /** By endpoint. */
  readonly databases: Readonly<Record<string, DatabaseEntry>>;
  /** Returns the line of the key at a path, or of the nearest key above it; undefined without a file. */
  readonly position: (path: Path) => Position | undefined;
}

/** If there is no configuration file. */
export const NO_FILE: Configuration = {
  options: {},
  listeners: [],
  databases: {},
  position: () => undefined,
};

/**
 * Reads a configuration file. File names in it are relative to its folder.
 *
 * @param problems receives the errors in the file
 * @returns what is valid
 * @throws {UsageError} if there is no such file, or it is not in YAML
 */
export function readConfiguration(path: string, problems: Problems): Configuration {
  const text = orFail(UsageError, path, () => readFileSync(path, 'utf8'));
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => ({ file: path, line: lines.linePos(offset).line });
  for (const { code, message, pos } of document.errors) {
    problems.add(YAML_ERRORS[code] ?? message, at(pos[0]));
  }
  problems.check();
  const { data, problems: invalid } = validate(valuesOf(path, document));
  // Without a list, the keys of the only listener are those of the file.
  const isOnly = !document.has('listeners');
  const position = (key: Path) => at(offsetOf(document, isOnly && key[0] === 'listeners' ? key.slice(2) : key));
  for (const problem of invalid) problems.add(problem.text, position(problem.path));
  return { ...withFolder(dirname(path), data, position, problems), position };
}

function withFolder(
  folder: string,
  { listeners, admin, databases = {}, ...others }: ConfigurationData,
  position: (path: Path) => Position,
  problems: Problems,
): Omit<Configuration, 'position'> {
  const options: Record<string, unknown> = {};
  const listener: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(others)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(LISTENER_OPTIONS, name)) options[name] = value;
    else if (listeners === undefined) listener[name] = value;
    else problems.add(`${name} and listeners are mutually exclusive: set it in each listener`, position([name]));
  }
  const resolved: Record<string, DatabaseEntry> = {};
  for (const [name, { 'url-file': file, ...entry }] of Object.entries(databases)) {
    resolved[name] = file === undefined ? entry : { ...entry, 'url-file': resolve(folder, file) };
  }
  return {
    options: withPaths(OPTIONS, options, folder),
    listeners: (listeners ?? [listener]).map((given) => withPaths(LISTENER_OPTIONS, given, folder)),
    admin: admin && withPaths(ADMIN_OPTIONS, admin, folder),
    databases: resolved,
  };
}

/** Returns the offset of the key at a path, or of the nearest key above it. */
function offsetOf(document: Document, path: Path): number {
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

function valuesOf(path: string, document: Document): unknown {
  // It fails for aliases that expand to too much.
  return orFail(UsageError, path, () => document.toJS() ?? {});
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
