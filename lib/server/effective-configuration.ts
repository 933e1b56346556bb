import { stringify } from 'yaml';
import { HostSet } from '../access/host-rules.js';
import { maskMysqlUrl } from '../database/mysql-url.js';
import { camel, LISTENER_OPTIONS, OPTIONS, type OptionDefinition } from './options.js';
import type { DatabaseSettings, Settings } from './settings.js';

/** The configuration file that says the same as `settings`, with all that is not said. Passwords are masked. */
export function effectiveConfiguration(settings: Settings): string {
  const databases = [...settings.databases].map(([name, database]) => [name, databaseEntry(database)]);
  return stringify({
    listeners: settings.listeners.map((listener) => entries(LISTENER_OPTIONS, listener)),
    ...entries(OPTIONS, settings),
    ...(databases.length > 0 && { databases: Object.fromEntries(databases) }),
  });
}

function databaseEntry({ url, users, readOnly, init, values }: DatabaseSettings): object {
  return { url: maskMysqlUrl(url), ...(users && { users: [...users] }), 'read-only': readOnly, init, ...values };
}

function entries(table: Readonly<Record<string, OptionDefinition>>, values: object): Record<string, unknown> {
  const given = new Map(Object.entries(values));
  const named = Object.keys(table).map((name) => [name, given.get(camel(name))] as const);
  return Object.fromEntries(
    named
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, value instanceof HostSet ? value.networks : value]),
  );
}
