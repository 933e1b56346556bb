import { UsageError } from '../client/command-errors.js';

/** A name, which can be quoted as in SQL, and what follows it. */
const NAME = /^(?:`((?:[^`]|``)+)`|([^`]+?))$/s;

/** Parses `table` or `database.table`. @throws {UsageError} */
export function parseTable(text: string): string[] {
  const names = parseNames(text, '.');
  if (names.length <= 2) return names;
  throw new UsageError(`invalid table "${text}": quote a name that contains a dot, as in \`a.b\``);
}

/** Parses names that are separated by a character, which quoted ones may contain. @throws {UsageError} */
export function parseNames(text: string, separator: string): string[] {
  const parts = text.match(new RegExp(`(?:\`(?:[^\`]|\`\`)*\`|[^${separator}\`]|\`)+|^$`, 'gs')) ?? [];
  const names = parts.map((part) => {
    const [, quoted, plain] = NAME.exec(part.trim()) ?? [];
    return quoted?.replaceAll('``', '`') ?? plain;
  });
  const valid = names.filter((name) => name !== undefined);
  if (valid.length !== parts.length || valid.length !== text.replace(QUOTED, '').split(separator).length) {
    throw new UsageError(`invalid name in "${text}"`);
  }
  return valid;
}

const QUOTED = /`(?:[^`]|``)*`/gs;

/** Quotes a name for SQL in which percent signs are doubled. */
export function quotedName(name: string): string {
  return `\`${name.replaceAll('`', '``').replaceAll('%', '%%')}\``;
}
