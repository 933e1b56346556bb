import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for the files of a suite, or of each of its specs. It is removed when all hooks of the suite have run. */
export class SuiteFolder {
  #path = '';

  /** Call it while specs are being defined. */
  constructor(of: 'suite' | 'spec' = 'suite') {
    const self = this;
    const create = async function (this: Mocha.Context) {
      const path = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
      self.#path = path;
      const suite = this.test?.parent;
      suite?.afterAll(() => rm(path, { recursive: true, force: true }));
    };
    if (of === 'suite') before(create);
    else beforeEach(create);
  }

  get path(): string {
    return this.#path;
  }

  /** The path of a file. */
  file(...names: readonly string[]): string {
    return join(this.#path, ...names);
  }

  /** Writes a text, bytes, or a value as JSON, to a file, and returns its path. */
  async write(name: string, content: string | Buffer | object, mode?: number): Promise<string> {
    const path = this.file(name);
    const isWhole = typeof content === 'string' || Buffer.isBuffer(content);
    await writeFile(path, isWhole ? content : JSON.stringify(content), { mode: mode ?? 0o666 });
    return path;
  }
}
