#pragma once
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include <mysql.h>
#include <xmlrpc-c/base.h>

#define PIECE (64 * 1024) /* bytes of a long answer that are sent at once */

/* What is measured: see gateway.c. */
extern const char *socket_path, *database;
extern bool resets, streams;

_Noreturn void fail(const char *what, const char *why);

/* Text that grows. */
struct text {
    char *bytes;
    size_t length, size;
};

/* Returns where up to `count` more bytes can be written. */
char *space(struct text *text, size_t count);
void add(struct text *text, const char *bytes, size_t count);
void add_string(struct text *text, const char *string);

/* Between the two, what this thread sends is collected. */
void collect_sends(void);
void end_of_sends(void);

/* A place for one session after the other, whose lock is held during each call. Zeros are an unlocked lock. */
struct session {
    pthread_mutex_t lock;
    unsigned id; /* 0: no session */
    int timeout;
    time_t deadline;
    MYSQL *mysql; /* from the first statement on */
    MYSQL_RES *result;
    long long count;
};

unsigned open_session(int timeout);
/* Returns the session, locked, or NULL. */
struct session *enter_session(unsigned id);
void leave_session(struct session *session);
void end_session(struct session *session);
void forget_result(struct session *session);
/* The main function of a thread. */
void *expire_sessions(void *unused);

MYSQL *take_connection(xmlrpc_env *env);
void give_back(MYSQL *mysql);

/* Runs the statement of a call; with `many`, an INSERT that ends with a group of placeholders, with many rows. */
xmlrpc_value *execute_call(xmlrpc_env *env, xmlrpc_value *params, struct session *session, bool many);
/* Returns the next row, or NULL. */
xmlrpc_value *next_row(xmlrpc_env *env, struct session *session);
void print_row(struct text *out, MYSQL_RES *result, MYSQL_ROW row);
