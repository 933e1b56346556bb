import { readdir, readFile } from 'node:fs/promises';
import { CallParser } from '#lib/xmlrpc/call-parser.js';
import { projectFile } from './project-file.js';

/** Files of lib/xmlrpc that decode nothing. */
const OTHERS =
  /^(?:encoder|value-encoder|plain-decimal|text-encoding|streamed-value|value|value-encoding|misfit|refused-values|codec-error)\./;
/** Files with names of encodings, whose texts are only in errors. */
const ENCODINGS = /^(?:document-encoding|encoding-names|single-byte)\./;
/** A text of several words in the code. */
const LITERAL = /`((?:[^`\\]|\\[\s\S])*)`|'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)"/g;
/** Literals that are no texts, what is around a text, and what saxes says and call-parser.ts replaces. */
const NO_TEXT = /^(?:\^|<\?|(?:X:)?X: X$|X: write ]]&gt;$|disallowed character$|unexpected close tag$)/;
/** What saxes says of what is not used: namespaces, its own references, and writing behind the end. */
const UNUSED =
  /^(?:cannot write|xml(?:ns)? |the default namespace|may not|invalid attempt|tags may not|unbound|malformed name)/;
const OWN_REFERENCES = /entity/;

/** Returns every text of fault 54 that is in the code, with `X` for what varies, and the file that it is in. */
export async function decodingTexts(): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const file of (await readdir(projectFile('lib/xmlrpc'))).filter((name) => !OTHERS.test(name))) {
    const source = await readFile(projectFile(`lib/xmlrpc/${file}`), 'utf8');
    const errors = ENCODINGS.test(file) ? source.matchAll(/new DecodingError\(.*\);\n/g) : [[source]];
    for (const [code = ''] of errors) for (const text of literalsIn(code)) texts.set(text, file);
  }
  const saxes = await readFile(projectFile('node_modules/saxes/saxes.js'), 'utf8');
  for (const [, argument = ''] of saxes.matchAll(/\.fail\(([^;]*)\);/g)) {
    for (const message of literalsIn(argument)) {
      if (!UNUSED.test(message) && !OWN_REFERENCES.test(message) && !/^unexpected close/.test(message))
        texts.set(explained(message), 'saxes.js');
    }
  }
  return texts;
}

function literalsIn(source: string): string[] {
  const code = source.replaceAll(/^import .*|\/\*[\s\S]*?\*\/|^\s*\/\/.*|= \/.*\/[a-z]*;|\/\^.*\$\/[a-z]*/gm, '');
  return [...code.matchAll(LITERAL)]
    .map(
      ([, template, single, double]) => template?.replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, 'X') ?? single ?? double,
    )
    .map((literal = '') => literal.replaceAll(/\\\n/g, '').replaceAll(/\\(.)/g, '$1'))
    .filter((literal) => /\w.* |> .* </s.test(literal) && !NO_TEXT.test(literal));
}

/** What the decoder says for a message of saxes. */
function explained(message: string): string {
  try {
    return new CallParser().fail(message);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}
