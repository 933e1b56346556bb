/*
 * A gateway in C: the server Abyss of xmlrpc-c, a thread for each HTTP connection, and libmariadb.
 *
 *   gateway SOCKET DATABASE [reset] [stream]
 *
 * POST /database has cursor; POST /database/<id> has execute, executemany, fetchone, fetchall, rowcount and close.
 * Prints its URL when it is ready.
 *
 * As these libraries are commonly used, a result is stored at execute, and an answer is a tree of values that the
 * library prints. The connection of a session is another session's afterwards, with all that was set on it.
 *
 * reset:  a connection is reset by MySQL when its session ends.
 * stream: what can be had with more work. Rows are not stored: fetchall prints them from MySQL's packets into a chunked
 *         response. Each answer is one send, where Abyss makes one for each line of its head.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway.h"

#include <xmlrpc-c/abyss.h>
#include <xmlrpc-c/server.h>

#define UNUSED __attribute__((unused))

const char *socket_path, *database;
bool resets, streams;

void fail(const char *what, const char *why) {
    fprintf(stderr, "gateway: %s: %s\n", what, why);
    exit(1);
}

/* A method; `called` is the session. */
#define METHOD(name) \
    static xmlrpc_value *name(xmlrpc_env *env, UNUSED xmlrpc_value *params, UNUSED void *none, UNUSED void *called)

METHOD(cursor) {
    int timeout = 60;
    char id[16];
    if (xmlrpc_array_size(env, params) > 0) xmlrpc_decompose_value(env, params, "(i*)", &timeout);
    if (env->fault_occurred) return NULL;
    snprintf(id, sizeof id, "%u", open_session(timeout));
    return xmlrpc_string_new(env, id);
}

METHOD(execute) { return execute_call(env, params, called, false); }
METHOD(executemany) { return execute_call(env, params, called, true); }

METHOD(rowcount) { return xmlrpc_i8_new(env, ((struct session *)called)->count); }

METHOD(fetchone) {
    xmlrpc_value *row = next_row(env, called);
    return row ? row : xmlrpc_nil_new(env);
}

METHOD(fetchall) {
    xmlrpc_value *rows = xmlrpc_array_new(env), *row;
    while ((row = next_row(env, called))) {
        xmlrpc_array_append_item(env, rows, row);
        xmlrpc_DECREF(row);
    }
    return rows;
}

METHOD(close_session) {
    end_session(called);
    return xmlrpc_int_new(env, 0);
}

static xmlrpc_registry *of_database, *of_session;

static void register_methods(void) {
    static const char *names[] = {"execute", "executemany", "rowcount", "fetchone", "fetchall", "close"};
    static const xmlrpc_method2 calls[] = {execute, executemany, rowcount, fetchone, fetchall, close_session};
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_limit_set(XMLRPC_XML_SIZE_LIMIT_ID, 256 << 20);
    of_database = xmlrpc_registry_new(&env);
    of_session = xmlrpc_registry_new(&env);
    xmlrpc_registry_add_method2(&env, of_database, "cursor", cursor, "?", "", NULL);
    for (int i = 0; i < 6; i++) xmlrpc_registry_add_method2(&env, of_session, names[i], calls[i], "?", "", NULL);
    if (env.fault_occurred) fail("methods", env.fault_string);
}

static void begin_response(TSession *http) {
    if (streams) collect_sends();
    ResponseStatus(http, 200);
    ResponseContentType(http, "text/xml; charset=utf-8");
}

static void end_response(TSession *http) {
    ResponseWriteEnd(http);
    end_of_sends();
}

/* Answers fetchall while MySQL sends the rows. An error breaks the answer off, which the client notices. */
static void stream_rows(TSession *http, struct session *session) {
    struct text out = {0};
    MYSQL_ROW row;
    begin_response(http);
    ResponseChunked(http);
    ResponseWriteStart(http);
    add_string(&out, "<?xml version=\"1.0\"?><methodResponse><params><param><value><array><data>");
    while ((row = mysql_fetch_row(session->result))) {
        print_row(&out, session->result, row);
        if (out.length < PIECE) continue;
        ResponseWriteBody(http, out.bytes, out.length);
        out.length = 0;
    }
    if (!mysql_errno(session->mysql)) add_string(&out, "</data></array></value></param></params></methodResponse>");
    ResponseWriteBody(http, out.bytes, out.length);
    end_response(http);
    free(out.bytes);
    session->count = (long long)mysql_num_rows(session->result);
    forget_result(session);
}

/* Returns false if the client has gone. */
static bool read_body(TSession *http, struct text *body) {
    const char *header = RequestHeaderValue(http, "content-length");
    size_t length = header ? strtoul(header, NULL, 10) : 0;
    space(body, length + 1);
    while (body->length < length) {
        const char *bytes;
        size_t count;
        SessionGetReadData(http, length - body->length, &bytes, &count);
        add(body, bytes, count);
        if (body->length < length && !SessionRefillBuffer(http)) return false;
    }
    body->bytes[length] = 0;
    return true;
}

static void answer(TSession *http, const struct text *call, struct session *session, bool found) {
    xmlrpc_env env, none;
    xmlrpc_mem_block *out = NULL;
    xmlrpc_env_init(&env);
    xmlrpc_env_init(&none);
    xmlrpc_registry *registry = session ? of_session : of_database;
    if (!found) xmlrpc_env_set_fault(&env, 404, "no such session");
    else xmlrpc_registry_process_call2(&env, registry, call->bytes, call->length, session, &out);
    if (env.fault_occurred) {
        out = XMLRPC_MEMBLOCK_NEW(char, &none, 0);
        xmlrpc_serialize_fault(&none, out, &env);
    }
    begin_response(http);
    ResponseContentLength(http, XMLRPC_MEMBLOCK_SIZE(char, out));
    ResponseWriteStart(http);
    ResponseWriteBody(http, XMLRPC_MEMBLOCK_CONTENTS(char, out), (xmlrpc_uint32_t)XMLRPC_MEMBLOCK_SIZE(char, out));
    end_response(http);
    XMLRPC_MEMBLOCK_FREE(char, out);
    xmlrpc_env_clean(&env);
}

static void handle(UNUSED void *none, TSession *http, abyss_bool *handled) {
    static const char fetchall[] = "<methodName>fetchall</methodName>";
    const TRequestInfo *request;
    struct text call = {0};
    unsigned id;
    *handled = true;
    SessionGetRequestInfo(http, &request);
    if (read_body(http, &call)) {
        bool named = sscanf(request->uri, "/database/%u", &id) == 1;
        struct session *session = named ? enter_session(id) : NULL;
        bool has_rows = streams && session && session->result;
        if (has_rows && memmem(call.bytes, call.length, fetchall, strlen(fetchall))) stream_rows(http, session);
        else answer(http, &call, session, session || !named);
        if (session) leave_session(session);
    }
    free(call.bytes);
}

/* Returns a socket on a free port of the loopback interface. */
static int bind_socket(struct sockaddr_in *address) {
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t length = sizeof *address;
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* the connections inherit it */
    if (bind(fd, (struct sockaddr *)address, length) != 0) fail("bind", strerror(errno));
    getsockname(fd, (struct sockaddr *)address, &length);
    return fd;
}

static void serve(void) {
    const char *error;
    struct sockaddr_in address;
    TChanSwitch *acceptor;
    TServer server;
    abyss_bool added;
    struct ServerReqHandler3 handler = {.handleReq = handle, .handleReqStackSize = 256 * 1024};
    AbyssInit(&error);
    ChanSwitchUnixCreateFd(bind_socket(&address), &acceptor, &error);
    if (error) fail("socket", error);
    ServerCreateSwitch(&server, acceptor, &error);
    if (error) fail("server", error);
    ServerSetMaxConn(&server, 512);
    ServerSetMaxConnBacklog(&server, 128);
    ServerSetKeepaliveTimeout(&server, 75);
    ServerSetKeepaliveMaxConn(&server, 1u << 31);
    ServerAddHandler3(&server, &handler, &added);
    ServerInit2(&server, &error);
    if (error) fail("server", error);
    printf("http://127.0.0.1:%d/database\n", ntohs(address.sin_port));
    fflush(stdout);
    ServerRun(&server);
}

int main(int argc, char **argv) {
    pthread_t expiry;
    if (argc < 3) fail("usage", "gateway SOCKET DATABASE [reset] [stream]");
    socket_path = argv[1];
    database = argv[2];
    for (int i = 3; i < argc; i++) {
        resets = resets || strcmp(argv[i], "reset") == 0;
        streams = streams || strcmp(argv[i], "stream") == 0;
    }
    signal(SIGPIPE, SIG_IGN);
    mysql_library_init(0, NULL, NULL);
    register_methods();
    pthread_create(&expiry, NULL, expire_sessions, NULL);
    serve();
    return 0;
}
