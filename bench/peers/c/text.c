#include <stdlib.h>
#include <string.h>

#include "gateway.h"

char *space(struct text *text, size_t count) {
    size_t needed = text->length + count;
    if (needed > text->size) {
        text->size = needed + needed / 2;
        text->bytes = realloc(text->bytes, text->size);
        if (!text->bytes) fail("memory", "exhausted");
    }
    return text->bytes + text->length;
}

void add(struct text *text, const char *bytes, size_t count) {
    memcpy(space(text, count), bytes, count);
    text->length += count;
}

void add_string(struct text *text, const char *string) { add(text, string, strlen(string)); }
