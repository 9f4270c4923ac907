/*
 * What those who watch over an authority need of the state, row by row: endpoints and their
 * classes, revocations, what stands open, when certificates end. Reading only; pure.
 *
 * Views live until the next rules_apply. Functions that count from n give false behind the last
 * row; no order is promised.
 */
#ifndef SEALWARD_RULES_WATCH_H
#define SEALWARD_RULES_WATCH_H

#include "rules/rules.h"

struct watched_endpoint {
    struct bytes id;
    struct bytes class; /* id of an object `endpoints` */
    struct bytes spki;  /* its key */
    struct bytes actor; /* who enrolled it */
    int64_t time;       /* when */
};
bool watch_endpoint_at(struct watched_endpoint *ret, const struct rules_state *s, size_t n);
/* ERR_NOT_FOUND. */
CHECKED bool watch_endpoint(struct watched_endpoint *ret, const struct rules_state *s,
                            struct bytes id, struct err *e);

struct watched_class {
    struct bytes id;
    const char *reads;   /* "list", "crl", "never" */
    bool confirms;       /* it reads the list, so its endpoints can say which one they hold */
    int64_t silence;     /* milliseconds without confirmation, after which one is a laggard */
    int64_t clock_error; /* milliseconds */
};
bool watch_class_at(struct watched_class *ret, const struct rules_state *s, size_t n);

struct watched_revocation {
    const char *kind; /* "key", "certificate", "signature", "artifact", "path" */
    struct bytes id;
    struct bytes leaf;
    struct bytes actor;
    const char *reason;
    int64_t time; /* when signing stopped: the entry's */
    int64_t effective;
    int64_t status;    /* number of the first status that says so; -1 while none does */
    int64_t published; /* entry time of that status; 0 while there is none */
};
bool watch_revocation_at(struct watched_revocation *ret, const struct rules_state *s, size_t n);
bool watch_revocation(struct watched_revocation *ret, const struct rules_state *s,
                      struct bytes kind, struct bytes id);

/* The newest status; false while there is none. */
struct watched_status {
    int64_t number;
    int64_t time;
    int64_t list_expires; /* 0: no list */
    int64_t crl_next;     /* 0: no CRLs */
};
bool watch_status(struct watched_status *ret, const struct rules_state *s);

struct watched_counts {
    int64_t revocations;
    int64_t unratified; /* suspensions and revocations that wait for their quorum */
    int64_t overdue;    /* of them, beyond their time */
    int64_t orphans;    /* signers without an owner or with a path without a team */
    int64_t endpoints;
};
void watch_counts(struct watched_counts *ret, const struct rules_state *s);

/* The certificates that were issued, newest first. */
struct watched_certificate {
    int64_t number;
    struct bytes key;
    struct bytes signer; /* absent where it is no signer's */
    int64_t not_after;
};
bool watch_certificate_at(struct watched_certificate *ret, const struct rules_state *s, size_t n);

#endif
