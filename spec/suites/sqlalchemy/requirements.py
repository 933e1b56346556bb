"""What MySQL and MariaDB can do, of what the suite takes for impossible, and the reverse."""

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements


POSSIBLE = """
    autocommit boolean_col_expressions cast_precision_numerics_many_significant_digits check_constraint_reflection
    comment_reflection computed_columns computed_columns_reflect_persisted computed_columns_stored
    computed_columns_virtual cross_schema_fk_reflection ctes ctes_with_values dbapi_lastrowid delete_from
    emulated_lastrowid emulated_lastrowid_even_with_sequences except_ expression_server_defaults fetch_first
    fetch_no_order_by fetch_offset_with_options fetch_ties fk_constraint_option_reflection_ondelete_noaction
    foreign_key_constraint_name_reflection foreign_key_constraint_option_reflection_ondelete
    foreign_key_constraint_option_reflection_onupdate foreign_keys_reflect_as_index index_ddl_if_exists
    indexes_check_column_order intersect isolation_level json_array_indexes json_type legacy_unconditional_json_extract
    mod_operator_as_percent_sign nvarchar_types order_by_collation order_by_label_with_expression
    percent_schema_names precision_numerics_enotation_large precision_numerics_enotation_small
    precision_numerics_many_significant_digits precision_numerics_retains_significant_digits reflect_table_options
    regexp_match regexp_replace savepoints schema_create_delete server_defaults skip_autocommit_rollback
    supports_bitwise_and supports_bitwise_or supports_bitwise_shift supports_bitwise_xor table_ddl_if_exists
    temp_table_comment_reflection tuple_in tuple_in_w_empty two_phase_transactions unicode_ddl
    unique_constraints_reflect_as_index unique_index_reflect_as_unique_constraints update_from uuid_data_type
    view_column_reflection view_reflection views window_functions
"""
IMPOSSIBLE = """
    date_implicit_bound datetime_implicit_bound datetime_microseconds json_index_supplementary_unicode_element
    precision_generic_float_type sql_expression_limit_offset standalone_binds time_implicit_bound time_microseconds
    unbounded_varchar
"""


class Requirements(SuiteRequirements):
    def get_isolation_levels(self, config):
        return {
            "default": "REPEATABLE READ",
            # In the order of the messages of the dialect.
            "supported": ["SERIALIZABLE", "READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "AUTOCOMMIT"],
        }

    def get_order_by_collation(self, config):
        return "utf8mb4_bin"


for _names, _rule in ((POSSIBLE, exclusions.open), (IMPOSSIBLE, exclusions.closed)):
    for _name in _names.split():
        setattr(Requirements, _name, property(lambda self, rule=_rule: rule()))
