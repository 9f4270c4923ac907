#include "cli/helper_tell.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

/* Texts that are remembered as said. */
#define SAID_MAX 32

struct helper_tell {
    pthread_mutex_t lock;
    uint8_t said[SAID_MAX][DIGEST_SHA256_SIZE];
    size_t count; /* in all; the place of the next is count % SAID_MAX */
};

bool helper_tell_new(struct helper_tell **ret, struct err *e)
{
    struct helper_tell *t = calloc(1, sizeof *t);
    if (t == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the helper");
    /* With default attributes it cannot fail on Linux. */
    (void)pthread_mutex_init(&t->lock, NULL);
    *ret = t;
    return true;
}

void helper_tell_free(struct helper_tell *t)
{
    if (t == NULL)
        return;
    (void)pthread_mutex_destroy(&t->lock);
    free(t);
}

static bool tell_is_new(struct helper_tell *t, struct bytes text)
{
    uint8_t hash[DIGEST_SHA256_SIZE];
    digest_sha256(hash, text);
    size_t known = t->count < SAID_MAX ? t->count : SAID_MAX;
    for (size_t i = 0; i < known; i++)
        if (memcmp(t->said[i], hash, sizeof hash) == 0)
            return false;
    memcpy(t->said[t->count++ % SAID_MAX], hash, sizeof hash);
    return true;
}

static void refusal_write(struct buf *b, const struct helper_answer *answer)
{
    buf_printf(b, "sealward: %s: %s", answer->why == MODULE_UNAVAILABLE ? "not signed" : "refused",
               answer->err.message);
    if (answer->err.cause[0] != 0)
        buf_printf(b, ": %s", answer->err.cause);
    if (answer->request[0] != 0)
        buf_printf(b, " (request %s)", answer->request);
    buf_put_u8(b, '\n');
    if (answer->err.code == ERR_REFUSED && answer->err.rule[0] != 0)
        buf_printf(b, "sealward: rule: %s\n", answer->err.rule);
    if (answer->err.hint[0] != 0)
        buf_printf(b, "sealward: hint: %s\n", answer->err.hint);
}

void helper_tell_refusal(struct helper_tell *t, const struct helper_answer *answer)
{
    AUTO_VALUE(buf) text = BUF(4096);
    refusal_write(&text, answer);
    (void)pthread_mutex_lock(&t->lock);
    if (tell_is_new(t, buf_bytes(&text)))
        (void)fputs(buf_string(&text), stderr);
    (void)pthread_mutex_unlock(&t->lock);
}
