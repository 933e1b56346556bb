import './poison.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerUnavailable } from '#lib/server/private/mysqld-program.js';
import { PrivateServer } from '#lib/server/private/private-server.js';
import { freePort } from './free-port.js';
import { leftBehind } from './left-behind.js';
import { copyNewData, createNewData, removeNewData } from './new-data.js';
import { pend, prepareServer } from './test-server.js';

export const mochaHooks = leftBehind;

/** Options that make a temporary server fast. */
const THROWAWAY = [
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-buffer-pool-size=32M',
  '--skip-log-bin',
  // MySQL's default is as large as a request may be, so that no statement could exceed it.
  '--max-allowed-packet=16M',
];

/** One for each process that runs specs: `jobs` in .mocharc.cjs. */
export const SERVERS = 4;

const folders: string[] = [];
const servers: PrivateServer[] = [];

const { MOCHA_WORKER_ID: worker, NETSVC_TEST_DATABASES: urls } = process.env;
// Only the specs themselves are measured for coverage: it makes the start of each process that they run slower by half.
if (worker !== undefined) delete process.env.NODE_V8_COVERAGE;
if (worker !== undefined && urls !== undefined) {
  process.env.NETSVC_TEST_DATABASE = urls.split(' ')[Number(worker) % SERVERS];
}

/** Starts installed servers for all specs and sets NETSVC_TEST_DATABASE to the URL of one, unless that is set. */
export async function mochaGlobalSetup(): Promise<void> {
  const shared = process.env.NETSVC_TEST_DATABASE;
  const all = shared ? [shared] : await startForAll();
  await Promise.all(all.map(prepareServer));
  process.env.NETSVC_TEST_DATABASE = all[0];
  process.env.NETSVC_TEST_DATABASES = all.join(' ');
}

/** Returns the URLs of the servers. */
async function startForAll(): Promise<string[]> {
  try {
    await createNewData();
    await Promise.all(
      Array.from({ length: SERVERS }, async () => {
        const folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
        folders.push(folder);
        servers.push(await startPrivateServer(folder, await listeningOnTcp()));
      }),
    );
    return servers.map(urlOf);
  } catch (error) {
    if (process.env.CI || !(error instanceof ServerUnavailable)) throw error;
    console.warn(`The specs that need a MySQL server are pending: ${error.message}`);
    return [];
  }
}

export async function mochaGlobalTeardown(): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  await removeNewData();
}

/** The flags of a server that listens on TCP too, which changes how accounts authenticate. */
async function listeningOnTcp(): Promise<string[]> {
  return ['--skip-networking=0', '--bind-address=127.0.0.1', `--port=${await freePort()}`];
}

/** Starts a server for a spec that would affect others. */
export async function startPrivateServer(folder: string, flags: readonly string[] = []): Promise<PrivateServer> {
  await copyNewData(folder);
  return PrivateServer.start(folder, [...THROWAWAY, ...flags]);
}

export function urlOf({ options }: PrivateServer): string {
  return `mysql://root@localhost/test?socket=${encodeURIComponent(options.socketPath ?? '')}`;
}

/** Returns the URL of the specs' database. Call it in `before`: without a database, the specs are pending. */
export function testDatabase(context: Mocha.Context): string {
  return process.env.NETSVC_TEST_DATABASE ?? pend(context, 'there is no MySQL server');
}
