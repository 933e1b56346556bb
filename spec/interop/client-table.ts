import { readFileSync, writeFileSync } from 'node:fs';
import { projectFile } from '../support/project-file.js';

const DOCUMENT = projectFile('docs/clients.md');

/** What became of each value, by its name and by the column of the client. */
export type Outcomes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The table of docs/clients.md whose first column is headed `title`. */
export function readTable(title: string): Outcomes {
  const [head = [], , ...rows] = tableLines(title).map(cells);
  return new Map(
    rows.map(([value = '', ...outcomes]) => [value, new Map(outcomes.map((text, i) => [head[i + 1] ?? '', text]))]),
  );
}

/** Puts what a run saw in place of the table. Columns of clients that did not run stay as they are. */
export function writeTable(title: string, columns: readonly string[], seen: Outcomes): void {
  const before = readTable(title);
  const lines = [
    [title, ...columns],
    ['---', ...columns.map(() => '---')],
    ...[...seen].map(([value, outcomes]) => [
      value,
      ...columns.map((column) => outcomes.get(column) ?? before.get(value)?.get(column) ?? ''),
    ]),
  ].map((row) => `| ${row.join(' | ')} |`);
  const document = readFileSync(DOCUMENT, 'utf8');
  writeFileSync(
    DOCUMENT,
    document.replace(tableLines(title).join('\n'), () => lines.join('\n')),
  );
}

function tableLines(title: string): string[] {
  const lines = readFileSync(DOCUMENT, 'utf8').split('\n');
  const start = lines.findIndex((line) => cells(line)[0] === title);
  if (start < 0) throw new Error(`docs/clients.md has no table headed ${title}`);
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'));
  return lines.slice(start, end);
}

function cells(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}
