/*
 * Asking the authority for signatures: calls that wait together become one request, equal digests
 * are answered from what is remembered, and what comes back is verified before a tool gets it.
 *
 * One thread at a time, the helper's asking thread; `made` may be read when it has ended.
 */
#ifndef SEALWARD_CLI_HELPER_ASK_H
#define SEALWARD_CLI_HELPER_ASK_H

#include "cli/helper_queue.h"
#include "cli/helper_tell.h"
#include "cli/signatures.h"
#include "client/client.h"
#include "rules/requests.h"

/* The way to the authority. */
struct helper_authority {
    /* Enters the request (key, mechanism and items filled) and gives one signed_item for each item;
     * *ret_entry is the request's entry. */
    bool (*sign)(void *context, const struct request *request, struct signed_item *ret_items,
                 int64_t *ret_entry, struct arena *a, struct err *e);
    /* Called before a request while signatures stand unbound that must be bound first: binds what
     * can be bound by now. NULL where nothing must. */
    void (*bind)(void *context, struct signatures *made);
    void *context;
};

struct helper_ask {
    struct helper_authority authority;
    const struct pubkey *key;
    struct bytes id; /* SHA-256 of its SPKI */
    struct helper_tell *tell;
    struct signatures made;
};

/* Answers every call in *calls, which is empty afterwards, through the queue: each as soon as its
 * answer is there. */
void helper_ask_all(struct helper_ask *ask, struct helper_calls *calls, struct helper_queue *queue);

#endif
