/** What may be asked of a connection about the statements before. */
export interface Recollection {
  /** LAST_INSERT_ID() */
  readonly insertId: boolean;
  /** FOUND_ROWS() */
  readonly foundRows: boolean;
  /** ROW_COUNT() */
  readonly rowCount: boolean;
  /** Warnings and errors. */
  readonly messages: boolean;
}

/** What a statement has to do with its connection, as far as its words tell. */
export interface Classification {
  /** It may leave what MySQL does not report, or see what another session left: the connection is the session's from now on. */
  readonly ties: boolean;
  /** What it asks for. */
  readonly asks: Recollection;
  /** It may generate an id, or leave the one that there was. */
  readonly inserts: boolean;
  /** It gives LAST_INSERT_ID() a value. */
  readonly setsInsertId: boolean;
  /** What FOUND_ROWS() tells afterwards: the rows that came, something else, what it told before, or what only MySQL knows. */
  readonly foundRows: 'counted' | 'set' | 'kept' | 'unknown';
  /** ROW_COUNT() tells afterwards what it told before. */
  readonly keepsRowCount: boolean;
  /** It reads or writes tables. Only such a statement takes away the warnings of the one before. */
  readonly usesTables: boolean;
}

/** Longer statements are not looked through. */
const LONGEST = 16 * 1024;

/** What stands between quotes of any kind, without backslashes: how MySQL reads those hangs on sql_mode. */
const QUOTED = /'(?:[^'\\]|'')*'|"(?:[^"\\]|"")*"|`[^`]*`/g;

const TRANSACTION = /^\s*(?:(?:BEGIN|COMMIT|ROLLBACK)(?:\s+WORK)?|START\s+TRANSACTION)\s*;?\s*$/i;

const SHOW_MESSAGES = /^\s*SHOW\s+(?:WARNINGS|ERRORS)(?:\s+LIMIT\s+\d+)?\s*;?\s*$/i;

/** Only these leave nothing behind but rows, as far as their words go. */
const PLAIN =
  /^\s*(?:SELECT|WITH|INSERT|REPLACE|UPDATE|DELETE|DESC|DESCRIBE|EXPLAIN|SHOW\s+(?:FULL\s+)?(?:TABLES|COLUMNS|FIELDS|DATABASES|SCHEMAS|INDEX|INDEXES|KEYS|CREATE\s+TABLE))\b/i;

/** Variables, comments (which MySQL may execute), backslashes and whatever has to do with sequences. */
const DOUBTFUL = /[@#\\]|--|\/\*|\b(?:NEXT|PREVIOUS|OUTFILE|DUMPFILE)\b/i;

const INSERT = /^\s*(?:INSERT|REPLACE)\b/i;

const CHANGE = /^\s*(?:INSERT|REPLACE|UPDATE|DELETE)\b/i;

const SELECT = /^\s*(?:SELECT|WITH)\b/i;

/** Whose rows are not what FOUND_ROWS() counts. */
const COUNTS_OTHERWISE =
  /\b(?:UNION|INTERSECT|EXCEPT|SQL_CALC_FOUND_ROWS|WITH|PROCEDURE|FETCH|OFFSET|LIMIT(?!\s+(?:\d+|%s|%\(\w+\)s)\s*(?:;\s*)?(?:$|\)|FOR\b|LOCK\b)))\b/i;

/** Changes of one table that read no other: they leave what FOUND_ROWS() told. */
const PLAIN_CHANGE =
  /^\s*(?:INSERT|REPLACE|UPDATE\s+(?:LOW_PRIORITY\s+|IGNORE\s+)*[\w$.]+\s+SET|DELETE\s+(?:LOW_PRIORITY\s+|QUICK\s+|IGNORE\s+)*FROM\s+[\w$.]+(?:\s+(?:WHERE|ORDER|LIMIT)\b|\s*;?\s*$))/i;

const READS_ROWS = /\b(?:SELECT|JOIN|USING|RETURNING|TABLE)\b/i;

/** The table of an INSERT, whose columns follow in parentheses like a function's arguments. */
const INSERTED = /\bINTO\s+(?:Q|[\w$]+)(?:\.(?:Q|[\w$]+))?\s*\(/i;

/** What stands right before a parenthesis. */
const CALLED = /([\w$.]+)\s*\(/g;

/** Functions whose value hangs on nothing but their arguments, the clock and chance, and words that may stand before a parenthesis. */
const HARMLESS: ReadonlySet<string> = new Set(
  (
    'count sum avg min max group_concat std stddev stddev_pop stddev_samp variance var_pop var_samp bit_and bit_or bit_xor json_arrayagg ' +
    'json_objectagg row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value over ' +
    'if ifnull nullif coalesce greatest least isnull interval field elt find_in_set strcmp ' +
    'abs ceil ceiling floor round truncate mod div power pow sqrt exp ln log log2 log10 sign sin cos tan asin acos atan atan2 cot ' +
    'degrees radians pi crc32 rand conv bin oct hex unhex md5 sha sha1 sha2 to_base64 from_base64 uuid ' +
    'concat concat_ws lower upper lcase ucase left right substring substr substring_index mid trim ltrim rtrim replace repeat reverse ' +
    'lpad rpad length char_length character_length octet_length bit_length locate instr position format ascii ord char space quote ' +
    'regexp_replace regexp_substr regexp_instr soundex ' +
    'now curdate curtime current_date current_time current_timestamp localtime localtimestamp utc_date utc_time utc_timestamp sysdate ' +
    'date time timestamp year quarter month monthname week weekday weekofyear yearweek day dayname dayofmonth dayofweek dayofyear hour ' +
    'minute second microsecond date_add date_sub adddate subdate addtime subtime datediff timediff timestampdiff timestampadd ' +
    'date_format time_format str_to_date from_unixtime unix_timestamp from_days to_days last_day makedate maketime sec_to_time ' +
    'time_to_sec period_add period_diff extract cast convert binary decimal varchar ' +
    'json_extract json_unquote json_quote json_object json_array json_value json_query json_length json_contains json_keys json_set ' +
    'json_insert json_replace json_remove json_valid json_type json_depth ' +
    'version database schema user current_user session_user system_user sleep inet_aton inet_ntoa ' +
    'select from join on using where and or xor not in exists any all some as by having values value set between like when then else case ' +
    'distinct union except intersect partition'
  ).split(' '),
);

/** Functions that ask for what the statements before left, by what they ask for. */
const ASKING: ReadonlyMap<string, keyof Recollection> = new Map([
  ['last_insert_id', 'insertId'],
  ['found_rows', 'foundRows'],
  ['row_count', 'rowCount'],
]);

const SETS_INSERT_ID = /\bLAST_INSERT_ID\s*\((?!\s*\))/i;

/** Variables that do, which have their values of the session. */
const ASKING_VARIABLES = /@@(?:SESSION\s*\.\s*)?(?:(LAST_INSERT_ID|IDENTITY)|(WARNING_COUNT|ERROR_COUNT))\b/gi;

/** The words of whatever else asks, a GET DIAGNOSTICS or a procedure's arguments. */
const ASKING_WORDS: { readonly [what in keyof Recollection]: RegExp } = {
  insertId: /\b(?:LAST_INSERT_ID|IDENTITY)\b/i,
  foundRows: /\bFOUND_ROWS\b/i,
  rowCount: /\bROW_COUNT\b/i,
  messages: /\b(?:WARNINGS|ERRORS|WARNING_COUNT|ERROR_COUNT|DIAGNOSTICS)\b/i,
};

const NOTHING: Recollection = { insertId: false, foundRows: false, rowCount: false, messages: false };

const KEEPS: Classification = {
  ties: false,
  asks: NOTHING,
  inserts: false,
  setsInsertId: false,
  foundRows: 'kept',
  keepsRowCount: false,
  usesTables: false,
};

/**
 * What a statement may leave on its connection, and what of the statements before it may tell. Quotes that do not match and whatever
 * else is not understood ties.
 *
 * MySQL tells of transactions, temporary tables, and variables that are set, but not of what a SELECT leaves: `GET_LOCK()`, `@x := 1`.
 *
 * @param sql before its arguments are put in
 */
export function classify(sql: string): Classification {
  if (TRANSACTION.test(sql)) return KEEPS;
  if (SHOW_MESSAGES.test(sql)) return { ...KEEPS, asks: { ...NOTHING, messages: true } };
  if (sql.length > LONGEST || !PLAIN.test(sql)) return tying(sql);
  const asks = { ...NOTHING };
  const words = sql.replace(QUOTED, 'Q').replace(ASKING_VARIABLES, (_match, insertId: string | undefined) => {
    asks[insertId === undefined ? 'messages' : 'insertId'] = true;
    return 'Q';
  });
  if (/['"`]/.test(words) || DOUBTFUL.test(words)) return tying(sql);
  const calls = words.replace(INSERTED, '');
  for (const [, name = ''] of calls.matchAll(CALLED)) {
    const asked = ASKING.get(name.toLowerCase());
    if (asked !== undefined) {
      asks[asked] = true;
    } else if (!HARMLESS.has(name.toLowerCase()) && !/^\d/.test(name)) {
      return tying(sql);
    }
  }
  const setsInsertId = asks.insertId && SETS_INSERT_ID.test(calls);
  return { ties: false, asks, inserts: INSERT.test(words), setsInsertId, keepsRowCount: false, ...effectsOf(words) };
}

function effectsOf(words: string): Pick<Classification, 'foundRows' | 'usesTables'> {
  if (SELECT.test(words)) {
    const usesTables = /\bFROM\s+(?!DUAL\b)/i.test(words);
    return { foundRows: COUNTS_OTHERWISE.test(words) ? 'set' : 'counted', usesTables };
  }
  const kept = PLAIN_CHANGE.test(words) && !READS_ROWS.test(words);
  return { foundRows: kept ? 'kept' : 'unknown', usesTables: CHANGE.test(words) };
}

/** These leave FOUND_ROWS() and LAST_INSERT_ID() as they are, as long as there is no query in them. */
const KEEPING =
  /^\s*(?:SET|GET|SAVEPOINT|RELEASE|ROLLBACK|COMMIT|BEGIN|START|USE|LOCK|UNLOCK|PREPARE|DEALLOCATE|CREATE|DROP|ALTER)\b(?!.*\b(?:SELECT|LAST_INSERT_ID)\b)/is;

function tying(sql: string): Classification {
  const { insertId, foundRows, rowCount, messages } = ASKING_WORDS;
  const asks = {
    insertId: insertId.test(sql),
    foundRows: foundRows.test(sql),
    rowCount: rowCount.test(sql),
    messages: messages.test(sql),
  };
  const keeps = sql.length <= LONGEST && KEEPING.test(sql.replace(QUOTED, 'Q'));
  return {
    ties: true,
    asks,
    inserts: !keeps,
    setsInsertId: !keeps,
    foundRows: keeps ? 'kept' : SELECT.test(sql) ? 'set' : 'unknown',
    keepsRowCount: /^\s*GET\b/i.test(sql),
    usesTables: false,
  };
}
