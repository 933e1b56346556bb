#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "gateway.h"

/* Returns the element of XML-RPC for a value. */
static const char *type_of(const MYSQL_FIELD *field, const char *bytes, size_t length) {
    switch (field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR: return length < 10 || strtoll(bytes, NULL, 10) == atoi(bytes) ? "int" : "i8";
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE: return "double";
    default: return "string";
    }
}

static xmlrpc_value *value_of(xmlrpc_env *env, const MYSQL_FIELD *field, const char *bytes, size_t length) {
    if (!bytes) return xmlrpc_nil_new(env);
    switch (type_of(field, bytes, length)[1]) {
    case 'n': return xmlrpc_int_new(env, atoi(bytes));
    case '8': return xmlrpc_i8_new(env, strtoll(bytes, NULL, 10));
    case 'o': return xmlrpc_double_new(env, strtod(bytes, NULL));
    default: return xmlrpc_string_new_lp(env, length, bytes);
    }
}

xmlrpc_value *next_row(xmlrpc_env *env, struct session *session) {
    MYSQL_ROW row = session->result ? mysql_fetch_row(session->result) : NULL;
    if (!row) return NULL;
    unsigned long *lengths = mysql_fetch_lengths(session->result);
    MYSQL_FIELD *fields = mysql_fetch_fields(session->result);
    xmlrpc_value *values = xmlrpc_array_new(env);
    for (unsigned i = 0; i < mysql_num_fields(session->result); i++) {
        xmlrpc_value *value = value_of(env, &fields[i], row[i], lengths[i]);
        xmlrpc_array_append_item(env, values, value);
        xmlrpc_DECREF(value);
    }
    return values;
}

static void print_value(struct text *out, const MYSQL_FIELD *field, const char *bytes, size_t length) {
    const char *type = type_of(field, bytes, length);
    char *to = stpcpy(stpcpy(stpcpy(space(out, 5 * length + 64), "<value><"), bytes ? type : "nil/"), ">");
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '&') to = stpcpy(to, "&amp;");
        else if (bytes[i] == '<') to = stpcpy(to, "&lt;");
        else if (bytes[i] == '>') to = stpcpy(to, "&gt;");
        else *to++ = bytes[i];
    }
    if (bytes) to = stpcpy(stpcpy(stpcpy(to, "</"), type), ">");
    out->length = (size_t)(stpcpy(to, "</value>") - out->bytes);
}

void print_row(struct text *out, MYSQL_RES *result, MYSQL_ROW row) {
    unsigned long *lengths = mysql_fetch_lengths(result);
    MYSQL_FIELD *fields = mysql_fetch_fields(result);
    add_string(out, "<value><array><data>");
    for (unsigned i = 0; i < mysql_num_fields(result); i++) print_value(out, &fields[i], row[i], lengths[i]);
    add_string(out, "</data></array></value>");
}
