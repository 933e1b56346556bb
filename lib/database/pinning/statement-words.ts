import type { PinReason } from './pin-reason.js';

export const LOCK_FUNCTIONS = new Set([
  'get_lock',
  'release_lock',
  'release_all_locks',
  'is_used_lock',
  'is_free_lock',
]);

export const SEQUENCE_WORDS = new Set(['next', 'previous', 'nextval', 'lastval', 'setval', 'currval']);

/** Statements that change no session state but what is restored, unless they call functions that do. */
export const QUERIES = new Set(['select', 'with', 'table', 'values', 'desc', 'describe', 'explain', 'show']);

export const CHANGES = new Set(['insert', 'replace', 'update', 'delete']);

export const DDL = new Set(['create', 'alter', 'drop', 'rename', 'truncate']);

/** Why other statements pin. */
export const STATEMENTS: ReadonlyMap<string, PinReason> = new Map([
  ['set', 'session state'],
  ['use', 'session state'],
  ['call', 'procedure'],
  ['prepare', 'prepared statement'],
  ['execute', 'prepared statement'],
  ['deallocate', 'prepared statement'],
  ['create', 'DDL'],
  ['alter', 'DDL'],
  ['drop', 'DDL'],
  ['rename', 'DDL'],
  ['truncate', 'DDL'],
  ['lock', 'lock'],
  ['unlock', 'lock'],
  ['handler', 'lock'],
  ['flush', 'lock'],
  ['backup', 'lock'],
  // BEGIN NOT ATOMIC
  ['begin', 'procedure'],
  ['start', 'transaction'],
  ['commit', 'transaction'],
  ['rollback', 'transaction'],
  ['savepoint', 'transaction'],
  ['release', 'transaction'],
  ['xa', 'transaction'],
]);

/** Other statements than queries that change no schema, or take away from it only. */
export const KEEPS_SCHEMA = new RegExp(
  '^(?:set(?! statement)|use|drop|truncate|lock|unlock|handler|flush|backup|start|commit|rollback|savepoint|release|' +
    'xa|prepare|deallocate|get|create (?:or replace )?temporary)\\b',
);

/** Statements of which MySQL resolves all names before it runs any of it: all but those that contain statements. */
export const RESOLVED_FIRST = new Set([
  ...QUERIES,
  ...CHANGES,
  ...'set use call prepare execute deallocate create alter drop rename truncate lock unlock handler flush start'.split(
    ' ',
  ),
  ...'commit rollback savepoint release do load kill grant revoke analyze check optimize repair get'.split(' '),
]);

/** Reasons after which MySQL's reports of the character sets may be turned off. */
export const HIDING: ReadonlySet<PinReason | undefined> = new Set<PinReason>([
  'session state',
  'system variable',
  'procedure',
  'prepared statement',
  'unknown function',
  'unknown statement',
]);

/** Statements that keep FOUND_ROWS() and LAST_INSERT_ID(), if they contain no query. */
export const KEEP_IDS_AND_ROWS = new Set(
  'set get savepoint release rollback commit begin start use lock unlock prepare deallocate create drop alter'.split(
    ' ',
  ),
);

/** Common words that are names only in quotes or behind a point, in all servers. */
export const RESERVED = new Set(
  (
    'select from where and or not in is null as on by order group join insert into values update set delete create ' +
    'alter table for each default primary key'
  ).split(' '),
);

export const INSERT_MODIFIERS = new Set(['low_priority', 'delayed', 'high_priority', 'ignore', 'into']);
