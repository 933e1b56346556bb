import { HostSet } from '../access/host-rules.js';
import { camelCase, DATABASE_LIMITS, type DatabaseLimitSettings, OPTIONS } from './options.js';
import type { Settings } from './settings.js';

/** The keys that a running server applies. */
export const RELOADED: readonly string[] = [
  'connections-per-user',
  'drain',
  'grace',
  'idle-transaction-timeout',
  'log-level',
  'max-result',
  'max-sessions',
  'max-sessions-per-host',
  'max-sessions-per-user',
  'max-timeout',
  'memory',
  'memory-per-session',
  'memory-per-user',
  'query-timeout',
  'result-memory',
  'transaction-timeout',
];

export interface ChangedSettings {
  readonly applied: readonly string[];
  /** The keys whose change requires a restart. */
  readonly kept: readonly string[];
}

/** Returns the keys that differ. Those of limits of a database have its name, as in `databases.shop.max-sessions`. */
export function changedSettings(before: Settings, after: Settings): ChangedSettings {
  const [old, now] = [values(before), values(after)];
  const all = new Set([...old.keys(), ...now.keys()]);
  const changed = [...all].filter((key) => (old.get(key) ?? '') !== (now.get(key) ?? ''));
  return { applied: changed.filter(isReloaded), kept: changed.filter((key) => !isReloaded(key)) };
}

/** Returns the settings with the changes that a running server applies. */
export function withChanges(before: Settings, after: Settings, { applied }: ChangedSettings): Settings {
  const all = new Map(Object.entries(after));
  const keys = applied.filter((key) => !key.startsWith(DATABASES));
  const databases = [...before.databases].map(([name, database]) => {
    const { limits } = database;
    const reloaded = limitsWhere(isReloaded, after.databases.get(name)?.limits ?? limits);
    return [name, { ...database, limits: { ...limitsWhere((key) => !isReloaded(key), limits), ...reloaded } }] as const;
  });
  return {
    ...before,
    ...Object.fromEntries(keys.map((key) => [camelCase(key), all.get(camelCase(key))])),
    databases: new Map(databases),
  };
}

const DATABASES = 'databases.';

function isReloaded(key: string): boolean {
  return RELOADED.includes(key.slice(key.lastIndexOf('.') + 1));
}

function limitsWhere(isWanted: (key: string) => boolean, limits: DatabaseLimitSettings): DatabaseLimitSettings {
  const names = new Set<string>(DATABASE_LIMITS.filter(isWanted).map(camelCase));
  return Object.fromEntries(Object.entries(limits).filter(([name]) => names.has(name)));
}

/** The values as text, by key. */
function values(settings: Settings): Map<string, string> {
  const all = new Map(Object.entries(settings));
  const keys = [...Object.keys(OPTIONS), 'listeners', 'admin'];
  const texts = new Map(keys.map((key) => [key, textOf(all.get(camelCase(key)))]));
  const databases = [...settings.databases].map(([name, database]) => {
    const limits = new Map(Object.entries(database.limits));
    for (const key of DATABASE_LIMITS) texts.set(`${DATABASES}${name}.${key}`, textOf(limits.get(camelCase(key))));
    return [name, { ...database, limits: undefined }];
  });
  return texts.set('databases', textOf(databases));
}

function textOf(value: unknown): string {
  return JSON.stringify(value, plain) ?? '';
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof HostSet) return value.networks;
  return value instanceof Map || value instanceof Set ? [...value] : value;
}
