import { writeFileSync } from 'node:fs';
import { projectFile } from '../support/project-file.js';
import { apiPage } from './page.js';

writeFileSync(projectFile('docs/api.md'), apiPage());
