import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isMap, isScalar, LineCounter, type Pair, parseDocument } from 'yaml';
import { orFail } from '../../system/system-error.js';
import { UsageError } from '../client/command-errors.js';
import type { FormatName } from '../formats/formats.js';
import { FORMAT_NAMES } from './command-declaration.js';
import type { SavedConnection } from './saved-connections.js';

/** The connections of a file, and what is wrong with the file itself. */
export interface ConnectionFile {
  readonly connections: ReadonlyMap<string, SavedConnection>;
  readonly warning?: string;
}

/** The keys of a connection. */
interface Entry {
  url?: URL;
  user?: string;
  password?: string;
  'password-file'?: string;
  'password-command'?: string | readonly string[];
  format?: FormatName;
}

type Key = keyof Entry;

const PASSWORDS = ['password', 'password-file', 'password-command'] as const satisfies readonly Key[];

/** Throws an error that begins with the file and the line. */
type Fail = (text: string) => never;

/**
 * Reads the connections of a file.
 *
 * @throws {UsageError} with the file and the line
 */
export function readConnections(path: string): ConnectionFile {
  const lines = new LineCounter();
  const text = orFail(UsageError, path, () => readFileSync(path, 'utf8'));
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const failAt = (offset: number): Fail => {
    const { line } = lines.linePos(offset);
    return (problem) => {
      throw new UsageError(`${path}: line ${line}: ${problem}`);
    };
  };
  const [error] = document.errors;
  if (error) failAt(error.pos[0])(error.message);
  const connections = new Map<string, SavedConnection>();
  if (document.contents === null) return { connections };
  if (!isMap(document.contents)) return failAt(0)('must be a mapping of names to connections');
  let isSecret = false;
  for (const pair of document.contents.items) {
    const entry = entryOf(pair, failAt);
    isSecret ||= entry.password !== undefined || (entry.url?.password ?? '') !== '';
    connections.set(String(keyOf(pair)), connectionOf(entry, failAt(offsetOf(pair))));
  }
  const isReadable = (statSync(path).mode & 0o044) !== 0;
  const warning = `${path} contains a password, and others can read it: chmod 600 ${path}`;
  return isSecret && isReadable ? { connections, warning } : { connections };
}

function entryOf(pair: Pair, failAt: (offset: number) => Fail): Entry {
  const name = String(keyOf(pair));
  if (!/^\w[\w.-]*$/.test(name)) failAt(offsetOf(pair))(`invalid name "${name}" (letters, digits, _ . -)`);
  if (!isMap(pair.value)) return failAt(offsetOf(pair))(`${name} must have keys such as url`);
  const entry: Entry = {};
  for (const item of pair.value.items) {
    const fail = failAt(offsetOf(item));
    const key = String(keyOf(item));
    const value = isMap(item.value) ? undefined : plainValue(item);
    if (key === 'password-command' && isCommand(value)) entry[key] = value;
    else if (typeof value !== 'string') fail(isKey(key) ? `${key} must be a string` : `unknown key "${key}"`);
    else if (key === 'url') entry.url = urlOf(value, fail);
    else if (key === 'format') entry.format = FORMAT_NAMES.find((known) => known === value) ?? fail(formatError(value));
    else if (key === 'user' || key === 'password' || key === 'password-file') entry[key] = value;
    else fail(`unknown key "${key}"`);
  }
  return entry;
}

function isKey(key: string): boolean {
  return key === 'url' || key === 'user' || key === 'format' || PASSWORDS.some((known) => known === key);
}

function isCommand(value: unknown): value is string | readonly string[] {
  const words = Array.isArray(value) ? value : [value];
  return words.length > 0 && words.every((word) => typeof word === 'string' && word !== '');
}

function formatError(value: string): string {
  return `unknown format "${value}" (${FORMAT_NAMES.join(', ')})`;
}

function urlOf(value: string, fail: Fail): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  // What is before an @ may be a password.
  if (!url || !/^https?:$/.test(url.protocol)) return fail(`invalid url "${value.replace(/^.*@/s, '...@')}"`);
  return url;
}

function connectionOf(entry: Entry, fail: Fail): SavedConnection {
  const { url, user, format, password, 'password-file': file, 'password-command': command } = entry;
  if (url === undefined) return fail('url is missing');
  const given = PASSWORDS.filter((key) => entry[key] !== undefined);
  if (given.length > 1) fail(`${given.join(' and ')} exclude each other`);
  if (given.length > 0 && user === undefined && url.username === '') fail(`${given[0]} needs user`);
  const common = { url, ...(user === undefined ? {} : { user }), ...(format === undefined ? {} : { format }) };
  if (password !== undefined) return { ...common, password: () => password };
  if (file !== undefined) return { ...common, password: () => firstLineOf(file.replace(/^~(?=\/)/, homedir()), fail) };
  return command === undefined ? common : { ...common, password: () => outputOf(command, fail) };
}

function firstLineOf(file: string, fail: Fail): string {
  try {
    return firstLine(readFileSync(file, 'utf8'));
  } catch {
    return fail(`password-file: cannot read ${file}`);
  }
}

/** Runs a list of words as it is, and a string by the shell. It can ask on the terminal. */
function outputOf(command: string | readonly string[], fail: Fail): string {
  const [program = '', ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
  const { status, signal, stdout, error } = spawnSync(program, args, { stdio: ['inherit', 'pipe', 'inherit'] });
  if (error) return fail(`password-command: cannot run ${program}`);
  if (status !== 0) return fail(`password-command ended with ${signal ?? `status ${status}`}`);
  return firstLine(stdout.toString('utf8')) || fail('password-command printed no password');
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? '';
}

function keyOf({ key }: Pair): unknown {
  return isScalar(key) ? key.value : key;
}

/** Numbers are text too: a password can consist of digits. */
function plainValue({ value }: Pair): unknown {
  if (isScalar(value)) return typeof value.value === 'number' ? value.source : value.value;
  const { items } = value as { readonly items?: readonly unknown[] };
  return items?.map((item) => (isScalar(item) ? (item.source ?? String(item.value)) : undefined));
}

function offsetOf({ key }: Pair): number {
  return isScalar(key) ? (key.range?.[0] ?? 0) : 0;
}
