import { readFileSync } from 'node:fs';
import { DATABASE_OPTIONS } from '#lib/server/configuration/database-options.js';
import { ADMIN_OPTIONS, LISTENER_OPTIONS } from '#lib/server/configuration/listener-options.js';
import type { OptionDefinition } from '#lib/server/configuration/option-definition.js';
import { OPTIONS } from '#lib/server/configuration/options.js';
import { projectFile } from '../support/project-file.js';

/** A row of options, of any kind. */
type Described = Pick<OptionDefinition, 'help'> & Partial<OptionDefinition>;

type Table = Readonly<Record<string, Described>>;

/** The options of the server by topic: each is in one table. */
const TOPICS = {
  access: ['users', 'insecure', 'login-failures', 'login-exempt', 'allow', 'deny', 'trusted-proxies'],
  connections: ['connections', 'connections-per-user', 'connect-wait', 'max-connection-age', 'pin'],
  clients: ['max-sessions', 'max-sessions-per-user', 'max-sessions-per-host', 'max-timeout', 'max-clients'],
  times: ['query-timeout', 'transaction-timeout', 'idle-transaction-timeout'],
  sizes: ['max-request', 'result-memory', 'max-result', 'memory', 'memory-per-user', 'memory-per-session'],
  logs: ['log-level', 'log-statements', 'slow-query', 'audit-log', 'audit-statements', 'metrics-per-user'],
  process: ['data', 'instance', 'wait-for-database', 'drain', 'grace'],
} as const satisfies Readonly<Record<string, readonly (keyof typeof OPTIONS)[]>>;

/** Has the tables of options. Each stands between `<!-- options: NAME -->` and `<!-- end of options -->`. */
export const DOCUMENT = 'docs/configuration.md';

const HEAD = ['key', 'default', 'meaning', 'beyond it'] as const;

const MARKED = /(?<=<!-- options: (\w+) -->\n).*?(?=<!-- end of options -->)/gs;

/** The tables of options, by name. */
const TABLES: ReadonlyMap<string, Table> = new Map<string, Table>([
  ['listeners', LISTENER_OPTIONS],
  ['databases', DATABASE_OPTIONS],
  ['admin', prefixed('admin.', ADMIN_OPTIONS)],
  ...Object.entries(TOPICS).map(([topic, names]) => [topic, chosen(names)] as const),
]);

/** Returns the document with the tables of the options as they are. */
export function withTables(): string {
  return readFileSync(projectFile(DOCUMENT), 'utf8').replace(MARKED, (_table, name: string) => {
    const table = TABLES.get(name);
    if (table === undefined) throw new Error(`${DOCUMENT}: there is no table of options ${name}`);
    return `\n${written(table)}\n`;
  });
}

/** Returns the names of the tables that the document has. */
export function tableNames(): string[] {
  return [...readFileSync(projectFile(DOCUMENT), 'utf8').matchAll(MARKED)].map(([, name = '']) => name);
}

/** The names of all tables, and of the options of the server in them. */
export const ALL_TABLES: readonly string[] = [...TABLES.keys()];
export const TABULATED: readonly string[] = Object.values(TOPICS).flat();

function chosen(names: readonly (keyof typeof OPTIONS)[]): Table {
  return Object.fromEntries(names.map((name) => [name, OPTIONS[name]]));
}

/** A column that no row uses is left out. */
function written(table: Table): string {
  const rows = Object.entries(table).map(([name, option]) => [
    `\`${name}\`${noteOf(option)}`,
    defaultOf(option),
    [helpOf(option), option.more].filter(Boolean).join('; '),
    option.beyond ?? '',
  ]);
  const isUsed = HEAD.map((_title, i) => rows.some((cells) => cells[i] !== ''));
  const all = [HEAD, HEAD.map(() => '---'), ...rows];
  return all.map((cells) => row(...cells.filter((_cell, i) => isUsed[i]))).join('');
}

/** That 0 means none is said once for all. */
function helpOf(option: Described): string {
  return defaultOf(option) === 'none' ? option.help.replace(/ \(0: (?:none|no limit)\)/, '') : option.help;
}

function noteOf({ reload, perDatabase }: Described): string {
  if (perDatabase) return ' *database*';
  return reload === 'restart' ? ' *restart*' : '';
}

/** 0 turns a limit off. */
function defaultOf({ defaultText = 'none', argument }: Described): string {
  if (argument === '<folder>') return `\`${defaultText}\``;
  return defaultText === '0' && argument !== undefined ? 'none' : defaultText;
}

function prefixed(prefix: string, table: Table): Table {
  return Object.fromEntries(Object.entries(table).map(([name, option]) => [prefix + name, option]));
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
}
