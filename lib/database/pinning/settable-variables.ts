/**
 * System variables that are restored on another connection by setting them again to the same literal. None of them
 * depends on another one, on what the session has done, or on how it was set before.
 */
export const SETTABLE: ReadonlySet<string> = new Set(
  (
    'autocommit sql_mode time_zone foreign_key_checks unique_checks sql_auto_is_null sql_safe_updates ' +
    'sql_big_selects sql_select_limit sql_notes sql_warnings sql_quote_show_create max_sort_length ' +
    'max_length_for_sort_data max_error_count max_execution_time max_statement_time max_heap_table_size ' +
    'tmp_table_size sort_buffer_size join_buffer_size read_buffer_size read_rnd_buffer_size ' +
    'group_concat_max_len wait_timeout interactive_timeout net_read_timeout net_write_timeout net_retry_count ' +
    'lock_wait_timeout innodb_lock_wait_timeout innodb_strict_mode lc_time_names lc_messages ' +
    'default_week_format div_precision_increment default_storage_engine ' +
    'auto_increment_increment auto_increment_offset low_priority_updates updatable_views_with_limit ' +
    'old_alter_table show_old_temporals explicit_defaults_for_timestamp ' +
    'character_set_client character_set_results character_set_connection collation_connection ' +
    'transaction_isolation tx_isolation transaction_read_only tx_read_only'
  ).split(' '),
);

/** What SET SESSION TRANSACTION sets too. */
export const TRANSACTION_VARIABLES: ReadonlyMap<string, 'isolation' | 'access'> = new Map([
  ['transaction_isolation', 'isolation'],
  ['tx_isolation', 'isolation'],
  ['transaction_read_only', 'access'],
  ['tx_read_only', 'access'],
]);
