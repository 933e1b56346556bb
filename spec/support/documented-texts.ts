import { readFile } from 'node:fs/promises';
import { projectFile } from './project-file.js';

/** Returns patterns of the texts of fault 54 in docs/errors.md. Words in capitals stand for any text. */
export async function documentedTexts(): Promise<RegExp[]> {
  const page = await readFile(projectFile('docs/errors.md'), 'utf8');
  const [, section = ''] = /^## Fault 54([\s\S]*?)^## /m.exec(page) ?? [];
  const cells = [...section.matchAll(/^\| (`.*?`) \| /gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => {
      const escaped = text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return new RegExp(
        `^${escaped.replaceAll(/\b(?:N|NAMES?|BYTE|REFERENCE|CODE|TEXT|ENCODING|TAG|REASON)\b/g, '.*?')}$`,
        's',
      );
    }),
  );
}
