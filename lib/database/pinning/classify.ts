/** The session state that a statement reads. */
export interface StateReads {
  /** LAST_INSERT_ID() */
  readonly insertId: boolean;
  /** FOUND_ROWS() */
  readonly foundRows: boolean;
  /** ROW_COUNT() */
  readonly rowCount: boolean;
  /** The warnings and errors of the last statement. */
  readonly diagnostics: boolean;
}

/** How a statement uses its connection, as far as its text tells. */
export interface Classification {
  /**
   * It pins the session: it may change what MySQL does not report, or see what another session left on the connection.
   */
  readonly pins: boolean;
  /** What it reads for. */
  readonly reads: StateReads;
  /** It may set LAST_INSERT_ID() to an id that it generates, or keep it. */
  readonly inserts: boolean;
  /** It sets LAST_INSERT_ID() to the value of an expression. */
  readonly setsInsertId: boolean;
  /** FOUND_ROWS() afterwards: the rows received, another number, the value before, or one that only MySQL knows. */
  readonly foundRows: 'counted' | 'set' | 'kept' | 'unknown';
  /** ROW_COUNT() keeps its value. */
  readonly keepsRowCount: boolean;
  /** It uses tables. Only such a statement clears the warnings of the one before. */
  readonly usesTables: boolean;
}

/** Longer statements, in characters, always pin. */
const MAX_LENGTH = 16 * 1024;

/** Quoted text without backslashes, which mean different things in different sql_modes. */
const QUOTED = /'(?:[^'\\]|'')*'|"(?:[^"\\]|"")*"|`[^`]*`/g;

const TRANSACTION = /^\s*(?:(?:BEGIN|COMMIT|ROLLBACK)(?:\s+WORK)?|START\s+TRANSACTION)\s*;?\s*$/i;

const SHOW_DIAGNOSTICS = /^\s*SHOW\s+(?:WARNINGS|ERRORS)(?:\s+LIMIT\s+\d+)?\s*;?\s*$/i;

/** Statements that change no session state beyond the one that is restored, unless they call functions that do. */
const STATELESS = /^\s*(?:SELECT|WITH|INSERT|REPLACE|UPDATE|DELETE|DESC|DESCRIBE|EXPLAIN)\b/i;

const STATELESS_SHOW =
  /^\s*SHOW\s+(?:FULL\s+)?(?:TABLES|COLUMNS|FIELDS|DATABASES|SCHEMAS|INDEX|INDEXES|KEYS|CREATE\s+TABLE)\b/i;

/** Variables, comments (which MySQL may execute), backslashes, sequences and files. */
const UNCLEAR = /[@#\\]|--|\/\*|\b(?:NEXT|PREVIOUS|OUTFILE|DUMPFILE)\b/i;

const INSERT = /^\s*(?:INSERT|REPLACE)\b/i;

const CHANGE = /^\s*(?:INSERT|REPLACE|UPDATE|DELETE)\b/i;

const SELECT = /^\s*(?:SELECT|WITH)\b/i;

/** Queries whose FOUND_ROWS() differs from the number of rows received. */
const FOUND_ROWS_DIFFERS = /\b(?:UNION|INTERSECT|EXCEPT|SQL_CALC_FOUND_ROWS|WITH|PROCEDURE|FETCH|OFFSET)\b/i;

/** Every form of LIMIT but a single number or placeholder at the end of a query. */
const UNUSUAL_LIMIT = /\bLIMIT(?!\s+(?:\d+|%s|%\(\w+\)s)\s*(?:;\s*)?(?:$|\)|FOR\b|LOCK\b))\b/i;

/** Changes of one table that read no other. They keep FOUND_ROWS(). */
const SIMPLE_CHANGES = [
  /^\s*(?:INSERT|REPLACE)/i,
  /^\s*UPDATE\s+(?:LOW_PRIORITY\s+|IGNORE\s+)*[\w$.]+\s+SET/i,
  /^\s*DELETE\s+(?:LOW_PRIORITY\s+|QUICK\s+|IGNORE\s+)*FROM\s+[\w$.]+(?:\s+(?:WHERE|ORDER|LIMIT)\b|\s*;?\s*$)/i,
];

const READS_ROWS = /\b(?:SELECT|JOIN|USING|RETURNING|TABLE)\b/i;

/** The table of an INSERT and the parenthesis of its column list, which looks like a function call. */
const INSERT_TARGET = /\bINTO\s+(?:Q|[\w$]+)(?:\.(?:Q|[\w$]+))?\s*\(/i;

/** A name before a parenthesis. */
const CALL = /([\w$.]+)\s*\(/g;

/** Functions without session state, and keywords that can precede a parenthesis. */
const STATELESS_FUNCTIONS: ReadonlySet<string> = new Set(
  (
    'count sum avg min max group_concat std stddev stddev_pop stddev_samp variance var_pop var_samp bit_and bit_or ' +
    'bit_xor json_arrayagg ' +
    'json_objectagg row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value ' +
    'nth_value over ' +
    'if ifnull nullif coalesce greatest least isnull interval field elt find_in_set strcmp ' +
    'abs ceil ceiling floor round truncate mod div power pow sqrt exp ln log log2 log10 sign sin cos tan asin acos ' +
    'atan atan2 cot ' +
    'degrees radians pi crc32 rand conv bin oct hex unhex md5 sha sha1 sha2 to_base64 from_base64 uuid ' +
    'concat concat_ws lower upper lcase ucase left right substring substr substring_index mid trim ltrim rtrim ' +
    'replace repeat reverse ' +
    'lpad rpad length char_length character_length octet_length bit_length locate instr position format ascii ord ' +
    'char space quote ' +
    'regexp_replace regexp_substr regexp_instr soundex ' +
    'now curdate curtime current_date current_time current_timestamp localtime localtimestamp utc_date utc_time ' +
    'utc_timestamp sysdate ' +
    'date time timestamp year quarter month monthname week weekday weekofyear yearweek day dayname dayofmonth ' +
    'dayofweek dayofyear hour ' +
    'minute second microsecond date_add date_sub adddate subdate addtime subtime datediff timediff timestampdiff ' +
    'timestampadd ' +
    'date_format time_format str_to_date from_unixtime unix_timestamp from_days to_days last_day makedate maketime ' +
    'sec_to_time ' +
    'time_to_sec period_add period_diff extract cast convert binary decimal varchar ' +
    'json_extract json_unquote json_quote json_object json_array json_value json_query json_length json_contains ' +
    'json_keys json_set ' +
    'json_insert json_replace json_remove json_valid json_type json_depth ' +
    'version database schema user current_user session_user system_user sleep inet_aton inet_ntoa ' +
    'select from join on using where and or xor not in exists any all some as by having values value set between ' +
    'like when then else case ' +
    'distinct union except intersect partition'
  ).split(' '),
);

/** Functions that read session state. */
const STATE_FUNCTIONS: ReadonlyMap<string, keyof StateReads> = new Map([
  ['last_insert_id', 'insertId'],
  ['found_rows', 'foundRows'],
  ['row_count', 'rowCount'],
]);

const SETS_INSERT_ID = /\bLAST_INSERT_ID\s*\((?!\s*\))/i;

/** System variables that read session state. */
const STATE_VARIABLES = /@@(?:SESSION\s*\.\s*)?(?:(LAST_INSERT_ID|IDENTITY)|(WARNING_COUNT|ERROR_COUNT))\b/gi;

/** Words that read session state anywhere else, as in GET DIAGNOSTICS or in a procedure's arguments. */
const STATE_WORDS: { readonly [item in keyof StateReads]: RegExp } = {
  insertId: /\b(?:LAST_INSERT_ID|IDENTITY)\b/i,
  foundRows: /\bFOUND_ROWS\b/i,
  rowCount: /\bROW_COUNT\b/i,
  diagnostics: /\b(?:WARNINGS|ERRORS|WARNING_COUNT|ERROR_COUNT|DIAGNOSTICS)\b/i,
};

const READS_NOTHING: StateReads = { insertId: false, foundRows: false, rowCount: false, diagnostics: false };

const KEEPS_STATE: Classification = {
  pins: false,
  reads: READS_NOTHING,
  inserts: false,
  setsInsertId: false,
  foundRows: 'kept',
  keepsRowCount: false,
  usesTables: false,
};

/**
 * Classifies a statement by its text: whether it pins the session, and which session state it reads and changes.
 * Unbalanced quotes and everything else that is not recognised pin.
 *
 * MySQL reports transactions, temporary tables and variables that are set, but not what a SELECT changes: `GET_LOCK()`,
 * `@x := 1`.
 *
 * @param sql before its arguments are put in
 */
export function classify(sql: string): Classification {
  if (TRANSACTION.test(sql)) return KEEPS_STATE;
  if (SHOW_DIAGNOSTICS.test(sql)) return { ...KEEPS_STATE, reads: { ...READS_NOTHING, diagnostics: true } };
  if (sql.length > MAX_LENGTH || !(STATELESS.test(sql) || STATELESS_SHOW.test(sql))) return pinning(sql);
  const reads = { ...READS_NOTHING };
  const words = sql.replace(QUOTED, 'Q').replace(STATE_VARIABLES, (_match, insertId: string | undefined) => {
    reads[insertId === undefined ? 'diagnostics' : 'insertId'] = true;
    return 'Q';
  });
  if (/['"`]/.test(words) || UNCLEAR.test(words)) return pinning(sql);
  const calls = words.replace(INSERT_TARGET, '');
  for (const [, name = ''] of calls.matchAll(CALL)) {
    const item = STATE_FUNCTIONS.get(name.toLowerCase());
    if (item !== undefined) {
      reads[item] = true;
    } else if (!STATELESS_FUNCTIONS.has(name.toLowerCase()) && !/^\d/.test(name)) {
      return pinning(sql);
    }
  }
  const setsInsertId = reads.insertId && SETS_INSERT_ID.test(calls);
  return { pins: false, reads, inserts: INSERT.test(words), setsInsertId, keepsRowCount: false, ...effectsOf(words) };
}

function effectsOf(words: string): Pick<Classification, 'foundRows' | 'usesTables'> {
  if (SELECT.test(words)) {
    const usesTables = /\bFROM\s+(?!DUAL\b)/i.test(words);
    return { foundRows: FOUND_ROWS_DIFFERS.test(words) || UNUSUAL_LIMIT.test(words) ? 'set' : 'counted', usesTables };
  }
  const kept = SIMPLE_CHANGES.some((change) => change.test(words)) && !READS_ROWS.test(words);
  return { foundRows: kept ? 'kept' : 'unknown', usesTables: CHANGE.test(words) };
}

/** Statements that keep FOUND_ROWS() and LAST_INSERT_ID(), if they contain no query. */
const KEEPS_IDS_AND_ROWS = new RegExp(
  String.raw`^\s*(?:SET|GET|SAVEPOINT|RELEASE|ROLLBACK|COMMIT|BEGIN|START|USE|LOCK|UNLOCK|PREPARE|DEALLOCATE|` +
    String.raw`CREATE|DROP|ALTER)\b`,
  'i',
);

const SETS_IDS_OR_ROWS = /\b(?:SELECT|LAST_INSERT_ID)\b/i;

function pinning(sql: string): Classification {
  const { insertId, foundRows, rowCount, diagnostics } = STATE_WORDS;
  const reads = {
    insertId: insertId.test(sql),
    foundRows: foundRows.test(sql),
    rowCount: rowCount.test(sql),
    diagnostics: diagnostics.test(sql),
  };
  const words = sql.length <= MAX_LENGTH ? sql.replace(QUOTED, 'Q') : '';
  const keeps = KEEPS_IDS_AND_ROWS.test(words) && !SETS_IDS_OR_ROWS.test(words);
  return {
    pins: true,
    reads,
    inserts: !keeps,
    setsInsertId: !keeps,
    foundRows: keeps ? 'kept' : SELECT.test(sql) ? 'set' : 'unknown',
    keepsRowCount: /^\s*GET\b/i.test(sql),
    usesTables: false,
  };
}
