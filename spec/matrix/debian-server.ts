import { execFile } from 'node:child_process';
import { access, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from './cache.js';

/** A server from Debian's unstable distribution, and the programs of its packages that run it. */
interface DebianServer {
  readonly packages: readonly string[];
  readonly server: string;
  /** Compiled programs that the installer runs. */
  readonly programs: readonly string[];
  /** A shell script. */
  readonly installer?: string;
}

export const DEBIAN_SERVERS = {
  mysql: { packages: ['mysql-server-core'], server: 'mysqld', programs: [] },
  mariadb: {
    // It contains the authentication plugins.
    packages: ['mariadb-server'],
    server: 'mariadbd',
    programs: ['my_print_defaults', 'resolveip'],
    installer: 'mariadb-install-db',
  },
} as const satisfies Record<string, DebianServer>;

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Fetches a server and its libraries from the mirror of Debian that apt uses. They are unpacked, and not installed:
 * that requires no privileges and affects nothing else on this machine.
 *
 * @returns the folder of the server's programs
 */
export async function debianServer(name: keyof typeof DEBIAN_SERVERS): Promise<string> {
  const server: DebianServer = DEBIAN_SERVERS[name];
  const folder = await cached(name, async (unfinished, final) => {
    await unpack(server.packages, unfinished);
    await wrap(server, unfinished, final);
  });
  return join(folder, 'bin');
}

/** Unpacks packages, and all that they depend on, into `folder`. */
async function unpack(packages: readonly string[], folder: string): Promise<void> {
  const apt = await aptFor(join(folder, 'apt'));
  await apt(['update']);
  await apt(['install', '--download-only', '--yes', '--no-install-recommends', ...packages]);
  const archives = join(folder, 'apt/cache/archives');
  for (const file of await readdir(archives)) {
    if (file.endsWith('.deb')) await promisify(execFile)('dpkg-deb', ['-x', join(archives, file), folder]);
  }
  await rm(join(folder, 'apt'), { recursive: true });
}

/** Returns a function that runs apt-get with the unstable distribution, and as if no package was installed. */
async function aptFor(folder: string): Promise<(args: readonly string[]) => Promise<void>> {
  await mkdir(join(folder, 'state/lists/partial'), { recursive: true });
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  const source = `Types: deb\nURIs: ${await mirror()}\nSuites: sid\nComponents: main\nSigned-By: ${KEYRING}\n`;
  await writeFile(join(folder, 'debian.sources'), source);
  const options = {
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::sourcelist': join(folder, 'debian.sources'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Acquire::Languages': 'none',
    // A mirror may be a snapshot.
    'Acquire::Check-Valid-Until': 'false',
    // Root's downloads are otherwise those of a user who cannot write here.
    'APT::Sandbox::User': 'root',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return async (args) => {
    await promisify(execFile)('apt-get', ['-qq', ...flags, ...args], { maxBuffer: 64 * 1024 * 1024 });
  };
}

/** Returns the URL of Debian's main archive in apt's sources. */
async function mirror(): Promise<string> {
  const format = ['--format', '$(ORIGIN) $(LABEL) $(COMPONENT) $(REPO_URI)'];
  const { stdout } = await promisify(execFile)('apt-get', ['indextargets', ...format, 'Created-By: Packages']);
  const url = /^Debian Debian main (\S+)$/m.exec(stdout)?.[1];
  if (url === undefined)
    throw new Error('apt knows no mirror of Debian: servers can be fetched on Debian only, after apt-get update');
  return url;
}

/** Creates programs that run those of the packages with the libraries of the packages. */
async function wrap({ server, programs, installer }: DebianServer, folder: string, final: string): Promise<void> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  // The installer looks there.
  await symlink('bin', join(folder, 'sbin'));
  await symlink('usr/share', join(folder, 'share'));
  const loader = await findLoader(folder);
  const write = (name: string, command: string) =>
    writeFile(join(bin, name), `#!/bin/sh\nexec ${command}\n`, { mode: 0o755 });
  for (const name of [server, ...programs]) {
    const path = join(final, await programPath(folder, name));
    const basedir = name === server ? ` --basedir='${final}/usr'` : '';
    // --no-defaults has to be the first argument of a server.
    await write(
      name,
      `'${final}/${loader.path}' --library-path '${final}/${loader.libraries}' '${path}' "$@"${basedir}`,
    );
  }
  if (installer === undefined) return;
  await write(installer, `sh '${final}/${await programPath(folder, installer)}' "$@" --basedir='${final}'`);
}

async function programPath(folder: string, name: string): Promise<string> {
  for (const path of [`usr/sbin/${name}`, `usr/bin/${name}`]) {
    const found = await access(join(folder, path)).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  throw new Error(`the packages contain no ${name}`);
}

/** Returns the dynamic loader and the folder of libraries, whose names differ between processors. */
async function findLoader(folder: string): Promise<{ path: string; libraries: string }> {
  for (const entry of await readdir(join(folder, 'usr/lib'), { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const libraries = `usr/lib/${entry.name}`;
    const loader = (await readdir(join(folder, libraries))).find((name) => /^ld-linux.*\.so\.\d+$/.test(name));
    if (loader !== undefined) return { path: `${libraries}/${loader}`, libraries };
  }
  throw new Error('the packages contain no dynamic loader');
}
