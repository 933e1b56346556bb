// Writes the tables of the options into the documents: npm run docs.
import { writeFileSync } from 'node:fs';
import { projectFile } from '../support/project-file.js';
import { DOCUMENTS, withTables } from './option-tables.js';

for (const document of DOCUMENTS) writeFileSync(projectFile(document), withTables(document));
