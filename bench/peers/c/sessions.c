#include <unistd.h>

#include "gateway.h"

#define MOST_IDLE 128
static MYSQL *idle[MOST_IDLE];
static int idle_count;
static pthread_mutex_t idle_lock = PTHREAD_MUTEX_INITIALIZER;

MYSQL *take_connection(xmlrpc_env *env) {
    pthread_mutex_lock(&idle_lock);
    MYSQL *mysql = idle_count > 0 ? idle[--idle_count] : NULL;
    pthread_mutex_unlock(&idle_lock);
    if (mysql) return mysql;
    mysql = mysql_init(NULL);
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (mysql_real_connect(mysql, NULL, "root", NULL, database, 0, socket_path, 0)) return mysql;
    xmlrpc_env_set_fault(env, (int)mysql_errno(mysql), mysql_error(mysql));
    mysql_close(mysql);
    return NULL;
}

void give_back(MYSQL *mysql) {
    /* A reset sets the character set of the server. */
    bool usable = !resets || (mysql_reset_connection(mysql) == 0 && mysql_set_character_set(mysql, "utf8mb4") == 0);
    pthread_mutex_lock(&idle_lock);
    bool kept = usable && idle_count < MOST_IDLE;
    if (kept) idle[idle_count++] = mysql;
    pthread_mutex_unlock(&idle_lock);
    if (!kept) mysql_close(mysql);
}

#define PLACES (1 << 17)
static struct session places[PLACES];
static unsigned last_id;

void forget_result(struct session *session) {
    if (session->result) mysql_free_result(session->result); /* reads what is left of one that is not stored */
    session->result = NULL;
}

void end_session(struct session *session) {
    forget_result(session);
    if (session->mysql) give_back(session->mysql);
    session->mysql = NULL;
    session->id = 0;
}

unsigned open_session(int timeout) {
    unsigned id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
    struct session *session = &places[id % PLACES];
    pthread_mutex_lock(&session->lock);
    end_session(session); /* one that was opened so many sessions ago */
    session->id = id;
    session->timeout = timeout;
    session->deadline = time(NULL) + timeout;
    session->count = -1;
    pthread_mutex_unlock(&session->lock);
    return id;
}

struct session *enter_session(unsigned id) {
    struct session *session = &places[id % PLACES];
    pthread_mutex_lock(&session->lock);
    if (id != 0 && session->id == id) return session;
    pthread_mutex_unlock(&session->lock);
    return NULL;
}

void leave_session(struct session *session) {
    session->deadline = time(NULL) + session->timeout;
    pthread_mutex_unlock(&session->lock);
}

void *expire_sessions(void *unused) {
    for (;; sleep(1)) {
        for (unsigned i = 0; i < PLACES && i <= last_id; i++) {
            if (pthread_mutex_trylock(&places[i].lock) != 0) continue;
            if (places[i].id != 0 && places[i].deadline < time(NULL)) end_session(&places[i]);
            pthread_mutex_unlock(&places[i].lock);
        }
    }
    return unused;
}
