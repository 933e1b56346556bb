import type { DeclaredOption } from './declared-option.js';

/** What the manual page of a command contains. */
export interface ManualPage {
  readonly name: string;
  /** What it is, in a few words. */
  readonly summary: string;
  /** The ways to use it, without its name. */
  readonly usages: readonly string[];
  readonly description: string;
  readonly options: readonly DeclaredOption[];
  /** Texts by the titles of their sections. Indented paragraphs are commands. */
  readonly sections: Readonly<Record<string, string>>;
}

/** Returns a page in the language of man(7). */
export function manualPage(page: ManualPage, version: string, date: string): string {
  const { name, summary, usages, description, options, sections } = page;
  const lines = [
    `.TH ${name.toUpperCase()} 1 ${date} "netsvc ${version}" "User Commands"`,
    '.SH NAME',
    `${escaped(name)} \\- ${escaped(summary)}`,
    '.SH SYNOPSIS',
    '.nf',
    ...usages.map((usage) => `\\fB${escaped(name)}\\fR ${escaped(usage)}`),
    '.fi',
    '.SH DESCRIPTION',
    ...paragraphs(description),
    '.SH OPTIONS',
    ...options.flatMap(({ flags, help }) => ['.TP', flags.split(', ').map(bold).join(', '), ...filled(help)]),
    ...Object.entries(sections).flatMap(([title, text]) => [`.SH ${title}`, ...paragraphs(text)]),
  ];
  return `${lines.join('\n')}\n`;
}

function paragraphs(text: string): string[] {
  return text.split('\n\n').flatMap((paragraph, i) => {
    const lines = paragraph.split('\n');
    if (lines.every((line) => line.startsWith('  '))) {
      return ['.nf', '.RS', ...lines.map((line) => escaped(line.trim())), '.RE', '.fi'];
    }
    return [...(i === 0 ? [] : ['.PP']), ...filled(lines.join(' '))];
  });
}

/** The length of lines, which mandoc wants to be at most 80 bytes, without the escapes. */
const WIDTH = 70;

/** Returns a text in lines. */
function filled(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && escaped(`${line} ${word}`).length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map(escaped);
}

/** Returns flags with their name in bold, and the placeholder of the value in italics. */
function bold(flags: string): string {
  const [, name = flags, open = '', argument = '', close = ''] = /^(\S+) ([<[])(.*)([>\]])$/.exec(flags) ?? [];
  if (argument === '') return `\\fB${escaped(name)}\\fR`;
  const value = `\\fI${escaped(argument)}\\fR`;
  return `\\fB${escaped(name)}\\fR ${open === '[' ? `[${value}${close}` : value}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll("'", '\\(aq').replace(/^\./, '\\&.');
}
