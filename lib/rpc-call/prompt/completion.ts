import { StatementSplitter } from '../sql/statement-splitter.js';
import { quotedName } from '../values/sql-syntax.js';
import type { SchemaNames } from './schema-names.js';
import { RESERVED_WORDS, WORDS } from './sql-words.js';

/** What a word can be completed to. */
export interface Completion {
  /** The end of the text. */
  readonly word: string;
  /** In their order. */
  readonly names: readonly string[];
}

const PLAIN = '[\\w$\\u0080-\\uffff]+';
const NAME = `(?:\`(?:[^\`]|\`\`)*\`|${PLAIN})`;

/** Up to two names before points, and the word. */
const WORD = new RegExp(`((?:${NAME}\\s*\\.\\s*){0,2})(\`[^\`]*|(?:${PLAIN})?)$`);

/** A name, or two, and what can be an alias. */
const REFERENCE = new RegExp(`(${NAME})(?:\\s*\\.\\s*(${NAME}))?(?=(?:\\s+(?:as\\s+)?(${NAME}))?)`, 'gi');

/** The argument of `use` can be any name without quotes. */
const UNQUOTED_DATABASE = /^\s*(?:use|\\u)\s+([^\s`'";]*)$/i;
const BEFORE_DATABASE = /(^\s*(use|\\u)|\b(database|schema|tables\s+(from|in)))\s+$/i;
const BEFORE_TABLE = /\b((from|join|into|update|references)\s+|from\s[^()]*,\s*)$/i;
const BEFORE_TABLE_OR_WORD = /\b(table|tables|describe|desc|explain|truncate)\s+$/i;

/** Those that people type. */
const COMMANDS = ['clear', 'delimiter', 'edit', 'exit', 'help', 'quit', 'rehash', 'source', 'status'];

/**
 * Completes the end of a text with words of SQL and names.
 *
 * @param text up to the cursor
 * @param rest of the line, which can name tables
 */
export function complete(text: string, rest: string, names: SchemaNames): Completion {
  const splitter = new StatementSplitter();
  splitter.write(text);
  const [, qualifiers = '', word = ''] = WORD.exec(text) ?? [];
  if (splitter.state === "'" || splitter.state === '"' || splitter.state === '/*') return { word, names: [] };
  const line = text.slice(text.lastIndexOf('\n') + 1);
  const statement = splitter.text === '' ? line : text.slice(text.lastIndexOf(splitter.text));
  const before = statement.slice(0, statement.length - word.length);
  const database = UNQUOTED_DATABASE.exec(line)?.[1];
  if (database !== undefined) return { word: database, names: matching(database, names.databases) };
  const parents = [...qualifiers.matchAll(new RegExp(NAME, 'g'))].map(([name]) => unquoted(name));
  const found =
    parents.length > 0
      ? matching(word, members(parents, statement + rest, names))
      : alone(word, before, statement + rest, names);
  return { word, names: [...new Set(found)].sort() };
}

/** A table that a statement names. */
interface Reference {
  readonly table: string;
  readonly database: string | undefined;
  readonly alias: string | undefined;
}

/** Completes a word without names before it. */
function alone(word: string, before: string, statement: string, names: SchemaNames): string[] {
  if (BEFORE_DATABASE.test(before)) return matching(word, names.databases);
  const objects = [...names.tables(), ...names.databases];
  if (BEFORE_TABLE.test(before)) return matching(word, objects);
  if (BEFORE_TABLE_OR_WORD.test(before)) {
    const found = matching(word, objects);
    if (found.length > 0) return found;
  }
  const references = referencesIn(statement, names);
  const columns = references.flatMap(({ table, database }) => names.columns(table, database));
  if (word === '') return matching(word, columns);
  const own = matching(word, columns);
  const aliases = references.flatMap(({ alias }) => alias ?? []);
  const named = [
    ...(own.length > 0 ? own : matching(word, names.columns())),
    ...matching(word, [...objects, ...aliases]),
  ];
  const known = words(word, before.trim() === '' ? [...WORDS, ...COMMANDS] : WORDS);
  // As in mysql, whose words are in upper case.
  const [first, second] = word === word.toUpperCase() || before.trim() === '' ? [known, named] : [named, known];
  return first.length > 0 ? first : second;
}

/** Returns what can stand behind names and a point. */
function members([first = '', second]: readonly string[], statement: string, names: SchemaNames): string[] {
  // Until they arrive, there are none.
  if (names.isDatabase(first)) void names.want(first);
  if (second !== undefined) return [...names.columns(second, first)];
  const aliased = referencesIn(statement, names).filter(({ alias }) => alias?.toLowerCase() === first.toLowerCase());
  const columns = aliased.flatMap(({ table, database }) => names.columns(table, database));
  return [...columns, ...names.columns(first), ...names.tables(first)];
}

function referencesIn(statement: string, names: SchemaNames): Reference[] {
  const tables = new Set(names.tables().map((table) => table.toLowerCase()));
  return [...statement.matchAll(REFERENCE)].flatMap(([, first = '', second, third]): Reference[] => {
    const alias = third === undefined || RESERVED_WORDS.has(third.toLowerCase()) ? undefined : unquoted(third);
    const [name, member] = [unquoted(first), second && unquoted(second)];
    if (member !== undefined && names.columns(member, name).length > 0)
      return [{ database: name, table: member, alias }];
    return tables.has(name.toLowerCase()) ? [{ database: undefined, table: name, alias }] : [];
  });
}

/** Returns the names that begin with a word, in quotes where they need them, or the word has one. */
function matching(word: string, names: readonly string[]): string[] {
  const isQuoted = word.startsWith('`');
  const beginning = word.replace('`', '').toLowerCase();
  return names
    .filter((name) => name.toLowerCase().startsWith(beginning))
    .map((name) => (isQuoted || needsQuotes(name) ? quotedName(name) : name));
}

function needsQuotes(name: string): boolean {
  return !/^[A-Za-z_][\w$]*$/.test(name) || RESERVED_WORDS.has(name.toLowerCase());
}

/** In the case of the word. */
function words(word: string, all: readonly string[]): string[] {
  const found = all.filter((known) => known.startsWith(word.toLowerCase()));
  return word === word.toUpperCase() ? found.map((known) => known.toUpperCase()) : found;
}

function unquoted(name: string): string {
  return name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name;
}
