#include "cli/helper_ask.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"

/* Bytes of preimages in one request, and of everything else in one item: together far below the
 * size of an entry. */
#define BATCH_PREIMAGES (24 * 1024)

/* Digits of the digest by which a refused call can be found. */
#define ID_DIGITS 16

struct batch {
    size_t count;
    size_t preimages; /* bytes */
    struct helper_call *calls[LIMIT_REQUEST_ITEMS];
};

/* ---- Answers ---- */

static void answer_signature(struct helper_call *call, const struct signature *signature)
{
    call->answer.good = true;
    memcpy(call->answer.signature, signature->bytes, signature->size);
    call->answer.size = signature->size;
}

static enum module_why why_of(enum err_code code)
{
    switch (code) {
    case ERR_REFUSED:
    case ERR_INPUT:
    case ERR_AUTH:
    case ERR_NOT_FOUND:
    case ERR_CONFLICT:
    case ERR_LIMIT:
        return MODULE_REJECTED;
    case ERR_NONE:
    case ERR_STATE:
    case ERR_BUSY:
    case ERR_IO:
    case ERR_TOKEN:
    case ERR_DAMAGED:
    case ERR_MEMORY:
    case ERR_INTERNAL:
        break;
    }
    return MODULE_UNAVAILABLE;
}

static void answer_refusal(struct helper_ask *ask, struct helper_call *call, const struct err *e)
{
    char hex[2 * DIGEST_MAX + 1];
    call->answer.good = false;
    call->answer.why = why_of(e->code);
    call->answer.err = *e;
    (void)snprintf(call->answer.request, sizeof call->answer.request, "%.*s", ID_DIGITS,
                   hex_string(hex, helper_call_digest(call)));
    helper_tell_refusal(ask->tell, &call->answer);
}

/* ---- Requests ---- */

static bool batch_has(const struct batch *b, struct bytes digest)
{
    for (size_t i = 0; i < b->count; i++)
        if (bytes_equal(helper_call_digest(b->calls[i]), digest))
            return true;
    return false;
}

/* Whether it can go with the others: a request has one mechanism, and a digest only once. A call
 * that repeats one waits until that one is answered. */
static bool batch_takes(const struct batch *b, const struct helper_call *call, size_t most)
{
    size_t preimage = call->with_preimage ? call->whole.size : 0;
    if (b->count == 0)
        return true;
    return b->count < most && b->preimages + preimage <= BATCH_PREIMAGES &&
           call->mechanism == b->calls[0]->mechanism && !batch_has(b, helper_call_digest(call));
}

static void batch_gather(struct batch *b, struct helper_calls *waiting, size_t most)
{
    struct helper_call *call = TAILQ_FIRST(waiting);
    while (call != NULL) {
        struct helper_call *next = TAILQ_NEXT(call, link);
        if (batch_takes(b, call, most)) {
            TAILQ_REMOVE(waiting, call, link);
            b->preimages += call->with_preimage ? call->whole.size : 0;
            b->calls[b->count++] = call;
        }
        call = next;
    }
}

static struct request_item item_of(const struct helper_call *call, struct bytes *preimage)
{
    struct request_item item = {.digest = helper_call_digest(call), .artifact = call->artifact};
    if (call->with_preimage) {
        *preimage = buf_bytes(&call->whole);
        item.preimages = (struct list){.items = preimage, .count = 1};
    }
    return item;
}

static bool signature_keep(struct helper_ask *ask, struct helper_call *call, struct bytes bytes,
                           int64_t entry, int64_t item, struct err *e)
{
    struct signature made = {.mechanism = call->mechanism,
                             .digest_size = call->digest_size,
                             .entry = entry,
                             .item = item,
                             .artifact = call->artifact,
                             .bound = call->artifact >= 0,
                             .size = bytes.size};
    if (!pubkey_verify_digest(ask->key, call->mechanism, helper_call_digest(call), bytes, e))
        return err_because(e,
                           "the authority answered entry %" PRId64 " with a signature that does "
                           "not hold",
                           entry);
    memcpy(made.digest, call->digest, call->digest_size);
    memcpy(made.bytes, bytes.data, bytes.size);
    if (!signatures_add(&ask->made, &made, e))
        return false;
    answer_signature(call, &made);
    return true;
}

static bool request_enter(struct helper_ask *ask, struct helper_call *const *calls, size_t count,
                          struct signed_item *ret_items, int64_t *ret_entry, struct arena *a,
                          struct err *e)
{
    struct request_item *items = arena_alloc(a, count * sizeof *items);
    struct bytes *preimages = arena_alloc(a, count * sizeof *preimages);
    if (items == NULL || preimages == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a request");
    for (size_t i = 0; i < count; i++)
        items[i] = item_of(calls[i], &preimages[i]);
    struct request request = {.key = ask->id,
                              .mechanism = (int)calls[0]->mechanism,
                              .items = {.items = items, .count = count}};
    return ask->authority.sign(ask->authority.context, &request, ret_items, ret_entry, a, e);
}

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Whether the refusal may be one item's fault alone, so that the others must be asked for again. */
static bool is_one_items(const struct err *e)
{
    return e->code == ERR_INPUT || begins(e->rule, "request.") || begins(e->rule, "binding.") ||
           strcmp(e->rule, "grant.count") == 0;
}

static void calls_ask(struct helper_ask *ask, struct helper_call *const *calls, size_t count)
{
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    struct signed_item signed_items[LIMIT_REQUEST_ITEMS];
    int64_t entry = -1;
    struct err err;
    if (!request_enter(ask, calls, count, signed_items, &entry, &arena, &err)) {
        bool alone = count > 1 && is_one_items(&err);
        for (size_t i = 0; i < count && !alone; i++)
            answer_refusal(ask, calls[i], &err);
        for (size_t i = 0; i < count && alone; i++)
            calls_ask(ask, &calls[i], 1);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (!signature_keep(ask, calls[i], signed_items[i].signature, entry, signed_items[i].item,
                            &err))
            answer_refusal(ask, calls[i], &err);
}

/* ---- All ---- */

static void calls_recall(struct helper_ask *ask, struct helper_calls *waiting,
                         struct helper_calls *answered)
{
    struct helper_call *call = TAILQ_FIRST(waiting);
    while (call != NULL) {
        struct helper_call *next = TAILQ_NEXT(call, link);
        const struct signature *known =
            signatures_find(&ask->made, call->mechanism, helper_call_digest(call));
        if (known != NULL) {
            answer_signature(call, known);
            TAILQ_REMOVE(waiting, call, link);
            TAILQ_INSERT_TAIL(answered, call, link);
        }
        call = next;
    }
}

/* Where signatures must be bound one by one, they are asked for one by one. */
static size_t batch_limit(struct helper_ask *ask)
{
    if (ask->authority.bind == NULL)
        return LIMIT_REQUEST_ITEMS;
    if (signatures_unbound(&ask->made) > 0)
        ask->authority.bind(ask->authority.context, &ask->made);
    return 1;
}

void helper_ask_all(struct helper_ask *ask, struct helper_calls *calls, struct helper_queue *queue)
{
    struct helper_calls answered = TAILQ_HEAD_INITIALIZER(answered);
    for (;;) {
        calls_recall(ask, calls, &answered);
        helper_queue_answer(queue, &answered);
        if (TAILQ_EMPTY(calls))
            return;
        struct batch batch = {.count = 0};
        batch_gather(&batch, calls, batch_limit(ask));
        calls_ask(ask, batch.calls, batch.count);
        for (size_t i = 0; i < batch.count; i++)
            TAILQ_INSERT_TAIL(&answered, batch.calls[i], link);
    }
}
