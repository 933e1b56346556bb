import { HostSet } from '../../access/host-rules.js';
import { DATABASE_OPTIONS } from './database-options.js';
import type { DatabaseSettings } from './database-settings.js';
import { ADMIN_OPTIONS, LISTENER_OPTIONS } from './listener-options.js';
import type { AppliedBy, OptionDefinition } from './option-definition.js';
import { camelCase } from './option-values.js';
import { DATABASE_LIMITS, OPTIONS } from './options.js';
import type { Settings } from './settings.js';

/** A setting that has another value, by its key, such as `log-level` or `databases.shop.url`. */
export interface ChangedSetting {
  readonly key: string;
  readonly reload: AppliedBy;
}

type Table = Readonly<Record<string, Pick<OptionDefinition, 'reload' | 'presence'>>>;

/** Returns the settings that differ. */
export function changedSettings(before: Settings, after: Settings): ChangedSetting[] {
  return [
    ...changesIn(OPTIONS, before, after),
    ...changedListeners(before, after),
    ...changedAdmin(before, after),
    ...changedDatabases(before, after),
  ];
}

function changesIn(table: Table, before: object, after: object, prefix = ''): ChangedSetting[] {
  const [old, now] = [new Map<string, unknown>(Object.entries(before)), new Map(Object.entries(after))];
  return Object.entries(table).flatMap(([name, { reload, presence }]) => {
    const [was, is] = [old.get(camelCase(name)), now.get(camelCase(name))];
    if (textOf(was) === textOf(is)) return [];
    const isFixed = presence === 'fixed' && (was === undefined) !== (is === undefined);
    return [{ key: prefix + name, reload: isFixed ? 'restart' : reload }];
  });
}

function restart(key: string): ChangedSetting[] {
  return [{ key, reload: 'restart' }];
}

function changedListeners({ listeners: before }: Settings, { listeners: after }: Settings): ChangedSetting[] {
  if (before.length !== after.length) return restart('listeners');
  return before.flatMap((listener, i) => {
    const prefix = before.length === 1 ? '' : `listeners.${i}.`;
    return changesIn(LISTENER_OPTIONS, listener, after[i] ?? {}, prefix);
  });
}

function changedAdmin({ admin: before }: Settings, { admin: after }: Settings): ChangedSetting[] {
  if (before === undefined || after === undefined) return before === after ? [] : restart('admin');
  return changesIn(ADMIN_OPTIONS, before, after, 'admin.');
}

/** A server without any has a private one. */
function changedDatabases({ databases: before }: Settings, { databases: after }: Settings): ChangedSetting[] {
  if ((before.size === 0) !== (after.size === 0)) return restart('databases');
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const key = `databases.${name}`;
    const [old, now] = [before.get(name), after.get(name)];
    if (old === undefined || now === undefined) return [{ key, reload: 'databases' }];
    return changesIn({ ...DATABASE_OPTIONS, ...DATABASE_LIMITS }, keysOf(old), keysOf(now), `${key}.`);
  });
}

/** By their names in camel case. The URL stands for all that is in it, and in the files that it names. */
function keysOf({ url, connection, limits, values, ...others }: DatabaseSettings): object {
  const { foundRows, ...server } = connection;
  return { ...others, ...limits, ...values, url: [url, server], rows: foundRows };
}

function textOf(value: unknown): string {
  return JSON.stringify(value, plain) ?? '';
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof HostSet) return value.networks;
  return value instanceof Map || value instanceof Set ? [...value] : value;
}
