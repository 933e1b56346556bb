/** Upper bounds of the buckets of durations, in seconds. */
export const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What `/metrics` contains besides the metrics of the process, by name. */
export const METRICS = {
  netsvc_call_duration_seconds: {
    type: 'histogram',
    labels: ['endpoint', 'method', 'fault'],
    help: 'Duration of calls, until the response is ready or, if it is large, has been sent.',
  },
  netsvc_statement_duration_seconds: {
    type: 'histogram',
    labels: ['database', 'operation', 'error'],
    help: 'Duration of statements in MySQL, until the last row or, for SS cursors, the first.',
  },
  netsvc_slow_statements_total: {
    type: 'counter',
    labels: ['database'],
    help: 'Statements that took longer than --slow-query.',
  },
  netsvc_rows_returned_total: { type: 'counter', labels: ['database'], help: 'Rows that MySQL returned.' },
  netsvc_statements_cancelled_total: {
    type: 'counter',
    labels: ['database'],
    help: 'Statements that netsvc stopped: after a time-out, or because the client, an operator or a limit ended them.',
  },
  netsvc_connections: {
    type: 'gauge',
    labels: ['database', 'state'],
    help: 'MySQL connections: opening, idle, used, parked, pinned, resetting or closing.',
  },
  netsvc_connections_max: { type: 'gauge', labels: ['database'], help: 'Maximum number of MySQL connections.' },
  netsvc_connections_waiting: {
    type: 'gauge',
    labels: ['database'],
    help: 'Requests that wait for a MySQL connection.',
  },
  netsvc_connection_wait_seconds: {
    type: 'histogram',
    labels: ['database'],
    help: 'Time that a request waited for the MySQL connection that it got.',
  },
  netsvc_connection_timeouts_total: {
    type: 'counter',
    labels: ['database'],
    help: 'Requests that got no MySQL connection in time.',
  },
  netsvc_connection_failures_total: {
    type: 'counter',
    labels: ['database'],
    help: 'Failed attempts to open a MySQL connection.',
  },
  netsvc_database_unreachable: { type: 'gauge', labels: ['database'], help: '1 while MySQL cannot be reached.' },
  netsvc_database_paused: { type: 'gauge', labels: ['database'], help: '1 while operators have paused the database.' },
  netsvc_database_disabled: {
    type: 'gauge',
    labels: ['database'],
    help: '1 while operators have disabled the database.',
  },
  netsvc_logins_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Logins that are not in the password cache: accepted, wrong, malformed, locked out, or too many at once.',
  },
  netsvc_refusals_total: {
    type: 'counter',
    labels: ['resource', 'database'],
    help: 'Requests, connections and results that were refused because a resource was exhausted or a limit reached.',
  },
  netsvc_http_refusals_total: {
    type: 'counter',
    labels: ['status'],
    help: 'Requests of clients that were answered with an HTTP status of 400 or above.',
  },
  netsvc_sessions: { type: 'gauge', labels: ['database'], help: 'Open sessions.' },
  netsvc_sessions_max: { type: 'gauge', labels: [], help: 'Maximum number of open sessions, of all databases.' },
  netsvc_sessions_total: {
    type: 'counter',
    labels: ['end'],
    help: 'Sessions that have ended: closed, expired, closed by an operator, or drained by a shutdown.',
  },
  netsvc_sessions_pinned: {
    type: 'gauge',
    labels: ['reason'],
    help: 'Open sessions that are pinned to a MySQL connection.',
  },
  netsvc_user_calls_total: { type: 'counter', labels: ['user'], help: 'Calls of a user.' },
  netsvc_user_faults_total: {
    type: 'counter',
    labels: ['user'],
    help: 'Calls of a user that were answered with a fault.',
  },
  netsvc_user_statement_seconds_total: {
    type: 'counter',
    labels: ['user'],
    help: 'Duration of the statements of a user in MySQL.',
  },
  netsvc_user_sessions: { type: 'gauge', labels: ['user'], help: 'Open sessions of a user.' },
  netsvc_spill_files: { type: 'gauge', labels: [], help: 'Open temporary files of results and responses.' },
  netsvc_spill_bytes: { type: 'gauge', labels: [], help: 'Bytes in open temporary files.' },
  netsvc_memory_bytes: {
    type: 'gauge',
    labels: ['kind'],
    help: 'Memory that the server holds for clients: requests, statements, rows, kept answers and responses.',
  },
  netsvc_memory_limit_bytes: { type: 'gauge', labels: ['account'], help: 'Limits of memory accounts.' },
  netsvc_memory_peak_bytes: { type: 'gauge', labels: [], help: 'Maximum of the memory held for clients at once.' },
  netsvc_memory_refusals_total: {
    type: 'counter',
    labels: ['account'],
    help: 'Calls and rows that were refused memory, by the account that was full.',
  },
  netsvc_client_connections: { type: 'gauge', labels: [], help: 'Open connections of clients.' },
  netsvc_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    labels: ['listener'],
    help: 'When the certificate of a listener expires, as a Unix time.',
  },
  netsvc_reload_success: {
    type: 'gauge',
    labels: [],
    help: '1 if the configuration and the password files could be used when they were last read.',
  },
  netsvc_reload_timestamp_seconds: {
    type: 'gauge',
    labels: [],
    help: 'When the configuration or a password file was last read and applied, as a Unix time.',
  },
  netsvc_audit_lines_total: { type: 'counter', labels: [], help: 'Lines of the audit log.' },
  netsvc_audit_lines_lost_total: {
    type: 'counter',
    labels: [],
    help: 'Lines of the audit log that could not be written.',
  },
  netsvc_build_info: { type: 'gauge', labels: ['version', 'node'], help: 'The versions of netsvc and Node.js.' },
  netsvc_received_bytes_total: { type: 'counter', labels: [], help: 'Bytes received from clients, without TLS.' },
  netsvc_sent_bytes_total: { type: 'counter', labels: [], help: 'Bytes sent to clients, without TLS.' },
} as const satisfies Record<string, MetricDeclaration>;

export interface MetricDeclaration {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

/**
 * The codes that are values of the labels `fault` and `error`. All others are `other`: a client can provoke any number
 * of them with SIGNAL.
 */
const CODES = new Set([
  // Of netsvc.
  1, 51, 52, 54, 55, 56, 57, 58,
  // Connections, shutdown and limits of the server.
  1040, 1042, 1043, 1044, 1045, 1049, 1053, 1129, 1130, 1153, 1158, 1159, 1160, 1161, 1203, 1226, 1927, 3169, 4031,
  // Locks, time-outs, space and read-only servers.
  1021, 1114, 1205, 1206, 1213, 1290, 1317, 1792, 1836, 1969, 3024,
  // Errors of statements.
  1048, 1054, 1062, 1064, 1142, 1143, 1146, 1227, 1264, 1292, 1305, 1364, 1366, 1370, 1406, 1451, 1452,
  // Of the client library.
  2002, 2003, 2006, 2013, 2014, 2026,
]);

/** Returns the label value of a faultCode or error number; '' if there is none. */
export function codeLabel(code: number | undefined): string {
  if (code === undefined) return '';
  return CODES.has(code) ? String(code) : 'other';
}
