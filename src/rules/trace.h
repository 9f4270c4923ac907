/*
 * What an entry signs, opens, binds or certifies, as the state knows it right after the entry was
 * applied: for those who keep account of what a key has signed, for whom, and what it was.
 *
 * Reading only; pure. Views into the entry, the state and the arena: what is to outlive the next
 * rules_apply must be copied. What it does not do: tell anything of an older entry.
 */
#ifndef SEALWARD_RULES_TRACE_H
#define SEALWARD_RULES_TRACE_H

#include "rules/rules.h"

enum trace_kind {
    TRACE_NOTHING,
    TRACE_GRANT,       /* asked for; it may wait for approvals */
    TRACE_SIGNATURES,  /* of a request */
    TRACE_BINDING,     /* of one earlier signature */
    TRACE_CERTIFICATE, /* issued */
};

struct trace_artifact {
    struct bytes name;
    struct bytes format;
    struct bytes algorithm;
    struct bytes digest;
};

struct trace_item {
    struct bytes tbs; /* the digest that is signed, also where the rulebook built it */
    int64_t artifact; /* number in the grant; -1 while nobody knows */
};

struct trace {
    enum trace_kind kind;
    struct bytes grant; /* leaf; of all but certificates */
    struct bytes path;  /* GRANT */
    struct bytes signer;
    struct bytes actor;
    struct list artifacts; /* GRANT, BINDING (one, which the grant does not name):
                              struct trace_artifact */
    struct bytes key;      /* id; of all but grants */
    int64_t certificate;   /* SIGNATURES: the key's newest that is valid, or -1; CERTIFICATE: its
                              number */
    struct bytes serial;   /* CERTIFICATE */
    struct list items;     /* SIGNATURES, and BINDING (one): struct trace_item */
};

/* Of the entry that `s` has just been given, and what came out of it. ERR_LIMIT for a full arena.
 */
CHECKED bool rules_trace(struct trace *ret, const struct rules_state *s, const struct entry *entry,
                         const struct outcome *out, struct arena *a, struct err *e);

#endif
