import type { MethodDeclaration, Parameter } from '../netsvc/method-declaration.js';

const QUERY: Parameter = { name: 'query', type: 'string' };
const ARGS: Parameter = { name: 'args', type: 'any', optional: true };
const ROWS: Parameter = { name: 'args', type: 'array' };

/** The methods of a database service. */
export const DATABASE_METHODS = {
  cursor: {
    params: [
      { name: 'timeout', type: 'double', optional: true },
      { name: 'cursorclass', type: 'string', optional: true },
    ],
    returns: 'string',
    help:
      'Opens a session with a MySQL connection of its own and returns its id: the session is the endpoint of that name ' +
      'below this one. It closes when it has been idle for timeout seconds (60). cursorclass is one of Cursor, DictCursor, ' +
      'SSCursor and SSDictCursor.',
  },
  execute: {
    params: [QUERY, ARGS],
    returns: 'any',
    help: 'Runs a statement on a connection of its own and returns all rows, or the number of rows affected.',
  },
  executemany: {
    params: [QUERY, ROWS],
    returns: 'any',
    help: 'Runs a statement once for each item of args. Returns the rows of the last one, or how many rows all affected.',
  },
} as const satisfies Record<string, MethodDeclaration>;

/** The methods of a cursor session. `close` comes with the session. */
export const CURSOR_METHODS = {
  execute: {
    params: [QUERY, ARGS],
    returns: 'int',
    help:
      'Runs a statement and returns the number of rows selected or affected (-1 for the rows of SS cursors). args takes the ' +
      'place of %s, or of %(name)s when it is a struct; then %% stands for a percent sign.',
  },
  executemany: {
    params: [QUERY, ROWS],
    returns: 'int',
    help: 'Runs a statement once for each item of args and returns the number of rows affected by all.',
  },
  callproc: {
    params: [
      { name: 'procname', type: 'string' },
      { name: 'args', type: 'array', optional: true },
    ],
    returns: 'array',
    help:
      'Calls a stored procedure and returns args. What it did to them is then in the variables @_procname_0, @_procname_1, ' +
      '..., and its result sets are fetched as usual.',
  },
  fetchone: { params: [], returns: 'any', help: 'Returns the next row, or nil when there are no more.' },
  fetchmany: {
    params: [{ name: 'size', type: 'int', optional: true }],
    returns: 'array',
    help: 'Returns the next size rows, or as many as there are. Without size, or with 0, arraysize counts.',
  },
  fetchall: { params: [], returns: 'array', help: 'Returns the remaining rows.' },
  nextset: {
    params: [],
    returns: 'any',
    help: 'Goes on to the next result set of a procedure, dropping what is left of this one. Returns 1, or nil at the end.',
  },
  description: {
    params: [],
    returns: 'any',
    help:
      'Returns for each column its name, type_code, display_size, internal_size, precision, scale and null_ok; nil when the ' +
      'last statement gave no rows.',
  },
  rowcount: {
    params: [],
    returns: 'int',
    help: 'Returns what the last statement counted, -1 where that is not known.',
  },
  lastrowid: {
    params: [],
    returns: 'any',
    help: 'Returns the first id that the last statement generated, 0 if it generated none.',
  },
  arraysize: { params: [], returns: 'int', help: 'Returns how many rows fetchmany gives by default.' },
  setarraysize: {
    params: [{ name: 'size', type: 'int' }],
    returns: 'nil',
    help: 'Sets how many rows fetchmany gives by default; 1 at first.',
  },
  begin: { params: [], returns: 'nil', help: 'Begins a transaction. Before, every statement is committed at once.' },
  commit: { params: [], returns: 'nil', help: 'Commits the transaction.' },
  rollback: { params: [], returns: 'nil', help: 'Rolls the transaction back. Closing the session does so too.' },
  scroll: {
    params: [
      { name: 'value', type: 'int' },
      { name: 'mode', type: 'string', optional: true },
    ],
    returns: 'nil',
    help: 'Moves to another row of the result, by value rows or, with the mode absolute, to row value. Not for SS cursors.',
  },
} as const satisfies Record<string, MethodDeclaration>;
