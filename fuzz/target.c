/*
 * Aims at target_read and route_find: a request's target as a client sends it.
 *
 * What is accepted is made of nothing but its own segments and pairs, put together again; no
 * segment can leave a folder; what is refused leaves the result alone.
 */
#include "http/routes.h"
#include "http/target.h"
#include "property.h"

static void put_again(struct buf *b, const struct target *t)
{
    for (size_t i = 0; i < t->count; i++) {
        buf_put_u8(b, '/');
        buf_put(b, t->segments[i]);
    }
    for (size_t i = 0; i < t->parameter_count; i++) {
        buf_put_u8(b, i == 0 ? '?' : '&');
        buf_put(b, t->parameters[i].name);
        buf_put_u8(b, '=');
        buf_put(b, t->parameters[i].value);
    }
}

static void routes_try(const struct target *t, bool plain)
{
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "OTHER"};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        const struct route *route = NULL;
        const char *allow = NULL;
        struct err e;
        if (route_find(&route, methods[i], t, plain, &allow, &e))
            PROPERTY(route != NULL && allow == NULL);
        else
            PROPERTY(e.code == ERR_NOT_FOUND || e.code == ERR_INPUT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e;
    AUTO_VALUE(buf) again = BUF(TARGET_MAX);
    struct target t = {.count = 99};
    struct bytes text = bytes_make(data, size);
    if (!target_read(&t, text, &e)) {
        PROPERTY(t.count == 99 && e.code == ERR_INPUT);
        return 0;
    }
    PROPERTY(t.count >= 1 && t.count <= TARGET_SEGMENTS_MAX);
    for (size_t i = 0; i < t.count; i++)
        PROPERTY(t.segments[i].size > 0 && t.segments[i].data[0] != '.');
    put_again(&again, &t);
    PROPERTY(bytes_equal(buf_bytes(&again), text));
    routes_try(&t, false);
    routes_try(&t, true);
    return 0;
}
