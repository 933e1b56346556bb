import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as database from '#lib/database/index.js';
import * as framework from '#lib/index.js';
import { apiPage } from './api/page.js';
import { projectFile } from './support/project-file.js';

describe('docs/api.md', () => {
  const page = readFileSync(projectFile('docs/api.md'), 'utf8');

  it('is what npm run api writes', () => {
    expect(page === apiPage(), 'npm run api has not been run').to.equal(true);
  });

  it('has everything that a program can import', () => {
    for (const name of [...Object.keys(framework), ...Object.keys(database)])
      expect(page).to.contain(`\n### ${name}\n`);
  });
});
