import { readdirSync, readFileSync } from 'node:fs';
import { projectFile } from './project-file.js';

/** A code block of a document. */
export interface Fence {
  readonly document: string;
  /** Of the line that begins it. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The nearest one above. */
  readonly heading: string;
}

const FOLDERS = ['.github', 'bench', 'clients', 'deploy', 'docs', 'examples', 'lib', 'spec'];

/** Returns the paths of all documents in Markdown. */
export function documents(): string[] {
  const paths = readdirSync(projectFile('.'));
  for (const folder of FOLDERS) {
    if (!paths.includes(folder)) continue;
    for (const name of readdirSync(projectFile(folder), { recursive: true })) paths.push(`${folder}/${name}`);
  }
  return paths.filter((path) => path.endsWith('.md')).sort();
}

export function textOf(document: string): string {
  return readFileSync(projectFile(document), 'utf8');
}

/**
 * Returns the code blocks of a document.
 *
 * @throws {Error} for a block that does not end, and for a mark that neither begins nor ends one, as CommonMark says
 */
export function fencesOf(document: string, text = textOf(document)): Fence[] {
  const fences: Fence[] = [];
  let heading = '';
  let open: { line: number; mark: string; language: string; lines: string[] } | undefined;
  for (const [i, line] of text.split('\n').entries()) {
    const [, indent = '', mark = '', info = ''] = /^( *)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open) {
      if (mark.startsWith(open.mark) && info.trim() === '') {
        fences.push({ document, line: open.line, language: open.language, text: unindented(open.lines), heading });
        open = undefined;
      } else if (line.includes(open.mark)) throw new Error(`${document}:${i + 1}: a mark that ends no block`);
      else open.lines.push(line);
    } else if (mark) open = { line: i + 1, mark, language: info.trim(), lines: [indent] };
    else if (/```|~~~/.test(line)) throw new Error(`${document}:${i + 1}: a mark that begins no block`);
    else if (/^#+ /.test(line)) heading = line;
  }
  if (open) throw new Error(`${document}:${open.line}: a block that does not end`);
  return fences;
}

/** Returns a program before a change ('-') or after it ('+'). */
export function sideOf(diff: string, side: '-' | '+'): string {
  const lines = diff.split('\n').filter((line) => line === '' || line[0] === ' ' || line[0] === side);
  return lines.map((line) => line.slice(1)).join('\n');
}

/** Removes the indentation of the first line, which belongs to the list that the block is in. */
function unindented([indent = '', ...lines]: readonly string[]): string {
  return lines.map((line) => `${line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()}\n`).join('');
}

/** Returns the text of a document without its code. */
export function proseOf(document: string): string {
  const text = textOf(document).replaceAll(/^( *)(`{3,}|~{3,})[\s\S]*?^ *\2`*~*$/gm, '');
  return text.replaceAll(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, (code) => code.replaceAll(/[[\]()]/g, ' '));
}

/** Returns the anchors of a document, as GitHub makes them of headings. */
export function anchorsOf(document: string): Set<string> {
  const anchors = new Set<string>();
  const text = textOf(document).replaceAll(/^( *)(`{3,}|~{3,})[\s\S]*?^ *\2`*~*$/gm, '');
  for (const [, heading = ''] of text.matchAll(/^#{1,6} +(.*?)(?: +#+)?$/gm)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '');
    const slug = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    for (let n = 0, anchor = slug; ; anchor = `${slug}-${++n}`) {
      if (anchors.has(anchor)) continue;
      anchors.add(anchor);
      break;
    }
  }
  for (const [, id = ''] of text.matchAll(/<a (?:id|name)="([^"]*)"/g)) anchors.add(id);
  return anchors;
}
