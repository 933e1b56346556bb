import type { DatabaseLimits } from '../../database/database-options.js';
import type { ConnectionPool } from '../../database/pool/connection-pool.js';
import type { SessionLimitOptions, SessionLimits, SessionMaxima } from '../../netsvc/session-limits.js';
import type { DatabaseSettings } from './database-settings.js';
import { camelCase } from './option-values.js';
import { DATABASE_LIMITS, type DatabaseLimitSettings } from './options.js';
import type { Settings } from './settings.js';

/** What has limits that depend on how many users there are. */
interface UserLimited {
  readonly sessionLimits: SessionLimits;
  readonly pools: readonly ConnectionPool[];
}

/** Returns the settings with the limits that a database has of its own. */
export function settingsOf(settings: Settings, database: string): Settings {
  return { ...settings, ...settings.databases.get(database)?.limits };
}

/** Sets the limits that depend on how many users there are. */
export function applyUserLimits(settings: Settings, users: number, { sessionLimits, pools }: UserLimited): void {
  const { databases } = settings;
  sessionLimits.replace(sessionMaxima(settings, users));
  for (const pool of pools) {
    const { connectionsPerUser, maxSessions } = settingsOf(settings, pool.name);
    pool.maxWaiting = maxSessions;
    pool.connectionsPerUser = partOf(pool.limit, connectionsPerUser, usersOf(databases.get(pool.name) ?? {}, users));
  }
}

const LIMITS = Object.keys(DATABASE_LIMITS).map(camelCase);

/** Returns the limits on what sessions do. @param settings those of the database */
export function limitsOf(settings: Settings): Required<DatabaseLimits> {
  const all = Object.entries(settings).filter(([name]) => LIMITS.includes(name));
  const { pin, ...limits } = Object.fromEntries(all) as Required<DatabaseLimitSettings>;
  return { ...limits, pin: pin === 'always' };
}

/** Of all databases together, and of those that have limits of their own. */
function sessionMaxima(settings: Settings, users: number): SessionLimitOptions {
  const { maxSessionsPerUser } = settings;
  const services = [...settings.databases].map(([name, database]) => {
    // A number is for all databases together.
    const limits = { ...(maxSessionsPerUser < 1 && { maxSessionsPerUser }), ...database.limits };
    return [name, maxima(limits, usersOf(database, users))] as const;
  });
  return { ...maxima(settings, users), services: new Map(services) };
}

function maxima(limits: Partial<Settings>, users: number): SessionMaxima {
  const { maxSessions = Number.POSITIVE_INFINITY, maxSessionsPerUser = 0, maxSessionsPerHost } = limits;
  return {
    maxSessions,
    maxSessionsPerUser: partOf(maxSessions, maxSessionsPerUser, users),
    maxSessionsPerHost: maxSessionsPerHost || undefined,
  };
}

/** How many users can use a database. */
function usersOf({ users }: Partial<DatabaseSettings>, all: number): number {
  return Math.min(users?.size ?? all, all);
}

/**
 * Returns what one user may have of `whole`. A share below 1 leaves a part to others, so that it applies only if there
 * are any: who is alone can have all.
 */
function partOf(whole: number, part: number, users: number): number {
  if (part >= 1) return part;
  return part === 0 || users < 2 ? Number.POSITIVE_INFINITY : Math.max(Math.floor(whole * part), 1);
}
