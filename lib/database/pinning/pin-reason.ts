/** Why only its connection can continue a session. */
export type PinReason =
  /** `--pin always` */
  | 'always'
  | 'transaction'
  /** MySQL reported a change of session state: a variable, the schema, a temporary table or a prepared statement. */
  | 'session state'
  /** The server does not report changes of session state. */
  | 'no session tracking'
  | 'user variable'
  | 'system variable'
  | 'prepared statement'
  | 'procedure'
  | 'sequence'
  | 'lock'
  | 'unknown function'
  /** CREATE, which may be of a temporary table, ALTER, DROP, ... */
  | 'DDL'
  /** A view whose definition would pin, or cannot be seen. */
  | 'view'
  | 'trigger'
  /** A column whose default or generated value would pin. */
  | 'column default'
  /** The server did not say which names have effects. */
  | 'unknown table'
  | 'file'
  /** The statement, or its version-specific comment, is not recognised. */
  | 'unknown statement';
