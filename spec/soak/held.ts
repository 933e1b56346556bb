import { readdir, readFile, readlink } from 'node:fs/promises';
import { ask } from '../support/http.js';

/** What a server holds. */
export interface Held {
  readonly sessions: number;
  /** Connections to MySQL that are not idle, and those that are. */
  readonly inUse: number;
  readonly idle: number;
  readonly waiting: number;
  readonly spillFiles: number;
  /** Bytes that are drawn from the memory accounts. */
  readonly accounts: number;
  /** Descriptors, without those of idle connections to MySQL. */
  readonly descriptors: number;
  readonly megabytes: number;
  /** The longest stop of the event loop since the last question, in milliseconds. */
  readonly stop: number;
}

/** Asks a server for what it holds. @param admin the URL of its listener for operators, with a login */
export async function heldBy(pid: number, admin: string): Promise<Held> {
  const { username, password, origin } = new URL(admin);
  const Authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const { body } = await ask(`${origin}/metrics`, { method: 'GET', headers: { Authorization } });
  const sum = (name: string, labels = '') =>
    [...body.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\d+)`, 'gm'))]
      .filter(([, found = '']) => found.includes(labels))
      .reduce((total, [, , value]) => total + Number(value), 0);
  const idle = sum('netsvc_connections', 'state="idle"');
  const folder = `/proc/${pid}/fd`;
  const open = await readdir(folder);
  const targets = await Promise.all(open.map((descriptor) => readlink(`${folder}/${descriptor}`).catch(() => '')));
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return {
    sessions: sum('netsvc_sessions'),
    inUse: sum('netsvc_connections') - idle,
    idle,
    waiting: sum('netsvc_connections_waiting'),
    spillFiles: targets.filter((target) => /\/netsvc-\d+-.* \(deleted\)$/.test(target)).length,
    accounts: sum('netsvc_memory_bytes'),
    descriptors: open.length - idle,
    stop: Math.round(Number(/^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(body)?.[1]) * 1000),
    megabytes: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024),
  };
}
