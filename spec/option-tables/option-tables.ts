import { readFileSync } from 'node:fs';
import { DATABASE_OPTIONS } from '#lib/server/database-options.js';
import { ADMIN_OPTIONS, LISTENER_OPTIONS } from '#lib/server/listener-options.js';
import type { OptionDefinition } from '#lib/server/option-definition.js';
import { DATABASE_LIMITS, OPTIONS } from '#lib/server/options.js';
import { projectFile } from '../support/project-file.js';

/** A row of options, of any kind. */
type Described = Pick<OptionDefinition, 'help'> & Partial<OptionDefinition>;

type Table = Readonly<Record<string, Described>>;

/** The documents with tables of options. Each stands between `<!-- options: NAME -->` and `<!-- end of options -->`. */
export const DOCUMENTS = ['docs/configuration.md', 'docs/limits.md'] as const;

const MARKED = /(?<=<!-- options: (\w+) -->\n).*?(?=<!-- end of options -->)/gs;

const TABLES: Readonly<Record<string, () => string>> = {
  listeners: () => keys(LISTENER_OPTIONS),
  databases: () => keys(DATABASE_OPTIONS, [limitNames(), "the server's", '', 'see [Other settings](#other-settings)']),
  admin: () => keys(prefixed('admin.', ADMIN_OPTIONS)),
  server: () => keys(OPTIONS),
  limits: () => {
    const limits = Object.entries<Described>(OPTIONS).filter(([, { beyond }]) => beyond !== undefined);
    const rows = limits.map(([name, option]) =>
      row(`\`${name}\``, defaultOf(option), notesOf(option), helpOf(option), option.beyond ?? ''),
    );
    return head('option', 'default', 'notes', 'bounds', 'beyond it') + rows.join('');
  },
};

/** Returns a document with the tables of the options as they are. */
export function withTables(document: (typeof DOCUMENTS)[number]): string {
  const text = readFileSync(projectFile(document), 'utf8');
  return text.replace(MARKED, (_table, name: string) => {
    const table = TABLES[name];
    if (table === undefined) throw new Error(`${document}: there is no table of options ${name}`);
    return `\n${table()}\n`;
  });
}

function keys(table: Table, ...last: readonly string[][]): string {
  const rows = Object.entries(table).map(([name, option]) => {
    const { beyond, more } = option;
    const parts = [helpOf(option), beyond === undefined ? '' : `beyond: ${beyond}`, more ?? ''];
    return [`\`${name}\``, defaultOf(option), notesOf(option), parts.filter(Boolean).join('; ')];
  });
  const all = [['key', 'default', 'notes', 'meaning'], ['---', '---', '---', '---'], ...rows, ...last];
  // A column without notes is left out.
  const hasNotes = rows.some(([, , notes]) => notes !== '');
  return all.map((cells) => row(...cells.filter((_cell, i) => hasNotes || i !== 2))).join('');
}

/** That 0 means none is said once for all. */
function helpOf(option: Described): string {
  return defaultOf(option) === 'none' ? option.help.replace(/ \(0: (?:none|no limit)\)/, '') : option.help;
}

function notesOf({ reload, perDatabase }: Described): string {
  if (perDatabase) return 'database';
  return reload === 'restart' ? 'restart' : '';
}

/** 0 turns a limit off. */
function defaultOf({ defaultText = 'none', argument }: Described): string {
  if (argument === '<folder>') return `\`${defaultText}\``;
  return defaultText === '0' && argument !== undefined ? 'none' : defaultText;
}

function limitNames(): string {
  return Object.keys(DATABASE_LIMITS)
    .map((name) => `\`${name}\``)
    .join(', ');
}

function prefixed(prefix: string, table: Table): Table {
  return Object.fromEntries(Object.entries(table).map(([name, option]) => [prefix + name, option]));
}

function head(...cells: readonly string[]): string {
  return row(...cells) + row(...cells.map(() => '---'));
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
}
