import { readFileSync, writeFileSync } from 'node:fs';
import { projectFile } from '../support/project-file.js';

const DOCUMENT = projectFile('docs/clients.md');

/** The outcome of each value, by its name and the column of the client. */
export type Outcomes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** A value that came back equal. */
const EQUAL = '=';

/** Returns the outcome of a value: values that are equal for all clients are not in the table. */
export function outcomeIn(table: Outcomes, value: string, column: string): string | undefined {
  const outcomes = table.get(value);
  return outcomes ? outcomes.get(column) : EQUAL;
}

/** Returns the table of docs/clients.md whose first column has the header `title`. */
export function readTable(title: string): Outcomes {
  const [head = [], , ...rows] = tableLines(title).map(cells);
  return new Map(
    rows.map(([value = '', ...outcomes]) => [value, new Map(outcomes.map((text, i) => [head[i + 1] ?? '', text]))]),
  );
}

/** Replaces the table by the results of a run. Columns of clients that did not run are kept. */
export function writeTable(title: string, columns: readonly string[], seen: Outcomes): void {
  const before = readTable(title);
  const lines = [
    [title, ...columns],
    ['---', ...columns.map(() => '---')],
    ...[...seen]
      .map(([value, outcomes]) => [
        value,
        ...columns.map((column) => outcomes.get(column) ?? outcomeIn(before, value, column) ?? ''),
      ])
      .filter(([, ...outcomes]) => outcomes.some((outcome) => outcome !== EQUAL)),
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
