import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MariadbUnavailable, PrivateMariadb } from '#lib/server/private-mariadb.js';
import { pend, prepareServer } from './test-server.js';

/** Options that make a temporary server fast. */
const THROWAWAY = ['--innodb-flush-log-at-trx-commit=0', '--innodb-buffer-pool-size=32M', '--skip-log-bin'];

let folder: string | undefined;
let mariadb: PrivateMariadb | undefined;

/** Starts a MariaDB for all specs and sets NETSVC_TEST_DATABASE to its URL, unless that is set. */
export async function mochaGlobalSetup(): Promise<void> {
  const url = process.env.NETSVC_TEST_DATABASE || (await startForAll());
  if (url === undefined) return;
  process.env.NETSVC_TEST_DATABASE = url;
  await prepareServer(url);
}

async function startForAll(): Promise<string | undefined> {
  folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
  try {
    mariadb = await startMariadb(folder);
    return urlOf(mariadb);
  } catch (error) {
    if (process.env.CI || !(error instanceof MariadbUnavailable)) throw error;
    console.warn(`The specs that need a MySQL server are pending: ${error.message}`);
    return undefined;
  }
}

export async function mochaGlobalTeardown(): Promise<void> {
  await mariadb?.stop();
  if (folder) await rm(folder, { recursive: true });
}

/** Starts a MariaDB for a spec that would affect others. */
export function startMariadb(folder: string, flags: readonly string[] = []): Promise<PrivateMariadb> {
  return PrivateMariadb.start(folder, [...THROWAWAY, ...flags]);
}

export function urlOf({ options }: PrivateMariadb): string {
  return `mysql://root@localhost/test?socket=${encodeURIComponent(options.socketPath ?? '')}`;
}

/** Returns the URL of the specs' database. Call it in `before`: without a database, the specs are pending. */
export function testDatabase(context: Mocha.Context): string {
  return process.env.NETSVC_TEST_DATABASE ?? pend(context, 'there is no MySQL server');
}
