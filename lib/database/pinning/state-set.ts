/** What MySQL keeps of a session's statements for later ones to read, as bits of a set. */
export const STATE = {
  none: 0,
  /** LAST_INSERT_ID() */
  insertId: 1,
  /** FOUND_ROWS() */
  foundRows: 2,
  /** ROW_COUNT() */
  rowCount: 4,
  /** The warnings and errors of the last statement. */
  diagnostics: 8,
  /** What SHOW STATUS tells of the last query, such as its cost. */
  lastQuery: 16,
  /** What the server counts for the session, and what else it tells of its earlier statements. */
  statistics: 32,
  /** The GTID of its last change, in MariaDB. */
  gtid: 64,
  /** FOUND_ROWS() of SQL_CALC_FOUND_ROWS, which is likely to be read. */
  calculated: 128,
  /** ROW_COUNT() of a change, which is likely to be read. */
  changed: 256,
} as const;

/** A set of `STATE`. */
export type StateSet = number;

/**
 * What a text that is executed and not known is taken to read. It could read any outcome, but sessions would get faults
 * for what hardly any text reads: FOUND_ROWS() of a usual query, and ROW_COUNT() of a statement that changed nothing.
 */
export const DOUBTFUL: StateSet = STATE.calculated | STATE.changed | STATE.diagnostics;

export const FOUND_ROWS: StateSet = STATE.foundRows | STATE.calculated;

export const ROW_COUNT: StateSet = STATE.rowCount | STATE.changed;

/** Functions that read session state. */
export const STATE_FUNCTIONS: ReadonlyMap<string, StateSet> = new Map([
  ['last_insert_id', STATE.insertId],
  ['found_rows', STATE.foundRows],
  ['row_count', STATE.rowCount],
]);

/** System variables that read session state. */
export const STATE_VARIABLES: ReadonlyMap<string, StateSet> = new Map([
  ['last_insert_id', STATE.insertId],
  ['identity', STATE.insertId],
  ['warning_count', STATE.diagnostics],
  ['error_count', STATE.diagnostics],
  ['last_gtid', STATE.gtid],
]);

/** Words that read session state in any place, as in GET DIAGNOSTICS or in the arguments of a procedure. */
export const STATE_WORDS: ReadonlyMap<string, StateSet> = new Map([
  ...STATE_FUNCTIONS,
  ...STATE_VARIABLES,
  ['warnings', STATE.diagnostics],
  ['errors', STATE.diagnostics],
  ['diagnostics', STATE.diagnostics],
]);

/** The schemas of `STATE_TABLES`. */
const STATE_SCHEMAS = ['information_schema', 'performance_schema'];

/** Tables of information_schema and performance_schema that tell of the session itself. */
const STATE_TABLES: ReadonlyMap<string, StateSet> = new Map([
  ['session_status', STATE.lastQuery | STATE.statistics],
  ['status_by_thread', STATE.lastQuery | STATE.statistics],
  ['session_variables', STATE.diagnostics | STATE.gtid],
  ['system_variables', STATE.diagnostics | STATE.gtid],
  ['variables_by_thread', STATE.diagnostics],
  ['profiling', STATE.statistics],
  ...[
    'events_statements_current',
    'events_statements_history',
    'events_transactions_current',
    'events_transactions_history',
    'events_waits_history',
    'events_stages_history',
    'prepared_statements_instances',
    'threads',
    'metadata_locks',
  ].map((name): [string, StateSet] => [name, STATE.statistics]),
]);

/** Returns the session state that is read by a statement with these names. */
export function tableReads(names: ReadonlySet<string>): StateSet {
  let reads: StateSet = STATE.none;
  if (!STATE_SCHEMAS.some((schema) => names.has(schema))) return reads;
  for (const [name, item] of STATE_TABLES) if (names.has(name)) reads |= item;
  return reads;
}
