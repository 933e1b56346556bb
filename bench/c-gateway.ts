// Builds the gateway in C, where a compiler and its libraries are.
import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = join(ROOT, 'bench/peers/c');

/** The program. */
export const C_GATEWAY = join(ROOT, 'build/bench/c-gateway');

/** @returns why it cannot be built; nothing if it has been built */
export async function buildCGateway(): Promise<string | undefined> {
  try {
    const [rpcFlags, rpcLibraries, sqlFlags, sqlLibraries] = await Promise.all([
      words('xmlrpc-c-config', ['abyss-server', '--cflags']),
      words('xmlrpc-c-config', ['abyss-server', '--libs']),
      words('mariadb_config', ['--cflags']),
      words('mariadb_config', ['--libs']),
    ]);
    const sources = (await readdir(SOURCES)).filter((name) => name.endsWith('.c')).map((name) => join(SOURCES, name));
    await mkdir(join(C_GATEWAY, '..'), { recursive: true });
    const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', ...rpcFlags, ...sqlFlags];
    await execute('cc', [...flags, '-o', C_GATEWAY, ...sources, ...rpcLibraries, ...sqlLibraries]);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return 'code' in error && error.code === 'ENOENT' && 'path' in error
      ? `there is no ${error.path}`
      : error.message.trim();
  }
}

/** Returns the words that a program prints. */
async function words(program: string, args: readonly string[]): Promise<string[]> {
  const { stdout } = await execute(program, args);
  return stdout.split(/\s+/).filter((word) => word !== '');
}
