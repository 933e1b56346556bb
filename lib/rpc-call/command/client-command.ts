import { UsageError } from '../client/command-errors.js';
import { quotedName } from '../values/sql-syntax.js';

/** A command to the client itself, which is not sent to the database. */
export interface ClientCommand {
  readonly name: string;
  readonly argument: string;
}

/** The commands of `mysql` and `mariadb`, with their letters. Not one is the beginning of a statement of SQL. */
const COMMANDS = {
  charset: 'C',
  clear: 'c',
  connect: 'r',
  costs: '',
  delimiter: 'd',
  edit: 'e',
  ego: 'G',
  exit: 'q',
  go: 'g',
  help: 'h',
  nocosts: '',
  nopager: 'n',
  notee: 't',
  nowarning: 'w',
  pager: 'P',
  print: 'p',
  prompt: 'R',
  query_attributes: '',
  quit: 'q',
  rehash: '#',
  resetconnection: 'x',
  sandbox: '-',
  source: '.',
  ssl_session_data_print: '',
  status: 's',
  system: '!',
  tee: 'T',
  use: 'u',
  warnings: 'W',
} as const;

const NAMED = /[ \t]*([a-z_]+|\?)/iy;

/** Returns the name of the command at a place where a statement can begin. A blank, or `ending`, follows it. */
export function commandName(text: string, start: number, ending: string): string | undefined {
  NAMED.lastIndex = start;
  const word = NAMED.exec(text)?.[1]?.toLowerCase();
  if (word === undefined || !(word === '?' || Object.hasOwn(COMMANDS, word))) return undefined;
  const end = NAMED.lastIndex;
  return /^(?:[ \t\n\v\f\r]|\\g|$)/i.test(text.slice(end, end + 2)) || text.startsWith(ending, end) ? word : undefined;
}

/** The letters of commands with an argument, which is the rest of the line. */
export const LETTERS_WITH_ARGUMENT: ReadonlySet<string> = new Set('CPRTdru.!');

/** Parses the text of a command, such as `source a.sql` or `\. a.sql`. */
export function parseCommand(text: string): ClientCommand {
  const [, letter = '', word = '', rest = ''] = /^(?:\\(.)|([^ \t\n\v\f\r]+))(.*)$/s.exec(trimmed(text)) ?? [];
  const name = letter === '' ? word.toLowerCase() : (nameOf(letter) ?? `\\${letter}`);
  return { name: name === '?' ? 'help' : name, argument: trimmed(rest) };
}

function nameOf(letter: string): string | undefined {
  if (letter === '?') return 'help';
  return Object.entries(COMMANDS).find(([, known]) => known === letter)?.[0];
}

/** A command of `mysql` that does not exist here. */
export class RefusedCommand extends UsageError {
  constructor({ name }: ClientCommand) {
    const reason = name.startsWith('\\') ? `unknown command ${name}` : `there is no command ${name}, as in mysql`;
    super(`${reason} (\\h lists the commands)`);
  }
}

/** Returns the statement for `use`, whose argument is any name, quoted or not. */
export function useStatement(argument: string): string {
  const quote = argument.charAt(0);
  const quoted = /^(`(?:[^`]|``)+`|'[^']+'|"[^"]+")/.exec(argument)?.[0];
  const name = quoted ? quoted.slice(1, -1).replaceAll(quote + quote, quote) : firstWord(argument);
  return `use ${quotedName(name)}`;
}

/** Returns the statement for `help create table`, whose argument is not quoted. */
export function helpStatement(argument: string): string {
  return `help '${argument.replace(/^['"]|['"]$/g, '').replace(/[\\']/g, '\\$&')}'`;
}

/** Blanks are those of ASCII, because a text can be bytes, of which others are parts of characters. */
export function trimmed(text: string): string {
  return text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
}

export function firstWord(text: string): string {
  return /^[^ \t\n\v\f\r]*/.exec(text)?.[0] ?? '';
}
