/* Sends that are collected. Abyss calls send() of this program in place of the one of the C library, and so does
 * libmariadb. */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gateway.h"

static _Thread_local struct {
    bool on;
    int to;
    struct text text;
} collected;

static ssize_t send_now(int to, const void *bytes, size_t count, int flags) {
    return syscall(SYS_sendto, to, bytes, count, flags, NULL, 0);
}

static void send_collected(void) {
    struct text *text = &collected.text;
    for (size_t sent = 0; sent < text->length;) {
        ssize_t count = send_now(collected.to, text->bytes + sent, text->length - sent, MSG_NOSIGNAL);
        if (count < 0) break; /* the client has gone: Abyss notices when it reads */
        sent += (size_t)count;
    }
    text->length = 0;
}

ssize_t send(int to, const void *bytes, size_t count, int flags) {
    if (!collected.on) return send_now(to, bytes, count, flags);
    collected.to = to;
    add(&collected.text, bytes, count);
    if (collected.text.length >= PIECE) send_collected();
    return (ssize_t)count;
}

void collect_sends(void) { collected.on = true; }

void end_of_sends(void) {
    send_collected();
    collected.on = false;
}
