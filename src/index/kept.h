/*
 * What the daemon keeps and the record does not hold: people's names with the salts that open
 * their hashes in the record, refusals, endpoints' confirmations, and when each status was
 * published. A file of its own, durable with every call
 * (synchronous=FULL), part of a backup; unlike the index it cannot be rebuilt.
 *
 * Names: an erased name is overwritten in the file, so that nobody can open its hash again.
 * Refusals: a ring of the newest KEPT_REFUSALS_MAX.
 *
 * Ownership: what is read is copied into the caller's arena. Threads: one connection belongs to one
 * thread at a time; several may be open. What it does not do: check that a name opens its hash.
 */
#ifndef SEALWARD_INDEX_KEPT_H
#define SEALWARD_INDEX_KEPT_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#define KEPT_REFUSALS_MAX 100000
#define KEPT_PAGE_MAX 1000

struct kept;

void kept_free(struct kept *k);
AUTO_FREE(kept)

/* Opens the file, makes it (mode 0600) if it is not there, brings it to the newest schema.
 * ERR_DAMAGED: broken or not ours; restore it from a backup. ERR_STATE: made by a newer build. */
CHECKED bool kept_open(struct kept **ret, const char *path, struct err *e);

/* Writes a whole and consistent copy to a new file, while others may be writing. ERR_IO if
 * something is there already. */
CHECKED bool kept_copy(struct kept *k, const char *path, struct err *e);

struct kept_name {
    struct bytes handle;
    struct bytes name;
    struct bytes salt;
};

/* Adds, or replaces the one of that handle. */
CHECKED bool kept_name_put(struct kept *k, const struct kept_name *name, struct err *e);
/* ERR_NOT_FOUND if none is kept. */
CHECKED bool kept_name_get(struct kept *k, struct bytes handle, struct kept_name *ret,
                           struct arena *a, struct err *e);

struct kept_names {
    struct kept_name *list;
    size_t count;
};

/* In the order of handles, those above `after` (empty: from the first on), at most `limit` (1 ..
 * KEPT_PAGE_MAX). */
CHECKED bool kept_name_list(struct kept *k, struct bytes after, size_t limit,
                            struct kept_names *ret, struct arena *a, struct err *e);
/* True also if there is none. */
CHECKED bool kept_name_erase(struct kept *k, struct bytes handle, struct err *e);

struct kept_refusal {
    int64_t id; /* rises with each; given by refusal_put */
    int64_t time_ms;
    struct bytes actor; /* may be empty: nobody was recognised */
    struct bytes rule;  /* may be empty */
    struct bytes message;
};

struct kept_refusals {
    struct kept_refusal *list;
    size_t count;
};

/* Newest first. */
struct kept_query {
    struct bytes actor; /* of this one only; absent: any */
    struct bytes rule;  /* by this rule only; absent: any */
    int64_t before;     /* ids below this; INT64_MAX: from the newest on */
    size_t limit;       /* 1 .. KEPT_PAGE_MAX */
};

/* Adds it and lets the oldest go when there are too many. `id` is ignored. */
CHECKED bool kept_refusal_put(struct kept *k, const struct kept_refusal *refusal, struct err *e);
CHECKED bool kept_refusal_list(struct kept *k, const struct kept_query *query,
                               struct kept_refusals *ret, struct arena *a, struct err *e);

/* --- Confirmations ---------------------------------------------------------------------------- */

/* The most of one endpoint that are kept; the oldest go. */
#define KEPT_CONFIRMATIONS_MAX 4096

struct kept_confirmation {
    struct bytes endpoint; /* id */
    int64_t number;        /* of the status */
    int64_t first_ms;      /* when the first one of that number came */
    int64_t last_ms;       /* when the newest one came */
    struct bytes list;     /* 32 bytes */
    int64_t size;          /* of the log, as the endpoint knows it */
    struct bytes text;     /* the newest one, whole */
};

struct kept_confirmations {
    struct kept_confirmation *list;
    size_t count;
};

/* Adds it, or notes that it came again. */
CHECKED bool kept_confirmation_put(struct kept *k, const struct kept_confirmation *confirmation,
                                   struct err *e);

/* The endpoint's newest. ERR_NOT_FOUND. */
CHECKED bool kept_confirmation_newest(struct kept *k, struct bytes endpoint,
                                      struct kept_confirmation *ret, struct arena *a,
                                      struct err *e);

/* The endpoint's first one that is not older than that number. ERR_NOT_FOUND. */
CHECKED bool kept_confirmation_from(struct kept *k, struct bytes endpoint, int64_t number,
                                    struct kept_confirmation *ret, struct arena *a, struct err *e);

/* --- Publications ----------------------------------------------------------------------------- */

struct kept_published {
    int64_t number;    /* of the status */
    int64_t time_ms;   /* when its files were written */
    struct bytes list; /* SHA-256 of the distrust list's file; absent where there was none */
};

/* A number that is kept already stays as it is. */
CHECKED bool kept_published_put(struct kept *k, const struct kept_published *published,
                                struct err *e);
/* The first one that is not older than that number. ERR_NOT_FOUND. */
CHECKED bool kept_published_from(struct kept *k, int64_t number, struct kept_published *ret,
                                 struct arena *a, struct err *e);

#endif
