import { spawnSync } from 'node:child_process';
import { cached } from '../matrix/cache.js';

/** The Python of Debian, which has MySQLdb. */
export const PYTHON = '/usr/bin/python3';

/** Versions of the libraries that the suites need. */
export interface Libraries {
  /** A folder with them, or none for Debian's. */
  readonly folder?: string;
}

/** Returns Debian's libraries, or undefined if they are not installed. */
export function debianLibraries(...modules: string[]): Libraries | undefined {
  return imports({}, ['MySQLdb', ...modules]) ? {} : undefined;
}

/** Returns libraries that pip installs in the cache, or undefined if it cannot. */
export async function pipLibraries(name: string, ...requirements: string[]): Promise<Libraries | undefined> {
  try {
    const folder = await cached(`python-${name}`, async (unfinished) => {
      const { status } = spawnSync(PYTHON, ['-m', 'pip', 'install', '-q', '--target', unfinished, ...requirements], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      if (status !== 0) throw new Error(`pip cannot install ${requirements.join(', ')}`);
    });
    return { folder };
  } catch (error) {
    console.error(error);
    return undefined;
  }
}

/** Returns the version of a module. */
export function versionOf(libraries: Libraries, module: string): string {
  const { stdout } = python(libraries, `import ${module}; print(${module}.__version__)`);
  return stdout.trim();
}

export function pythonPath({ folder }: Libraries, ...folders: string[]): string {
  return [...(folder === undefined ? [] : [folder]), ...folders].join(':');
}

function imports(libraries: Libraries, modules: readonly string[]): boolean {
  return python(libraries, `import ${modules.join(', ')}`).status === 0;
}

function python(libraries: Libraries, program: string) {
  const env = { ...process.env, PYTHONPATH: pythonPath(libraries) };
  return spawnSync(PYTHON, ['-c', program], { env, encoding: 'utf8' });
}
