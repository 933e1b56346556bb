import { readdirSync, readlinkSync } from 'node:fs';
import { globalAgent } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { parseMysqlUrl } from '#lib/database/index.js';
import { memoryInUse } from '#lib/memory/memory-account.js';
import { until } from './until.js';

/** What a spec file can leave behind, by kind. */
type Resources = Readonly<Record<string, number>>;

/** Seconds for what has been closed to be gone. */
const PATIENCE = 5;

/** Handles that keep the process alive. Immediates and requests end by themselves. */
const HANDLES = /^(?:Timeout|.*Wrap)$/;

/** Root hooks: with `parallel`, mocha runs them for each spec file, else for all files together. */
export const leftBehind = {
  async beforeAll(): Promise<void> {
    // By then mocha has started the timer of the hook, which it also has later.
    await setImmediate();
    before = resources();
  },

  /** Fails if the file has left a connection, descriptor, listener, child process or timer, or memory of a client. */
  async afterAll(): Promise<void> {
    globalAgent.destroy();
    const more = () => Object.entries(resources()).filter(([kind, count]) => count > (before[kind] ?? 0));
    await until(() => more().length === 0, PATIENCE).catch(() => {
      throw new Error(`left behind: ${JSON.stringify(Object.fromEntries(more()))}, before: ${JSON.stringify(before)}`);
    });
    const url = process.env.NETSVC_TEST_DATABASE;
    // Each worker has a server of its own.
    if (url === undefined || process.env.MOCHA_WORKER_ID === undefined) return;
    const connection = await createConnection({ ...parseMysqlUrl(url).connection, rowsAsArray: true });
    try {
      await noConnections(connection);
      await emptyDatabase(connection);
    } finally {
      await connection.end();
    }
  },
};

let before: Resources = {};

function resources(): Resources {
  const counts: Record<string, number> = {};
  const count = (kind: string) => {
    counts[kind] = (counts[kind] ?? 0) + 1;
  };
  for (const kind of process.getActiveResourcesInfo()) if (HANDLES.test(kind)) count(kind);
  for (const descriptor of readdirSync('/proc/self/fd')) {
    try {
      // Sockets and pipes have numbers, files have names.
      const target = readlinkSync(`/proc/self/fd/${descriptor}`);
      if (!target.startsWith('/proc/'))
        count(`descriptor of ${target.replace(/[:[].*/, '').replace(/^\/.*/, 'a file')}`);
    } catch {
      // The one that has read the folder.
    }
  }
  if (memoryInUse() > 0) counts['bytes of memory accounts'] = memoryInUse();
  return counts;
}

/** Also those of processes that the file has started. */
async function noConnections(connection: Connection): Promise<void> {
  let left: unknown = [];
  await until(async () => {
    const [rows] = await connection.query<RowDataPacket[]>(OTHERS);
    left = rows;
    return rows.length === 0;
  }, PATIENCE).catch(() => {
    throw new Error(`connections to MySQL are left behind: ${JSON.stringify(left)}`);
  });
}

/** Drops what the file has created, so that the next one can use the same names. */
async function emptyDatabase(connection: Connection): Promise<void> {
  const [drops] = await connection.query<RowDataPacket[]>(DROPS);
  if (drops.length > 0) await connection.query('set foreign_key_checks = 0');
  for (const drop of drops) await connection.query(String(drop[0]));
}

const OTHERS = `select * from information_schema.processlist
  where id <> connection_id() and user not in ('system user', 'event_scheduler') and command <> 'Daemon'`;

/** All but the table that every spec reads. */
const DROPS = `
  select concat('drop ', if(table_type = 'VIEW', 'view', 'table'), ' ', char(96), table_name, char(96))
    from information_schema.tables where table_schema = database() and table_name <> 'numbers'
  union all select concat('drop ', routine_type, ' ', char(96), routine_name, char(96))
    from information_schema.routines where routine_schema = database()
  union all select concat('drop event ', char(96), event_name, char(96))
    from information_schema.events where event_schema = database()`;
