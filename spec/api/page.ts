import { type Declaration, exportsOf, type Member } from './declarations.js';

const HEAD = `# The API

What the package exports, from the comments in its source: \`npm run api\` writes this page. [framework.md](framework.md)
explains it.
`;

const MODULES = [
  ['netsvc', 'index.d.ts'],
  ['netsvc/database', 'database/index.d.ts'],
] as const;

const COLUMNS = 100;

/** Returns the page. */
export function apiPage(): string {
  const groups = MODULES.flatMap(([name, index]) => {
    const declarations = exportsOf(index);
    const isType = ({ kind }: Declaration) => kind === 'interface' || kind === 'type';
    return [
      { title: name, declarations: declarations.filter((declaration) => !isType(declaration)) },
      { title: `Types of ${name}`, declarations: declarations.filter(isType) },
    ];
  });
  const contents = groups.map(({ title, declarations }) => wrapped(`- ${title}: `, linksTo(declarations)));
  const sections = groups.map(({ title, declarations }) => [`## ${title}`, ...declarations.map(section)].join('\n\n'));
  return `${[HEAD.trimEnd(), contents.join('\n'), ...sections].join('\n\n')}\n`;
}

function linksTo(declarations: readonly Declaration[]): string[] {
  return declarations.map(({ name }) => `[${name}](#${name.toLowerCase()})`);
}

/** Joins the items of a list, on lines of at most 120 columns. */
function wrapped(begin: string, items: readonly string[]): string {
  const lines = [begin];
  for (const [i, item] of items.entries()) {
    const text = i < items.length - 1 ? `${item},` : item;
    const line = lines.at(-1) ?? '';
    if (line.length + text.length > 118) lines.push(`  ${text}`);
    else lines[lines.length - 1] = line.endsWith(' ') ? line + text : `${line} ${text}`;
  }
  return lines.join('\n');
}

function section({ name, kind, comment, signature, members }: Declaration): string {
  const { text, examples } = prose(comment);
  if (kind !== 'class') {
    const code = kind === 'type' ? signature : narrowed(broken(signature));
    return [`### ${name}`, ...text, fence(code), ...examples].join('\n\n');
  }
  const [first = ''] = signature.split('\n');
  const short = members.filter((member) => member.comment === '').flatMap(({ signatures }) => signatures);
  const body = [first, ...short.map((member) => indented(broken(member))), '}'].join('\n');
  const long = members.filter((member) => member.comment !== '').map((member) => memberSection(name, member));
  return [`### ${name}`, ...text, fence(narrowed(body)), ...examples, ...long].join('\n\n');
}

function memberSection(owner: string, { name, comment, signatures }: Member): string {
  const { text, examples } = prose(comment);
  const title = name === 'constructor' ? `new ${owner}` : name.startsWith('[') ? `${owner}${name}` : `${owner}.${name}`;
  return [`#### ${title}`, fence(narrowed(signatures.map(broken).join('\n'))), ...text, ...examples].join('\n\n');
}

/** Returns the paragraphs of a comment, with a list of what its tags say, and its examples. */
function prose(comment: string): { text: string[]; examples: string[] } {
  const [text = '', ...tags] = comment.split(/(?:^|\s)@(?=(?:param|returns|throws|example)\b)/);
  const items: string[] = [];
  const examples: string[] = [];
  for (const tag of tags) {
    const [, name = '', rest = ''] = /^(\w+)\s*([\s\S]*)$/.exec(tag) ?? [];
    const said = rest.trim();
    if (name === 'example') examples.push(fence(said));
    else if (name === 'param') items.push(said.replace(/^(\w+)\s*/, '- `$1`: '));
    else items.push(`- ${name}: ${said.replace(/^\{(\w+)\}/, '`$1`')}`);
  }
  const list = items.map((item) => item.replaceAll(/\n\s*/g, '\n  ')).join('\n');
  return { text: [text.trim(), list].filter((part) => part !== ''), examples };
}

function fence(code: string): string {
  return `\`\`\`ts\n${code.trim()}\n\`\`\``;
}

/** The compiler indents by four spaces, the project by two. */
function narrowed(code: string): string {
  return code.replaceAll(/^(?: {4})+/gm, (indent) => ' '.repeat(indent.length / 2));
}

function indented(code: string): string {
  return code.replaceAll(/^/gm, '    ');
}

/** Writes each parameter of a long signature on a line of its own. */
function broken(signature: string): string {
  const parameters = signature.replaceAll(/\{[^{}]*\}(?=\??: \w*Options\b)/g, 'options');
  if (parameters !== signature) return broken(parameters);
  if (signature.startsWith('get ') || signature.includes('\n') || signature.length <= COLUMNS) return signature;
  const open = signature.search(/\((?=[^()]*(?::|\)))/);
  const parts: string[] = [];
  let depth = 0;
  let from = open + 1;
  let at = from;
  for (; at < signature.length; at++) {
    const character = signature[at] ?? '';
    if ('([{<'.includes(character)) depth++;
    if (')]}'.includes(character) || (character === '>' && signature[at - 1] !== '=')) depth--;
    if (depth < 0) break;
    if (character === ',' && depth === 0) {
      parts.push(signature.slice(from, at).trim());
      from = at + 1;
    }
  }
  parts.push(signature.slice(from, at).trim());
  if (open < 0 || depth >= 0) return signature;
  return `${signature.slice(0, open + 1)}\n${parts.map((part) => `    ${part},\n`).join('')}${signature.slice(at)}`;
}
