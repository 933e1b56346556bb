#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway.h"

static void add_literal(xmlrpc_env *env, MYSQL *mysql, struct text *sql, xmlrpc_value *value) {
    char digits[40] = "NULL";
    int integer;
    double real;
    const char *string;
    size_t length;
    switch (xmlrpc_value_type(value)) {
    case XMLRPC_TYPE_STRING:
        xmlrpc_read_string_lp(env, value, &length, &string);
        add_string(sql, "'");
        sql->length += mysql_real_escape_string(mysql, space(sql, 2 * length + 1), string, length);
        add_string(sql, "'");
        free((char *)string);
        return;
    case XMLRPC_TYPE_INT:
        xmlrpc_read_int(env, value, &integer);
        snprintf(digits, sizeof digits, "%d", integer);
        break;
    case XMLRPC_TYPE_DOUBLE:
        xmlrpc_read_double(env, value, &real);
        snprintf(digits, sizeof digits, "%.17g", real);
        break;
    case XMLRPC_TYPE_NIL: break;
    default: xmlrpc_env_set_fault(env, 1, "an argument has a type that is not supported");
    }
    add_string(sql, digits);
}

/* Adds a part of a statement, with an argument in place of each %s, if there are any. */
static void add_with_arguments(xmlrpc_env *env, MYSQL *mysql, struct text *sql, const char *part, xmlrpc_value *args) {
    const char *mark;
    for (unsigned i = 0; args && (mark = strstr(part, "%s")); i++, part = mark + 2) {
        xmlrpc_value *value;
        add(sql, part, (size_t)(mark - part));
        xmlrpc_array_read_item(env, args, i, &value);
        if (env->fault_occurred) return;
        add_literal(env, mysql, sql, value);
        xmlrpc_DECREF(value);
    }
    add_string(sql, part);
}

static void run(xmlrpc_env *env, struct session *session, const struct text *sql) {
    MYSQL *mysql = session->mysql;
    forget_result(session);
    session->count = -1;
    if (mysql_real_query(mysql, sql->bytes, sql->length) == 0) {
        session->result = streams ? mysql_use_result(mysql) : mysql_store_result(mysql);
        if (!session->result) session->count = (long long)mysql_affected_rows(mysql);
        else if (!streams) session->count = (long long)mysql_num_rows(session->result);
    }
    if (mysql_errno(mysql)) xmlrpc_env_set_fault(env, (int)mysql_errno(mysql), mysql_error(mysql));
}

xmlrpc_value *execute_call(xmlrpc_env *env, xmlrpc_value *params, struct session *session, bool many) {
    const char *query;
    xmlrpc_value *args = NULL, *row;
    struct text sql = {0};
    if (xmlrpc_array_size(env, params) > 1) xmlrpc_decompose_value(env, params, "(sA)", &query, &args);
    else xmlrpc_decompose_value(env, params, "(s)", &query);
    if (env->fault_occurred || !(session->mysql || (session->mysql = take_connection(env)))) return NULL;
    if (many) {
        const char *group = strrchr(query, '(');
        add(&sql, query, (size_t)(group - query));
        for (int i = 0; i < xmlrpc_array_size(env, args) && !env->fault_occurred; i++) {
            if (i > 0) add_string(&sql, ",");
            xmlrpc_array_read_item(env, args, (unsigned)i, &row);
            add_with_arguments(env, session->mysql, &sql, group, row);
            xmlrpc_DECREF(row);
        }
    } else {
        add_with_arguments(env, session->mysql, &sql, query, args);
    }
    if (!env->fault_occurred) run(env, session, &sql);
    free(sql.bytes);
    free((char *)query);
    if (args) xmlrpc_DECREF(args);
    return env->fault_occurred ? NULL : xmlrpc_i8_new(env, session->count);
}
