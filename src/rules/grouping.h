/*
 * The revoked certificates by the CRL in which each stands, found in one pass however many CRLs
 * there are. A cache of a state: made when first asked for, anew when the record has gone on; its
 * pointers are the state's. Inside the rules room only.
 */
#ifndef SEALWARD_RULES_GROUPING_H
#define SEALWARD_RULES_GROUPING_H

#include "rules/partition.h"

struct grouping;

CHECKED bool grouping_new(struct grouping **ret, struct err *e);
void grouping_free(struct grouping *g);
AUTO_FREE(grouping)

/* Gives its memory back. */
void grouping_clear(struct grouping *g);

/* The n-th CRL that is published at `time`, in the order of partitions_find; NULL behind the last.
 * Good until the next entry. */
CHECKED bool grouping_partition(const struct partition **ret, const struct rules_state *s, size_t n,
                                int64_t time, struct err *e);

/* Its entries, sorted. The n-th must be there. */
CHECKED bool grouping_entries(struct crl_entries *ret, const struct rules_state *s, size_t n,
                              int64_t time, struct err *e);

#endif
