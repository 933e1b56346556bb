import { readdirSync, readFileSync } from 'node:fs';
import { limitSpillFiles } from '../../memory/spill-file.js';
import type { Log } from '../../netsvc/log.js';
import { MAX_CONNECTIONS } from '../admin/admin-listener.js';
import { OPTIONS } from '../configuration/options.js';
import type { Settings } from '../configuration/settings.js';

/** Descriptors for files that are read, name servers, threads and connections that stop statements. */
const RESERVE = 32;

/** The part of the limit that the listener for operators has at most. */
const OPERATORS_PART = 1 / 8;

/** The part of the rest that MySQL connections, and spill files, have at least if they need it. */
const MYSQL_PART = 1 / 3;
const SPILL_PART = 1 / 8;

/** What needs descriptors, if there are enough. */
export interface DescriptorNeeds {
  readonly maxClients: number;
  /** MySQL connections of all databases. */
  readonly connections: number;
  /** Connections of operators. */
  readonly operators: number;
}

export interface DescriptorShares extends DescriptorNeeds {
  readonly spillFiles: number;
}

/**
 * Divides the descriptors of the process, so that what clients use leaves enough for the rest: if there were none, the
 * operating system would reset new connections, those of operators too.
 *
 * @param limit the maximum number of open files
 * @param open the number of files that are open at the start
 */
export function descriptorShares(limit: number, open: number, needs: DescriptorNeeds): DescriptorShares {
  if (limit === Number.POSITIVE_INFINITY) return { ...needs, spillFiles: limit };
  const operators = Math.min(needs.operators, Math.floor(limit * OPERATORS_PART));
  const free = Math.max(limit - open - RESERVE - operators, 0);
  const connections = Math.min(needs.connections, atLeastOne(free * MYSQL_PART));
  const rest = Math.max(free - connections, 0);
  const maxClients = Math.min(needs.maxClients, atLeastOne(rest * (1 - SPILL_PART)));
  return { operators, connections, maxClients, spillFiles: atLeastOne(rest - maxClients) };
}

/** The shares of a server. `connections` is for a database that has no limit of its own. */
export interface ServerShares extends DescriptorShares {
  /** The number of files that were open at the start. */
  readonly open: number;
  /** Returns the maximum number of MySQL connections of a database. @param settings those of the database */
  connectionsOf(settings: Pick<Settings, 'connections'>): number;
}

/** Returns the shares of a server. @param open the number of files that were open at the start */
export function sharesFor({ maxClients, connections, databases, admin }: Settings, open = openFiles()): ServerShares {
  const operators = admin === undefined ? 0 : MAX_CONNECTIONS;
  const each = [...databases.values()].map(({ limits }) => limits.connections ?? connections);
  const all = each.reduce((sum, count) => sum + count, 0) || connections;
  const shares = descriptorShares(maxOpenFiles(), open, { maxClients, connections: all, operators });
  const connectionsOf = (of: Pick<Settings, 'connections'>) => {
    return atLeastOne((of.connections * shares.connections) / all);
  };
  return { ...shares, open, connections: connectionsOf({ connections }), connectionsOf };
}

/** Limits the spill files, and logs which settings are limited. Half of a default is enough for most. */
export function applyShares(shares: DescriptorShares, { maxClients, connections }: Settings, log: Log): void {
  limitSpillFiles(shares.spillFiles);
  for (const [setting, value, used] of [
    ['max-clients', maxClients, shares.maxClients],
    ['connections', connections, shares.connections],
  ] as const) {
    const enough = OPTIONS[setting].defaultText === String(value) ? value / 2 : value;
    if (used >= enough) continue;
    log.warn({ setting, value, used, limit: maxOpenFiles() }, 'limited by the number of open files (ulimit -n)');
  }
}

function atLeastOne(count: number): number {
  return Math.max(1, Math.floor(count));
}

/** Returns the maximum number of open files of the process; infinite if there is none, or it is not known. */
export function maxOpenFiles(): number {
  try {
    const [, soft] = /^Max open files +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return limitOfReport();
  }
}

/** Where there is no /proc. */
function limitOfReport(): number {
  const { userLimits = {} } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = Number(userLimits.open_files?.soft);
  return soft > 0 ? soft : Number.POSITIVE_INFINITY;
}

/** Returns the number of open files of the process, or a usual one if it is not known. */
export function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return RESERVE;
  }
}
