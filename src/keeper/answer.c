#include "keeper/answer.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/limits.h"
#include "keeper/peers.h"

struct signed_item {
    struct sign_job job;
    struct buf attributes;
    struct buf signature;
};

struct ask {
    struct ask *next;
    uint64_t peer;
    int64_t tag;
    bool again;
    uint64_t index;
    size_t count;
    size_t done;
    bool failed;
    struct err why;
    struct signed_item items[];
};

static void ask_free(struct ask *ask)
{
    if (ask == NULL)
        return;
    for (size_t i = 0; i < ask->count; i++) {
        buf_done(&ask->items[i].attributes);
        buf_done(&ask->items[i].signature);
    }
    free(ask);
}
AUTO_FREE(ask)

bool answer_now(struct keeper *k, uint64_t number, const struct custody_message *m, struct err *e)
{
    struct peer *peer = peer_find(k, number);
    AUTO_VALUE(buf) payload = BUF(CUSTODY_PAYLOAD_MAX);
    if (peer == NULL)
        return true;
    if (!custody_write(&payload, m, e))
        return false;
    frame_put(&peer->out, (uint8_t)m->type, buf_bytes(&payload));
    /* A daemon that asks for more than it reads loses its connection, not the keeper its memory. */
    if (peer->out.failed)
        peer_close(peer);
    return true;
}

bool answer_daemons(struct keeper *k, const struct custody_message *m, struct err *e)
{
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (k->peers[i].number != 0 && !k->peers[i].officer &&
            !answer_now(k, k->peers[i].number, m, e))
            return false;
    return true;
}

bool answer_refuse(struct keeper *k, uint64_t peer, int64_t tag, struct err *why, int64_t entry,
                   struct err *e)
{
    struct custody_message m;
    custody_refuse(&m, tag, why, entry);
    return answer_now(k, peer, &m, e);
}

static bool ask_new(struct ask **ret, uint64_t peer, int64_t tag, const struct outcome *out,
                    struct err *e)
{
    AUTO(ask) ask = calloc(1, sizeof *ask + out->job_count * sizeof ask->items[0]);
    if (ask == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for an answer");
    ask->peer = peer;
    ask->tag = tag;
    ask->count = out->job_count;
    for (size_t i = 0; i < ask->count; i++) {
        struct signed_item *item = &ask->items[i];
        item->job = out->jobs[i];
        item->attributes = BUF(LIMIT_PREIMAGE);
        item->signature = BUF(CUSTODY_SIGNATURE_MAX);
        buf_put(&item->attributes, out->jobs[i].attributes);
        if (!buf_ok(&item->attributes, "signed attributes", e))
            return false;
    }
    *ret = TAKE(ask);
    return true;
}

static struct bytes item_extra(const struct signed_item *item)
{
    return item->attributes.size == 0 ? BYTES_NONE : buf_bytes(&item->attributes);
}

static bool answer_admitted(struct keeper *k, const struct ask *ask, struct err *e)
{
    AUTO_VALUE(buf) entry = BUF(LIMIT_ENTRY);
    struct custody_result results[CUSTODY_ITEMS_MAX];
    if (!record_read(k->record, ask->index, &entry, e))
        return false;
    for (size_t i = 0; i < ask->count; i++)
        results[i] = (struct custody_result){.item = (int64_t)i,
                                             .signature = buf_bytes(&ask->items[i].signature),
                                             .extra = item_extra(&ask->items[i])};
    struct custody_message m = {.type = CUSTODY_ADMITTED,
                                .admitted = {.tag = ask->tag,
                                             .index = (int64_t)ask->index,
                                             .entry = buf_bytes(&entry),
                                             .results = {.items = results, .count = ask->count}}};
    return answer_now(k, ask->peer, &m, e);
}

static bool answer_again(struct keeper *k, const struct ask *ask, struct err *e)
{
    struct custody_message m = {.type = CUSTODY_RESULT,
                                .again = {.tag = ask->tag,
                                          .signature = buf_bytes(&ask->items[0].signature),
                                          .extra = item_extra(&ask->items[0])}};
    return answer_now(k, ask->peer, &m, e);
}

static bool ask_finish(struct keeper *k, struct ask *owned, struct err *e)
{
    AUTO(ask) ask = owned;
    k->asks--;
    FAULT_POINT(ask_signed);
    if (ask->failed) {
        /* The entry stands; a request's signature can be asked for again. */
        (void)err_hint(&ask->why, "it is on record without its signature: for a request ask again, "
                                  "a timestamp is asked for anew");
        return answer_refuse(k, ask->peer, ask->tag, &ask->why, (int64_t)ask->index, e);
    }
    return ask->again ? answer_again(k, ask, e) : answer_admitted(k, ask, e);
}

static bool item_signed(struct keeper *k, void *owner, size_t item,
                        const struct pool_answer *answer, struct err *e)
{
    struct ask *ask = owner;
    if (answer->ok)
        buf_put(&ask->items[item].signature, answer->signature);
    if (!answer->ok || ask->items[item].signature.failed) {
        ask->failed = true;
        ask->why = answer->err;
    }
    return ++ask->done < ask->count || ask_finish(k, ask, e);
}

static bool item_sign(struct keeper *k, struct ask *ask, size_t i, struct err *e)
{
    const struct sign_job *job = &ask->items[i].job;
    uint64_t number;
    return pool_sign(&number, k->pool, TOKEN_SIGNING, BYTES_OF(job->key),
                     (enum mechanism)job->mechanism, bytes_make(job->digest, job->digest_size),
                     clock_monotonic_ms(), e) &&
           jobs_add(&k->jobs, number, ask, i, item_signed, e);
}

/* Signs what is to be signed, or answers. Takes the ask over. */
static bool ask_begin(struct keeper *k, struct ask *ask, struct err *e)
{
    size_t count = ask->count;
    for (size_t i = 0; i < count; i++) {
        if (item_sign(k, ask, i, e))
            continue;
        if (e->code != ERR_BUSY)
            return false;
        /* What could be submitted will be answered; the rest counts as failed. */
        ask->failed = true;
        ask->why = *e;
        ask->done += count - i;
        break;
    }
    return ask->done < ask->count || ask_finish(k, ask, e);
}

bool ask_admit(struct keeper *k, uint64_t peer, int64_t tag, uint64_t index,
               const struct outcome *out, struct err *e)
{
    struct ask *ask;
    if (!ask_new(&ask, peer, tag, out, e))
        return false;
    ask->index = index;
    *k->staged_end = ask;
    k->staged_end = &ask->next;
    k->asks++;
    return true;
}

bool ask_again(struct keeper *k, uint64_t peer, int64_t tag, const struct outcome *out,
               struct err *e)
{
    struct ask *ask;
    if (!ask_new(&ask, peer, tag, out, e))
        return false;
    ask->again = true;
    k->asks++;
    return ask_begin(k, ask, e);
}

bool asks_committed(struct keeper *k, struct err *e)
{
    struct ask *ask = k->staged;
    k->staged = NULL;
    k->staged_end = &k->staged;
    while (ask != NULL) {
        struct ask *next = ask->next;
        if (!ask_begin(k, ask, e))
            return false;
        ask = next;
    }
    return true;
}
