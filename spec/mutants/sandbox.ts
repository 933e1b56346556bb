import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFile } from '../support/project-file.js';

/** Seconds that the specs may take more than twice as long as without a change. */
const SLACK = 5;

/** What the specs say of a change. */
export type Verdict = 'noticed' | 'hangs' | 'survives';

/** A copy of the package, in which built files are changed and specs are run. */
export class Sandbox {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<Sandbox> {
    const folder = await mkdtemp(join(tmpdir(), 'netsvc-mutants-'));
    for (const name of await readdir(projectFile('.'))) {
      if (name === 'dist' || name === 'build') await cp(projectFile(name), join(folder, name), { recursive: true });
      else await symlink(projectFile(name), join(folder, name));
    }
    return new Sandbox(folder);
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }

  /** @param file as it is named in `dist` */
  read(file: string): Promise<string> {
    return readFile(join(this.#folder, 'dist', file), 'utf8');
  }

  write(file: string, text: string): Promise<void> {
    return writeFile(join(this.#folder, 'dist', file), text);
  }

  /** @param specs as they are named in `build/spec` @returns the seconds that they take @throws {Error} if they fail */
  async measure(specs: readonly string[]): Promise<number> {
    const started = performance.now();
    const { verdict, output } = await this.#run(specs, 120);
    if (verdict !== 'survives') throw new Error(`the specs fail without a change:\n${output}`);
    return (performance.now() - started) / 1000;
  }

  /** @param seconds that the specs take without a change */
  async judge(specs: readonly string[], seconds: number): Promise<Verdict> {
    return (await this.#run(specs, 2 * seconds + SLACK)).verdict;
  }

  #run(specs: readonly string[], seconds: number): Promise<{ verdict: Verdict; output: string }> {
    const mocha = join(this.#folder, 'node_modules/mocha/bin/mocha.js');
    const flags = ['--no-config', '--bail', '--exit', '--timeout', `${SLACK}s`];
    // It prepares the server that NETSVC_TEST_DATABASE names.
    if (process.env.NETSVC_TEST_DATABASE) flags.push('--require', join(this.#folder, 'build/spec/support/mariadb.js'));
    const files = specs.map((spec) => join(this.#folder, 'build/spec', spec));
    const child = spawn(process.execPath, [mocha, ...flags, ...files], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    return new Promise((resolve) => {
      // With the processes that it has started.
      const kill = () => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL');
      const timer = setTimeout(kill, seconds * 1000);
      child.on('close', (status) => {
        clearTimeout(timer);
        const verdict = status === 0 ? 'survives' : status === null ? 'hangs' : 'noticed';
        resolve({ verdict, output });
      });
    });
  }
}
