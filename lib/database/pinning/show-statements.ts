import { STATE, STATE_VARIABLES, type StateSet } from './state-set.js';

/** Of a SHOW without session state, behind FULL, EXTENDED, GLOBAL, SESSION and the like. */
const STATELESS = new RegExp(
  '^(?:tables|table|open|columns|fields|databases|schemas|index|indexes|keys|create|triggers|events|procedure|' +
    'function|package|engines|engine|storage|character|charset|collation|grants|privileges|plugins|processlist|' +
    'master|binary|replica|replicas|slave|all|count)\\b',
);

/** The number of characters of a pattern that are looked at. */
const MAX_PATTERN = 64;

const MODIFIERS = /^show (?:(?:full|extended|global|session|local) )*/;

/** Names of status variables, or the beginnings of their names, which tell of the server in any case. */
const OF_SERVER = new RegExp(
  '^(?:aborted_|connection|innodb_|key_|max_used|open(?:ed)?_(?:files|tables|table_def)|qcache_|rpl_|slave|ssl_acc|' +
    'threads?_|uptime|wsrep_|performance_schema_)',
  'i',
);

/**
 * Returns the session state that a SHOW reads; undefined if it pins.
 *
 * @param head its first words in lower case, with '' for strings
 * @param last the last string, without its quotes
 */
export function showReads(head: string, last: string): StateSet | undefined {
  const what = head.replace(MODIFIERS, '');
  const pattern = / like\b/.test(head) ? last.slice(0, MAX_PATTERN) : '';
  if (/^(?:warnings|errors)(?: limit \d+)?$/.test(what) || /^count \* (?:warnings|errors)/.test(what)) {
    return STATE.diagnostics;
  }
  if (/^(?:profile|profiles)\b/.test(what)) return STATE.statistics;
  if (/^status\b/.test(what)) return statusReads(head, pattern);
  if (/^variables\b/.test(what)) return variableReads(head, pattern);
  return STATELESS.test(what) ? STATE.none : undefined;
}

function statusReads(head: string, pattern: string): StateSet {
  if (/^show global /.test(head) || OF_SERVER.test(pattern)) return STATE.none;
  return /^last_query_[a-z_]*$/i.test(pattern) ? STATE.lastQuery : STATE.statistics | STATE.lastQuery;
}

function variableReads(head: string, pattern: string): StateSet {
  let reads: StateSet = STATE.none;
  if (/^show global /.test(head)) return reads;
  for (const [name, item] of STATE_VARIABLES) if (pattern === '' || isLike(name, pattern)) reads |= item;
  return reads;
}

/** Whether LIKE finds it, whatever a backslash means. */
function isLike(name: string, pattern: string): boolean {
  const escaped = pattern.replaceAll(/\\+/g, '').replaceAll(/[.*+?^${}()|[\]]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('%', '.*').replaceAll('_', '.')}$`, 'i').test(name);
}
