// npm run docs: writes what is made from the declarations of options: tables in documents, manual pages, completions.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { COMMAND_PAGES } from '../command-pages/command-pages.js';
import { projectFile } from '../support/project-file.js';
import { DOCUMENT, withTables } from './option-tables.js';

writeFileSync(projectFile(DOCUMENT), withTables());
for (const [file, page] of Object.entries(COMMAND_PAGES)) {
  const path = projectFile(file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, page());
}
