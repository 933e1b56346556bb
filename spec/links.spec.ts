import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { expect } from 'chai';
import { anchorsOf, documents, proseOf } from './support/markdown.js';
import { projectFile } from './support/project-file.js';

/** `[text](target)`, whose text can contain brackets in pairs, and `[text]: target`. */
const LINK = /\[(?:[^[\]]|\[[^[\]]*\])*\]\(\s*([^()\s]+)(?:\s+"[^"]*")?\s*\)|^ {0,3}\[[^\]]+\]:\s*(\S+)/gm;

describe('the links of the documents', () => {
  const anchors = new Map(documents().map((document) => [document, anchorsOf(document)]));

  for (const document of anchors.keys()) {
    it(`lead somewhere: ${document}`, () => {
      const dead: string[] = [];
      for (const [, inline, reference] of proseOf(document).matchAll(LINK)) {
        const target = inline ?? reference ?? '';
        if (/^(?:https?|mailto):/.test(target) ? !URL.canParse(target) : !isThere(document, target)) dead.push(target);
      }
      expect(dead).to.deep.equal([]);
    });
  }

  it('are found', () => {
    const found = [...anchors.keys()].flatMap((document) => [...proseOf(document).matchAll(LINK)]);
    expect(found).to.have.length.greaterThan(100);
  });

  /** Whether a link within the repository has a file and, if it names one, a heading. */
  function isThere(document: string, target: string): boolean {
    const [path = '', anchor] = decodeURIComponent(target).split('#');
    const file = path === '' ? document : posix.join(posix.dirname(document), path);
    if (!existsSync(projectFile(file))) return false;
    return anchor === undefined || anchors.get(file)?.has(anchor) === true;
  }
});
