// Lets clients write files in pieces. A file appears under its name when it is complete, and an unfinished one leaves
// nothing.
import { once } from 'node:events';
import { type FileHandle, link, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Service, Session, type SessionMethods, serve } from 'netsvc';

class Files extends Service {
  readonly #folder: string;

  constructor(folder: string) {
    super('files');
    this.#folder = folder;
    this.exportMethod(this.create, {
      params: [{ name: 'name', type: 'string' }],
      returns: 'string',
      help: 'Begins a file and returns the id of its session.',
      opens: FILE_METHODS,
    });
  }

  create(name: string): string {
    if (!/^\w[\w.-]*$/.test(name)) this.abortResponse(2, 'Invalid File Name', 'files', name);
    return new FileWriter(this, join(this.#folder, name)).childName;
  }
}

const FILE_METHODS = {
  append: {
    params: [{ name: 'data', type: 'base64' }],
    returns: 'int',
    help: 'Appends data and returns the size of the file in bytes.',
  },
  finish: {
    params: [],
    returns: 'nil',
    help: 'Completes the file. Fault 1 if a file of that name exists.',
  },
} as const satisfies SessionMethods;

class FileWriter extends Session {
  readonly #path: string;
  readonly #partial: string;
  #file: FileHandle | undefined;

  constructor(parent: Service, path: string) {
    super(parent, 30);
    this.#path = path;
    this.#partial = `${path}.${crypto.randomUUID()}.partial`;
    this.exportMethods(FILE_METHODS);
  }

  // A session answers one request at a time, so two calls cannot interleave.
  async append(data: Uint8Array): Promise<number> {
    this.#file ??= await open(this.#partial, 'wx');
    await this.#file.appendFile(data);
    return (await this.#file.stat()).size;
  }

  async finish(): Promise<void> {
    this.#file ??= await open(this.#partial, 'wx');
    await this.#file.sync();
    try {
      await link(this.#partial, this.#path); // fails if the file exists
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      this.abortResponse(1, 'File Exists', 'files');
    }
  }

  // Called once, however the session ends: by close, after 30 idle seconds, or at shutdown.
  override async destroyReferences(): Promise<void> {
    await this.#file?.close();
    await rm(this.#partial, { force: true });
    await super.destroyReferences();
  }
}

new Files(process.argv[2] ?? '.');
const server = await serve({ port: Number(process.env.PORT ?? 8000) });
console.log(`listening on ${server.url}`);
await once(process, 'SIGTERM');
await server.close();
