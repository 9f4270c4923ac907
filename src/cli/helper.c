#include "cli/helper.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/file.h"
#include "cli/helper_objects.h"
#include "cli/helper_serve.h"
#include "wire/frame.h"

struct helper {
    char *path;
    uint8_t id[DIGEST_SHA256_SIZE];
    struct pubkey *key;
    struct buf keys;
    struct helper_token token;
    struct helper_tell *tell;
    struct helper_queue *queue;
    struct helper_serve *serve;
    struct helper_ask ask;
    bool running;
    pthread_t server;
    pthread_t asker;
};

static void *server_main(void *context)
{
    struct helper *h = context;
    helper_serve_run(h->serve);
    return NULL;
}

static void *asker_main(void *context)
{
    struct helper *h = context;
    struct helper_calls calls = TAILQ_HEAD_INITIALIZER(calls);
    while (helper_queue_take(h->queue, &calls))
        helper_ask_all(&h->ask, &calls, h->queue);
    return NULL;
}

static bool thread_start(pthread_t *ret, void *(*run)(void *), struct helper *h, struct err *e)
{
    int number = pthread_create(ret, NULL, run, h);
    return number == 0 || err_set(e, ERR_IO, "cannot start a thread of the helper (%d)", number);
}

static bool threads_start(struct helper *h, struct err *e)
{
    if (!thread_start(&h->server, server_main, h, e))
        return false;
    if (!thread_start(&h->asker, asker_main, h, e)) {
        helper_queue_close(h->queue);
        (void)pthread_join(h->server, NULL);
        return false;
    }
    h->running = true;
    return true;
}

/* New threads inherit the mask. */
static bool threads_start_quietly(struct helper *h, struct err *e)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    bool ok = threads_start(h, e);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ok;
}

static bool objects_fill(struct helper *h, const struct helper_config *config, struct err *e)
{
    if (!pubkey_parse(&h->key, config->spki, e) ||
        !helper_objects_put(&h->keys, config->signer, config->spki, config->certificate,
                            &config->chain, e))
        return false;
    pubkey_spki_sha256(h->id, config->spki);
    h->token = (struct helper_token){.label = config->token,
                                     .serial = config->serial,
                                     .keys = buf_bytes(&h->keys),
                                     .id = BYTES_OF(h->id),
                                     .kind = pubkey_kind(h->key),
                                     .artifacts = config->artifacts};
    return true;
}

bool helper_start(struct helper **ret, const struct helper_config *config, struct err *e)
{
    AUTO(helper) h = calloc(1, sizeof *h);
    if (h == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the helper");
    h->keys = BUF(MODULE_ANSWER_FRAME_MAX + FRAME_HEADER_SIZE);
    h->path = strdup(config->socket);
    if (h->path == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the helper");
    if (!objects_fill(h, config, e) || !helper_tell_new(&h->tell, e) ||
        !helper_queue_new(&h->queue, e) ||
        !helper_serve_new(&h->serve, h->path, &h->token, h->queue, h->tell, e))
        return false;
    h->ask = (struct helper_ask){
        .authority = config->authority, .key = h->key, .id = BYTES_OF(h->id), .tell = h->tell};
    if (!threads_start_quietly(h, e))
        return false;
    *ret = TAKE(h);
    return true;
}

static void threads_stop(struct helper *h)
{
    if (!h->running)
        return;
    helper_queue_close(h->queue);
    (void)pthread_join(h->asker, NULL);
    (void)pthread_join(h->server, NULL);
    h->running = false;
}

void helper_stop(struct helper *h, struct signatures *ret)
{
    threads_stop(h);
    *ret = h->ask.made;
    h->ask.made = SIGNATURES_NONE;
}

/* The folder goes soon; that it is not empty would be told then. */
static void socket_remove(const struct helper *h)
{
    struct err ignored;
    bool removed = h->serve != NULL && file_remove(h->path, &ignored);
    (void)removed;
}

void helper_free(struct helper *h)
{
    if (h == NULL)
        return;
    threads_stop(h);
    socket_remove(h);
    helper_serve_free(h->serve);
    helper_queue_free(h->queue);
    helper_tell_free(h->tell);
    signatures_done(&h->ask.made);
    pubkey_free(h->key);
    buf_done(&h->keys);
    free(h->path);
    free(h);
}
