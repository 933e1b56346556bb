import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import * as refusals from '#lib/http/answers/refusals.js';
import { FAULTS } from '#lib/index.js';
import { decodingTexts } from './support/decoding-texts.js';
import { documentedTexts } from './support/documented-texts.js';
import { projectFile } from './support/project-file.js';

/** Where the code creates a fault, up to the end of the statement. */
const CREATION =
  /(?:FAULTS\.\w+,|\b(?:unavailable|aborted|incorrect)\(|#fail\(|receiver\.fail\(|new (?:Programming|Decoding|Encoding)Error\()([\s\S]*?);\n/g;
/** Texts that the page describes by their pattern. */
const BY_PATTERN = /expected |Expected |must not be nested|^`\} arguments/;

describe('the page of errors', () => {
  let page: string;

  before(async () => {
    page = (await readFile(projectFile('docs/errors.md'), 'utf8')).replaceAll(/\s+/g, ' ');
  });

  it('has a section for every fault of the framework', () => {
    for (const { code, description, origin } of Object.values(FAULTS)) {
      expect(page).to.contain(`## Fault ${code}: \`${origin} -- ${description}\``);
    }
  });

  it('has a row for every HTTP status with its text', () => {
    const replies = Object.values(refusals).filter((reply) => typeof reply === 'object');
    expect(replies).to.have.length.greaterThan(10);
    for (const { status, body } of replies) expect(page).to.contain(`| ${status} | \`${String(body).trim()}\` |`);
  });

  for (const folder of [
    'netsvc/fault-texts.ts',
    'netsvc/unknown-method.ts',
    'database/errors/fault-texts.ts',
    'http',
    'xmlrpc/value-encoder.ts',
    'xmlrpc/misfit.ts',
    'xmlrpc/refused-values.ts',
    'xmlrpc/text-encoding.ts',
    'server/admin/admin-service.ts',
  ]) {
    it(`contains the texts of the faults that lib/${folder} creates`, async () => {
      for (const { text, file } of await textsIn(projectFile(join('lib', folder)))) expect(page, file).to.contain(text);
    });
  }

  for (const folder of ['netsvc', 'database']) {
    it(`needs no other file of lib/${folder}, because no other one creates a fault by its text`, async () => {
      for (const name of await readdir(projectFile(join('lib', folder)), { recursive: true })) {
        if (!name.endsWith('.ts') || /^errors\/|fault-texts|service-failure/.test(name)) continue;
        expect(await readFile(projectFile(join('lib', folder, name)), 'utf8'), name).not.to.match(
          /\b(?:unavailable|aborted|incorrect)\(['`]\w|new ProgrammingError\(/,
        );
      }
    });
  }

  it('has every text that the decoder can give', async () => {
    const documented = await documentedTexts();
    const texts = await decodingTexts();
    expect(texts.size).to.be.greaterThan(60);
    for (const [text, file] of texts) {
      expect(
        documented.some((pattern) => pattern.test(text)),
        `${file}: ${text}`,
      ).to.equal(true);
    }
  });
});

/** The constant parts of the texts of faults. Those of a few letters do not identify a text. */
async function textsIn(path: string): Promise<{ file: string; text: string }[]> {
  const entries = path.endsWith('.ts') ? [] : await readdir(path, { recursive: true });
  const files = path.endsWith('.ts')
    ? [path]
    : entries.filter((name) => name.endsWith('.ts')).map((n) => join(path, n));
  const found: { file: string; text: string }[] = [];
  for (const file of files) {
    const source = (await readFile(file, 'utf8')).replaceAll(/^\s*(?:\/\/|\*).*$/gm, '');
    for (const [, creation = ''] of source.matchAll(CREATION)) {
      for (const [literal] of creation.matchAll(/`[^`]*`|'(?:[^'\\\n]|\\.)*'/g)) {
        if (BY_PATTERN.test(literal)) continue;
        const parts = literal.slice(1, -1).split(/\$\{[^}]*\}+/);
        for (const part of parts.map((p) => p.trim())) if (/[a-z].{8}/i.test(part)) found.push({ file, text: part });
      }
    }
  }
  return found;
}
