/*
 * The signing token compared with the record: at a start, every 24 hours, and when a daemon asks.
 * Each key that only one of them knows is a finding. Findings that differ from those recorded last
 * enter the record as a `reconciled` entry.
 */
#ifndef SEALWARD_KEEPER_RECONCILE_H
#define SEALWARD_KEEPER_RECONCILE_H

#include "keeper/keeper.h"

/* What differs between these keys and the record: at most START_FINDINGS_MAX. Each is also
 * reported. Does not move: the list points into it. */
struct reconcile_findings {
    struct start_finding list[START_FINDINGS_MAX];
    uint8_t ids[START_FINDINGS_MAX][64];
    size_t count;
};
void reconcile_find(struct reconcile_findings *ret, const struct keeper *k,
                    const struct keys_list *keys);

/* These findings are on record: of a start. */
CHECKED bool reconcile_recorded(struct keeper *k, const struct reconcile_findings *findings,
                                struct err *e);

/* Answers RECONCILED as soon as the token has listed its keys. */
CHECKED bool reconcile_ask(struct keeper *k, uint64_t peer, int64_t tag, struct err *e);

/* Begins a comparison that is due or asked for, when no work is under way. */
CHECKED bool reconcile_step(struct keeper *k, struct err *e);

#endif
