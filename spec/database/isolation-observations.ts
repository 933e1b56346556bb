import type { PerServer } from '../support/test-server.js';

/** What a session may find on its connection. */
export const OBSERVATIONS: readonly string[] = [
  'show warnings',
  'select row_count()',
  'select found_rows()',
  'select last_insert_id(), @@last_insert_id, @@identity, @@insert_id',
  'select @@warning_count, @@error_count',
  'select database(), current_user(), current_role()',
  'select * from information_schema.enabled_roles',
  'select * from information_schema.optimizer_trace',
  'show profiles',
  'select count(*) from information_schema.profiling',
  'select * from isolation.mine',
  // Whether the connection can use InnoDB, and is in an XA transaction.
  'select count(*) > 0 from isolation.opened',
  'select trx_state from information_schema.innodb_trx where trx_mysql_thread_id = connection_id()',
  "xa end 'observed'",
  "select is_used_lock('isolation'), is_used_lock('isolation 2')",
  'select @a, @b, @c, @x, @y, @z, @i, @n, @calls, @caught, @trigger, @procedure, @made, @plan, @text',
  'execute p',
  'handler t read first',
  'rollback to savepoint p',
  'select @@pseudo_thread_id = connection_id(), abs(timestampdiff(hour, now(), sysdate()))',
];

const VARYING = "('pseudo_thread_id', 'rand_seed1', 'rand_seed2', 'timestamp', 'statement_id')";

/** What it may find on one of the servers alone. */
export const OWN_OBSERVATIONS: PerServer<readonly string[]> = {
  MariaDB: [
    'select * from information_schema.user_variables',
    'select lastval(isolation.s)',
    'select lastval(isolation.my_sequence)',
    'select @@in_transaction, @@tx_isolation, @@tx_read_only',
    `show session variables where variable_name not in ${VARYING}`,
    'select variable_name, variable_value from information_schema.session_status where variable_name regexp ' +
      "'^(com_|executed_|feature_|slow_|sort_|created_tmp)'",
  ],
  MySQL: [
    'select variable_name from performance_schema.user_variables_by_thread where thread_id = ps_current_thread_id()',
    'select * from performance_schema.prepared_statements_instances where owner_thread_id = ps_current_thread_id()',
    'select object_type, object_name, lock_type from performance_schema.metadata_locks ' +
      "where owner_thread_id = ps_current_thread_id() and lock_duration <> 'transaction'",
    'select lock_type, lock_mode from performance_schema.data_locks where thread_id = ps_current_thread_id()',
    'select name, type, processlist_user, processlist_db, role, instrumented, history, resource_group ' +
      'from performance_schema.threads where thread_id = ps_current_thread_id()',
    `select * from performance_schema.session_variables where variable_name not in ${VARYING} order by 1`,
    // The next one is fault 51 directly behind a statement of the gateway's own, of which it would show the cost.
    'select 1',
    'select variable_name, variable_value from performance_schema.session_status where variable_name regexp ' +
      "'^(handler_(update|delete|savepoint)|select_|sort_|created_tmp_t|last_query|questions|max_ex|prepared)' order by 1",
    'select @@session.transaction_isolation, @@session.transaction_read_only, @@session.gtid_next',
    'select count(*) from performance_schema.events_transactions_current ' +
      "where thread_id = ps_current_thread_id() and state = 'active' and autocommit = 'no'",
    'begin',
    'select access_mode, isolation_level from performance_schema.events_transactions_current ' +
      'where thread_id = ps_current_thread_id()',
    'rollback',
  ],
};
