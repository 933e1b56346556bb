/** The reserved words of MySQL and MariaDB, which names of SQL can be only in quotes. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(
  `
  accessible add all alter analyze and as asc asensitive before between bigint binary blob both by call cascade case
  change char character check collate column condition constraint continue convert create cross cube cume_dist
  current_date current_role current_time current_timestamp current_user cursor database databases day_hour
  day_microsecond day_minute day_second dec decimal declare default delayed delete dense_rank desc describe
  deterministic distinct distinctrow div double drop dual each else elseif empty enclosed escaped except exists exit
  explain external false fetch first_value float float4 float8 for force foreign from fulltext function generated
  get grant group grouping groups having high_priority hour_microsecond hour_minute hour_second if ignore in index
  infile inner inout insensitive insert int int1 int2 int3 int4 int8 integer intersect interval into io_after_gtids
  io_before_gtids is iterate join json_table key keys kill lag last_value lateral lead leading leave left library
  like limit linear lines load localtime localtimestamp lock long longblob longtext loop low_priority
  master_ssl_verify_server_cert match maxvalue mediumblob mediumint mediumtext middleint minute_microsecond
  minute_second mod modifies natural no_write_to_binlog not nth_value ntile null numeric of offset on optimize
  optimizer_costs option optionally or order out outer outfile over page_checksum parse_vcol_expr partition
  percent_rank precision primary procedure purge qualify range rank read read_write reads real recursive
  ref_system_id references regexp release rename repeat replace require resignal restrict return returning revoke
  right rlike row row_number rownum rows schema schemas second_microsecond select sensitive separator set show
  signal smallint spatial specific sql sql_big_result sql_calc_found_rows sql_small_result sqlexception sqlstate
  sqlwarning ssl starting stats_auto_recalc stats_persistent stats_sample_pages stored straight_join system table
  tablesample terminated then tinyblob tinyint tinytext to trailing trigger true undo union unique unlock unsigned
  update usage use using utc_date utc_time utc_timestamp values varbinary varchar varcharacter varying virtual when
  where while window with write xor year_month zerofill
  `
    .trim()
    .split(/\s+/),
);

/** Other words that are frequent in statements. */
const FREQUENT_WORDS = `
  auto_increment avg begin bit body charset checksum coalesce collation columns comment commit committed concat
  count date datetime deallocate definer delimiter disable do duplicate enable end engine enum errors event events
  execute first flush full global grants hash help host hosts identified indexes innodb invoker isolation json last
  level local max merge min none now open partitions password plugin prepare privileges
  processlist profile query quick rebuild recover refresh repair replica replication reset restart rollback rollup
  routine savepoint security serial session share shutdown slave snapshot sql_no_cache start status stop storage
  substring sum tables tablespace temporary text time timestamp transaction truncate type uncommitted undefined user
  uuid value variables view warnings work xa year
`
  .trim()
  .split(/\s+/);

export const WORDS: readonly string[] = [...RESERVED_WORDS, ...FREQUENT_WORDS].sort();
