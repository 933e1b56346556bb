import type { MethodDeclaration, Parameter } from '../netsvc/method-declaration.js';

const QUERY = { name: 'query', type: 'string' } as const satisfies Parameter;
const ARGS = { name: 'args', type: 'any', optional: true } as const satisfies Parameter;
const CALLS = { name: 'calls', type: 'array' } as const satisfies Parameter;
const ROWS = { name: 'args', type: 'array' } as const satisfies Parameter;

/** The methods of a cursor session. `close` is a method of every session. */
export const CURSOR_METHODS = {
  execute: {
    params: [QUERY, ARGS],
    returns: 'int',
    help:
      'Runs a statement and returns the number of rows selected or affected (-1 for the rows of SS cursors). args ' +
      'replaces %s, or %(name)s if it is a struct. If args is given, %% is a percent sign.',
    example: ['select %s + 1', [41]],
  },
  executemany: {
    params: [QUERY, ROWS],
    returns: 'int',
    help: 'Runs a statement once for each item of args and returns the number of rows affected by all.',
  },
  query: {
    params: [QUERY, ARGS],
    returns: 'struct',
    help:
      'Runs a statement, fetches its rows, and returns a struct of columns (as description), rows (as fetchall), ' +
      'rowcount, lastrowid and warnings (their number).',
  },
  stream: {
    params: [QUERY, ARGS],
    returns: 'struct',
    help:
      'Runs a statement whose rows are not stored, and returns the struct of query with the first page of its rows, ' +
      'complete (the result set has no more rows) and last (no other result set follows). The other pages are ' +
      'returned by fetchpage.',
  },
  fetchpage: {
    params: [],
    returns: 'struct',
    help:
      'Returns a struct of rows, complete, last (as stream) and warnings (their number). rows are those of the next ' +
      'rows that have arrived: at least one, unless there are no more, and about 256 KB at most.',
  },
  batch: {
    params: [CALLS],
    returns: 'array',
    help: 'Makes several calls in one request, in order, until one fails. Otherwise like system.multicall.',
  },
  once: {
    params: [
      { name: 'n', type: 'int' },
      { name: 'methodName', type: 'string' },
      { name: 'params', type: 'array' },
    ],
    returns: 'any',
    help:
      'Makes a call that can be repeated if its response was lost. n is 1 for the first call and then one more than ' +
      'that of the last; with the same n, the call is not made again, and its result or fault is returned again. It ' +
      'is not cancelled if the client disconnects.',
  },
  ping: {
    params: [],
    returns: 'double',
    help: 'Returns the seconds until the session expires, and does not extend them.',
  },
  check: {
    params: [],
    returns: 'nil',
    help:
      'Asks MySQL whether it answers. Fault 2006 if the connection of the session is lost, and with it what the ' +
      'session had on it.',
  },
  touch: { params: [], returns: 'nil', help: 'Restarts the idle time of the session, as every call but ping does.' },
  callproc: {
    params: [
      { name: 'procname', type: 'string' },
      { name: 'args', type: 'array', optional: true },
    ],
    returns: 'array',
    help:
      'Calls a stored procedure and returns args unchanged. The values of the parameters after the call are in the ' +
      'variables @_procname_0, @_procname_1, ... Its result sets are fetched as usual.',
  },
  fetchone: { params: [], returns: 'any', help: 'Returns the next row, or nil if there are no more.' },
  fetchmany: {
    params: [{ name: 'size', type: 'int', optional: true }],
    returns: 'array',
    help:
      'Returns the next size rows, or fewer if there are fewer. The default of size, also used for 0, is ' +
      'arraysize.',
  },
  fetchall: {
    params: [],
    returns: 'array',
    help: 'Returns the remaining rows.',
    example: [],
    iterates: 'the rows',
  },
  nextset: {
    params: [],
    returns: 'any',
    help:
      'Drops the rest of this result set and moves to the next one of a procedure. Returns 1, or nil if there ' +
      'is none.',
  },
  description: {
    params: [],
    returns: 'any',
    help:
      'Returns the name, type_code, display_size, internal_size, precision, scale and null_ok of each column; nil ' +
      'if the last statement returned no rows.',
  },
  rowcount: {
    params: [],
    returns: 'int',
    help: 'Returns the number of rows that the last statement selected or affected; -1 if it is not known.',
  },
  lastrowid: {
    params: [],
    returns: 'any',
    help: 'Returns the first id that the last statement generated; 0 if it generated none.',
  },
  arraysize: { params: [], returns: 'int', help: 'Returns the number of rows that fetchmany returns by default.' },
  setarraysize: {
    params: [{ name: 'size', type: 'int' }],
    returns: 'nil',
    help: 'Sets the number of rows that fetchmany returns by default; initially 1.',
  },
  begin: {
    params: [],
    returns: 'nil',
    help: 'Begins a transaction. Outside of one, every statement is committed at once, unless autocommit is off.',
  },
  commit: { params: [], returns: 'nil', help: 'Commits the transaction.' },
  rollback: { params: [], returns: 'nil', help: 'Rolls back the transaction. Closing the session does so too.' },
} as const satisfies Record<string, MethodDeclaration>;

/** The methods that only cursors have whose rows are stored. */
export const STORED_CURSOR_METHODS = {
  result: {
    params: [],
    returns: 'struct',
    help:
      'Fetches the remaining rows of the current result set and returns the struct of query for it, with a member ' +
      'autocommit: whether it is on behind the statement. SS cursors do not have it.',
  },
  scroll: {
    params: [
      { name: 'value', type: 'int' },
      { name: 'mode', type: 'string', optional: true },
    ],
    returns: 'nil',
    help: 'Moves in the result by value rows or, if mode is absolute, to row value. SS cursors do not have it.',
  },
} as const satisfies Record<string, MethodDeclaration>;

/** The methods of a database service. */
export const DATABASE_METHODS = {
  cursor: {
    params: [
      { name: 'timeout', type: 'double', optional: true },
      { name: 'cursorclass', type: 'string', optional: true },
    ],
    returns: 'string',
    help:
      'Opens a MySQL session and returns its id. The endpoint of the session is this path, a slash and the id. The ' +
      'session is closed after timeout seconds of inactivity (default: 60). cursorclass is Cursor, DictCursor, ' +
      'SSCursor or SSDictCursor.',
    opens: { ...CURSOR_METHODS, ...STORED_CURSOR_METHODS },
  },
  execute: {
    params: [QUERY, ARGS],
    returns: 'any',
    help: 'Runs a statement in a session of its own and returns all rows, or the number of affected rows.',
    example: ['select %s + 1', [41]],
  },
  executemany: {
    params: [QUERY, ROWS],
    returns: 'any',
    help:
      'Runs a statement once for each item of args. Returns the rows of the last one, or the number of rows ' +
      'affected by all.',
  },
  query: {
    params: [QUERY, ARGS],
    returns: 'struct',
    help:
      'Runs a statement in a session of its own and returns a struct of columns (as description), rows (as ' +
      'fetchall), rowcount, lastrowid and warnings (their number).',
  },
  transaction: {
    params: [
      { name: 'statements', type: 'array' },
      { name: 'options', type: 'struct', optional: true },
    ],
    returns: 'array',
    help:
      'Runs statements, each an array of a query and its args, in a transaction of their own, and returns a struct ' +
      'as query does for each. If one fails, all are rolled back. options are isolation and readonly.',
  },
  session: {
    params: [CALLS, { name: 'options', type: 'struct', optional: true }],
    returns: 'struct',
    help:
      'Opens a cursor session, makes calls on it, each a struct of methodName and params, until one fails, and ' +
      'returns a struct of id and results, as system.multicall returns them. options are timeout, cursorclass, ' +
      'autocommit and rows (found or changed: those that an UPDATE counts), by default as the database has them. ' +
      'Without timeout, the session is closed afterwards and id is empty.',
  },
} as const satisfies Record<string, MethodDeclaration>;
