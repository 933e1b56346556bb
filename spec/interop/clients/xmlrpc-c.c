/* Drives a session and echoes values, as python.py does, with the C library xmlrpc-c: xmlrpc-c URL VALUES, or
 * xmlrpc-c URL one-call */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xmlrpc-c/base.h>
#include <xmlrpc-c/client.h>

static xmlrpc_client *client;
static char cursor[1024];

static void show_text(const char *text, size_t length) {
    putchar('"');
    for (size_t i = 0; i < length; i++) {
        unsigned char c = text[i];
        if (c < 32 || c == '"' || c == '\\') printf("\\u%04x", c);
        else putchar(c);
    }
    putchar('"');
}

/* A value as JSON; base64 and dates do not occur where this is used. */
static void show_value(xmlrpc_env *env, xmlrpc_value *value) {
    const char *text;
    size_t length;
    int number;
    double real;
    switch (xmlrpc_value_type(value)) {
    case XMLRPC_TYPE_INT:
        xmlrpc_read_int(env, value, &number);
        printf("%d", number);
        break;
    case XMLRPC_TYPE_DOUBLE:
        xmlrpc_read_double(env, value, &real);
        printf("%.17g", real);
        break;
    case XMLRPC_TYPE_STRING:
        xmlrpc_read_string_lp(env, value, &length, &text);
        show_text(text, length);
        break;
    case XMLRPC_TYPE_ARRAY:
        putchar('[');
        for (int i = 0; i < xmlrpc_array_size(env, value); i++) {
            xmlrpc_value *item;
            xmlrpc_array_read_item(env, value, i, &item);
            if (i > 0) putchar(',');
            show_value(env, item);
        }
        putchar(']');
        break;
    case XMLRPC_TYPE_STRUCT:
        putchar('{');
        for (int i = 0; i < xmlrpc_struct_size(env, value); i++) {
            xmlrpc_value *name, *member;
            xmlrpc_struct_read_member(env, value, i, &name, &member);
            xmlrpc_read_string_lp(env, name, &length, &text);
            if (i > 0) putchar(',');
            show_text(text, length);
            putchar(':');
            show_value(env, member);
        }
        putchar('}');
        break;
    default:
        printf("null");
    }
}

/* Calls a method with a list of parameters, which it releases. */
static xmlrpc_value *call(xmlrpc_env *env, const char *url, const char *method, xmlrpc_value *params) {
    xmlrpc_value *result = NULL;
    xmlrpc_server_info *server;
    xmlrpc_env_init(env);
    server = xmlrpc_server_info_new(env, url);
    xmlrpc_client_call2(env, client, server, method, params, &result);
    xmlrpc_server_info_free(server);
    xmlrpc_DECREF(params);
    return result;
}

static void show_fault(xmlrpc_env *env) {
    printf("\"%d ", env->fault_code);
    for (const char *c = env->fault_string; *c; c++) putchar(*c < 32 || *c == '"' || *c == '\\' ? ' ' : *c);
    putchar('"');
}

static void step(const char *name, const char *url, const char *method, xmlrpc_value *params) {
    xmlrpc_env env;
    xmlrpc_value *result = call(&env, url, method, params);
    printf("[\"%s\",", name);
    if (!env.fault_occurred) show_value(&env, result);
    else if (strcmp(name, "closed") == 0 && strstr(env.fault_string, "404")) printf("404");
    else {
        printf("[%d,", env.fault_code);
        show_text(env.fault_string, strlen(env.fault_string));
        putchar(']');
    }
    printf("]\n");
}

static xmlrpc_value *build(const char *format, ...) {
    xmlrpc_env env;
    xmlrpc_value *value;
    const char *rest;
    va_list args;
    xmlrpc_env_init(&env);
    va_start(args, format);
    xmlrpc_build_value_va(&env, format, args, &value, &rest);
    va_end(args);
    return value;
}

static size_t unhex(const char *hex, char *bytes) {
    size_t length = 0;
    unsigned int byte;
    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2) bytes[length++] = byte;
    bytes[length] = 0;
    return length;
}

static xmlrpc_value *value_of(xmlrpc_env *env, const char *kind, const char *text, size_t length) {
    static char bytes[4096];
    if (strcmp(kind, "int") == 0) {
        long long number = strtoll(text, NULL, 10);
        if (number >= -2147483648LL && number <= 2147483647LL) return xmlrpc_int_new(env, number);
        return xmlrpc_i8_new(env, number);
    }
    if (strcmp(kind, "double") == 0) return xmlrpc_double_new(env, strtod(text, NULL));
    if (strcmp(kind, "boolean") == 0) return xmlrpc_bool_new(env, strcmp(text, "true") == 0);
    if (strcmp(kind, "nil") == 0) return xmlrpc_nil_new(env);
    if (strcmp(kind, "dateTime") == 0) return xmlrpc_datetime_new_str(env, text);
    if (strcmp(kind, "base64") == 0) return xmlrpc_base64_new(env, unhex(text, bytes), (unsigned char *)bytes);
    return xmlrpc_string_new_lp(env, length, text);
}

/* What came back, as a type and a text. */
static void show_tagged(xmlrpc_env *env, xmlrpc_value *value) {
    const char *text;
    const unsigned char *bytes;
    size_t length;
    int number;
    double real;
    xmlrpc_int64 large;
    switch (xmlrpc_value_type(value)) {
    case XMLRPC_TYPE_INT:
        xmlrpc_read_int(env, value, &number);
        printf("\"int\",\"%d\"", number);
        break;
    case XMLRPC_TYPE_I8:
        xmlrpc_read_i8(env, value, &large);
        printf("\"int\",\"%lld\"", (long long)large);
        break;
    case XMLRPC_TYPE_DOUBLE:
        xmlrpc_read_double(env, value, &real);
        printf("\"double\",\"%.17g\"", real);
        break;
    case XMLRPC_TYPE_STRING:
        xmlrpc_read_string_lp(env, value, &length, &text);
        printf("\"string\",");
        show_text(text, length);
        break;
    case XMLRPC_TYPE_BASE64:
        xmlrpc_read_base64(env, value, &length, &bytes);
        printf("\"base64\",\"");
        for (size_t i = 0; i < length; i++) printf("%02x", bytes[i]);
        putchar('"');
        break;
    case XMLRPC_TYPE_NIL:
        printf("\"nil\",\"\"");
        break;
    default:
        printf("\"other\",\"\"");
    }
}

static void echo(int number, const char *kind, const char *hex) {
    static char text[4096];
    size_t length = unhex(hex, text);
    xmlrpc_env env, calling;
    xmlrpc_value *params, *row, *item = NULL;
    static char query[8192];
    xmlrpc_env_init(&env);
    if (strcmp(kind, "sql") == 0) {
        snprintf(query, sizeof query, "select %s", text);
        params = build("(s)", query);
    } else {
        xmlrpc_value *value = value_of(&env, kind, text, length);
        params = env.fault_occurred ? NULL : build("(s(V))", "select %s", value);
    }
    printf("[%d,", number);
    if (env.fault_occurred) {
        printf("\"not sent\",");
        show_fault(&env);
    } else {
        call(&calling, cursor, "execute", params);
        if (calling.fault_occurred) {
            printf(calling.fault_code > 0 ? "\"refused\"," : "\"not sent\",");
            show_fault(&calling);
        } else {
            row = call(&calling, cursor, "fetchone", build("()"));
            if (!calling.fault_occurred) xmlrpc_array_read_item(&calling, row, 0, &item);
            if (item) show_tagged(&calling, item);
            else {
                printf("\"not read\",");
                show_fault(&calling);
            }
        }
    }
    printf("]\n");
}

#define ROWS "select seq, nullif(seq, 1) from numbers where seq < 3"
#define INSERT "insert into one_call values (%s)"

static void one_call(const char *url) {
    xmlrpc_env env;
    xmlrpc_value *opened, *id, *results, *ping;
    const char *text;
    double seconds = 0;
    step("query", url, "query", build("(s)", ROWS));
    step("change", url, "query", build("(s(i))", INSERT, 5));
    step("transaction", url, "transaction", build("(((s(i))(s)){s:b})", INSERT, 6, ROWS, "readonly", 0));
    opened = call(&env, url, "session",
                  build("(({s:s,s:(s)}{s:s,s:()}){s:i})", "methodName", "execute", "params", ROWS, "methodName",
                        "fetchall", "params", "timeout", 30));
    if (env.fault_occurred) {
        fprintf(stderr, "%s\n", env.fault_string);
        exit(1);
    }
    xmlrpc_struct_read_value(&env, opened, "results", &results);
    printf("[\"session\",");
    show_value(&env, results);
    printf("]\n");
    xmlrpc_struct_read_value(&env, opened, "id", &id);
    xmlrpc_read_string(&env, id, &text);
    snprintf(cursor, sizeof cursor, "%s/%s", url, text);
    step("batch", cursor, "batch",
         build("(({s:s}{s:s}{s:s}{s:s}))", "methodName", "touch", "methodName", "description", "methodName", "missing",
               "methodName", "touch"));
    step("once", cursor, "once", build("(is(s))", 1, "query", ROWS));
    step("again", cursor, "once", build("(is(s))", 1, "query", ROWS));
    step("touch", cursor, "touch", build("()"));
    ping = call(&env, cursor, "ping", build("()"));
    xmlrpc_read_double(&env, ping, &seconds);
    printf("[\"ping\",%s]\n", seconds > 20 && seconds <= 30 ? "true" : "false");
    step("close", cursor, "close", build("()"));
}

int main(int count, char **args) {
    xmlrpc_env env;
    xmlrpc_value *id;
    const char *text, *url = args[1];
    char line[8192], version[32];
    unsigned int major, minor, point;
    FILE *values = NULL;
    int is_one_call = count == 3 && strcmp(args[2], "one-call") == 0;
    if (count != 3 || !(is_one_call || (values = fopen(args[2], "r")))) return 2;
    xmlrpc_version(&major, &minor, &point);
    snprintf(version, sizeof version, "%u.%u.%u", major, minor, point);
    xmlrpc_env_init(&env);
    xmlrpc_client_setup_global_const(&env);
    xmlrpc_client_create(&env, XMLRPC_CLIENT_NO_FLAGS, "xmlrpc-c", version, NULL, 0, &client);
    if (is_one_call) {
        one_call(url);
        return 0;
    }
    id = call(&env, url, "cursor", build("(i)", 30));
    if (env.fault_occurred) {
        fprintf(stderr, "%s\n", env.fault_string);
        return 1;
    }
    xmlrpc_read_string(&env, id, &text);
    snprintf(cursor, sizeof cursor, "%s/%s", url, text);
    printf("[\"version\",\"xmlrpc-c %s\"]\n", version);

    step("execute", cursor, "execute",
         build("(s(si))", "select seq, %s from numbers where seq < %s", "it's h\xc3\xb6pper", 6));
    step("description", cursor, "description", build("()"));
    step("fetchone", cursor, "fetchone", build("()"));
    step("fetchmany", cursor, "fetchmany", build("(i)", 2));
    step("fetchall", cursor, "fetchall", build("()"));
    step("exhausted", cursor, "fetchmany", build("(i)", 2));
    step("rowcount", cursor, "rowcount", build("()"));

    for (int number = 0; fgets(line, sizeof line, values); number++) {
        char *tab = strchr(line, '\t');
        line[strcspn(line, "\n")] = 0;
        *tab = 0;
        echo(number, line, tab + 1);
    }

    step("named count", cursor, "execute", build("(s{s:d})", "select %(a)s, '100%%'", "a", 1.5));
    step("named", cursor, "fetchall", build("()"));
    step("missing", cursor, "execute", build("(s)", "select * from missing"));
    step("created", cursor, "execute", build("(s)", "create temporary table t (id int primary key)"));
    step("executemany", cursor, "executemany", build("(s((i)(i)))", "insert into t values (%s)", 1, 2));
    step("duplicate", cursor, "execute", build("(s)", "insert into t values (1)"));
    step("unknown", cursor, "unknown", build("()"));
    step("timeout", url, "cursor", build("(i)", -1));
    step("close", cursor, "close", build("()"));
    step("closed", cursor, "rowcount", build("()"));
    return 0;
}
