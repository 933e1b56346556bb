import { HostSet } from '../access/host-rules.js';
import { camelCase, OPTIONS } from './options.js';
import type { Settings } from './settings.js';

/** The keys that a running server applies. */
export const RELOADED: readonly string[] = [
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

/** Returns the keys that differ. */
export function changedSettings(before: Settings, after: Settings): ChangedSettings {
  const old = values(before);
  const changed = [...values(after)].filter(([key, value]) => old.get(key) !== value).map(([key]) => key);
  return {
    applied: changed.filter((key) => RELOADED.includes(key)),
    kept: changed.filter((key) => !RELOADED.includes(key)),
  };
}

/** Returns the settings with the changes that a running server applies. */
export function withChanges(before: Settings, after: Settings, { applied }: ChangedSettings): Settings {
  const all = new Map(Object.entries(after));
  return { ...before, ...Object.fromEntries(applied.map((key) => [camelCase(key), all.get(camelCase(key))])) };
}

/** The values as text, by key. */
function values(settings: Settings): Map<string, string> {
  const all = new Map(Object.entries(settings));
  const keys = [...Object.keys(OPTIONS), 'listeners', 'admin', 'databases'];
  return new Map(keys.map((key) => [key, JSON.stringify(all.get(camelCase(key)), plain) ?? '']));
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof HostSet) return value.networks;
  return value instanceof Map || value instanceof Set ? [...value] : value;
}
