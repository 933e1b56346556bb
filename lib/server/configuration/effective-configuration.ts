import { resolve } from 'node:path';
import { stringify } from 'yaml';
import { HostSet } from '../../access/host-rules.js';
import { maskMysqlUrl } from '../../database/mysql-url.js';
import type { DatabaseSettings } from './database-settings.js';
import { ADMIN_OPTIONS, LISTENER_OPTIONS } from './listener-options.js';
import type { OptionDefinition } from './option-definition.js';
import { camelCase, isPath } from './option-values.js';
import { OPTIONS } from './options.js';
import type { Settings } from './settings.js';

/** Returns a configuration file that is equivalent to `settings`, with all defaults. Passwords are masked. */
export function effectiveConfiguration(settings: Settings): string {
  const databases = [...settings.databases].map(([name, database]) => [name, databaseEntry(database)]);
  return stringify({
    listeners: settings.listeners.map((listener) => entries(LISTENER_OPTIONS, listener)),
    ...entries(OPTIONS, settings),
    ...(settings.admin && { admin: entries(ADMIN_OPTIONS, settings.admin) }),
    ...(databases.length > 0 && { databases: Object.fromEntries(databases) }),
  });
}

/** What is undefined is not printed. */
function databaseEntry({ url, users, readOnly, init, label, autocommit, ...rest }: DatabaseSettings): object {
  const { connection, limits, values } = rest;
  return {
    url: maskMysqlUrl(url),
    users: users && [...users],
    'read-only': readOnly,
    init,
    label,
    autocommit,
    rows: connection.foundRows ? 'found' : 'changed',
    ...entries(OPTIONS, limits),
    ...values,
  };
}

/** A percentage is a number below 1 among the settings. 0 is none. */
function percentage(value: unknown): unknown {
  const percent = Math.round(Number(value) * 100);
  return percent > 0 && percent < 100 && percent / 100 === value ? `${percent}%` : value;
}

function entries(table: Readonly<Record<string, OptionDefinition>>, values: object): Record<string, unknown> {
  const given = new Map(Object.entries(values));
  const shown: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries(table)) {
    const value: unknown = given.get(camelCase(name));
    if (value === undefined) continue;
    // Absolute, because the file may be read from another folder.
    if (isPath(definition)) shown[name] = resolve(String(value));
    else if (value instanceof HostSet) shown[name] = value.networks;
    else shown[name] = definition.defaultText?.endsWith('%') ? percentage(value) : value;
  }
  return shown;
}
