import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectFile } from '../support/project-file.js';

/** A declaration as the compiler writes it, with the text of its comment. */
export interface Declaration {
  readonly name: string;
  readonly kind: 'class' | 'function' | 'const' | 'interface' | 'type';
  readonly comment: string;
  /** Without `export` and `declare`. */
  readonly signature: string;
  /** Of a class. */
  readonly members: readonly Member[];
}

export interface Member {
  readonly name: string;
  readonly comment: string;
  /** Each overload. */
  readonly signatures: readonly string[];
}

/** Returns what a module of dist/ exports, by name. */
export function exportsOf(index: string): Declaration[] {
  const file = projectFile(`dist/${index}`);
  const found: Declaration[] = [];
  for (const [, names = '', from = ''] of readFileSync(file, 'utf8').matchAll(/\{([^}]*)\} from '([^']*)\.js'/g)) {
    const declared = new Map(declarationsIn(join(dirname(file), `${from}.d.ts`)).map((made) => [made.name, made]));
    for (const name of names.match(/\w+(?=\s*(?:,|$))/g) ?? []) {
      const declaration = declared.get(name);
      if (declaration === undefined) throw new Error(`${from} does not declare ${name}`);
      found.push(declaration);
    }
  }
  return found.sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** The compiler begins each declaration on a line of its own. */
function declarationsIn(file: string): Declaration[] {
  const declarations: Declaration[] = [];
  for (const { comment, code } of partsOf(readFileSync(file, 'utf8').split('\n'))) {
    const [, kind, name] =
      /^export (?:declare )?(?:abstract )?(class|function|const|interface|type) (\w+)/.exec(code) ?? [];
    if (kind === undefined || name === undefined) continue;
    const signature = kind === 'type' ? sourceOf(file, name) : code.replace(/^export (?:declare )?/, '');
    const members = kind === 'class' ? membersOf(code) : [];
    declarations.push({ name, kind: kind as Declaration['kind'], comment, signature, members });
  }
  return declarations;
}

/** Returns the source of a type, whose lines are not as long as those of the compiler. */
function sourceOf(file: string, name: string): string {
  const source = readFileSync(file.replace(/\bdist\//, 'lib/').replace(/\.d\.ts$/, '.ts'), 'utf8');
  const [, type] =
    new RegExp(`^export (type ${name}\\b[\\s\\S]*?;)$(?=\n(?:\n|/\\*|export|$))`, 'm').exec(source) ?? [];
  if (type === undefined) throw new Error(`there is no source of ${name}`);
  return type;
}

function membersOf(code: string): Member[] {
  const lines = code.split('\n').slice(1, -1);
  const members: { name: string; comment: string; signatures: string[] }[] = [];
  for (const { comment, code: signature } of partsOf(lines.map((line) => line.replace(/^ {4}/, '')))) {
    if (/^#|^private |^\[INSPECT\]/.test(signature)) continue;
    const [, name = ''] = /^(?:(?:protected|static|readonly|abstract|get|set) )*(\w+|\[.*?\])/.exec(signature) ?? [];
    // Parameters that are not used begin with an underscore.
    const shown = signature.replaceAll(/\b_(?=\w+\??:)/g, '');
    const last = members.at(-1);
    if (last?.name === name && comment === '') last.signatures.push(shown);
    else members.push({ name, comment, signatures: [shown] });
  }
  return members;
}

/** Divides lines of the compiler into comments and what follows them, which ends where its brackets are closed. */
function partsOf(lines: readonly string[]): { comment: string; code: string }[] {
  const parts: { comment: string; code: string }[] = [];
  let comment = '';
  for (let i = 0; i < lines.length; i++) {
    const begin = i;
    if (lines[i]?.startsWith('/**')) {
      while (!lines[i]?.endsWith('*/')) i++;
      comment = textOfComment(lines.slice(begin, i + 1).join('\n'));
      continue;
    }
    for (let depth = depthOf(lines[i]); depth > 0; ) depth += depthOf(lines[++i]);
    const code = lines.slice(begin, i + 1).join('\n');
    if (code !== '') parts.push({ comment, code });
    comment = '';
  }
  return parts;
}

/** How many more brackets a line opens than it closes. Those in comments come in pairs. */
function depthOf(line: string | undefined): number {
  if (line === undefined) throw new Error('a declaration does not end');
  return (line.match(/[{(]/g)?.length ?? 0) - (line.match(/[})]/g)?.length ?? 0);
}

function textOfComment(comment: string): string {
  return comment
    .replace(/^\/\*\*\s?/, '')
    .replace(/\s*\*\/$/, '')
    .replaceAll(/^\s*\* ?/gm, '')
    .trim();
}
