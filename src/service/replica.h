/*
 * The daemon's own copy of the state: what the rulebook makes of the entries that the keeper gives.
 * It answers reads and compares itself with the keeper; it decides nothing.
 *
 * Reads are refused until it has caught up for the first time, and for good once it has stopped
 * because it differs from the keeper. Findings are kept in memory, the newest FINDINGS_MAX: each
 * start replays them.
 *
 * Threads: one writes (the follower), any read. What is read is copied out as canonical JSON.
 */
#ifndef SEALWARD_SERVICE_REPLICA_H
#define SEALWARD_SERVICE_REPLICA_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "proof/note.h"
#include "rules/rules.h"
#include "rules/trace.h"

#define REPLICA_FINDINGS_MAX 1000
/* The most that one view may be. */
#define REPLICA_VIEW_MAX (16u << 20)

struct replica;

CHECKED bool replica_new(struct replica **ret, struct err *e);
void replica_free(struct replica *r);
AUTO_FREE(replica)

/* --- For the follower ------------------------------------------------------------------------- */

/* Back to before entry 0; not ready again. */
CHECKED bool replica_reset(struct replica *r, struct err *e);

/* Applies the next entry as the keeper gave it; *ret is a view of `text`, and `out` gets what came
 * of it. A failure means that this copy and the keeper differ. */
CHECKED bool replica_apply(struct replica *r, struct bytes text, struct entry *ret,
                           struct outcome *out, struct err *e);

/* What the entry just applied has signed (rules/trace.h); views into the entry and the arena. */
CHECKED bool replica_trace(struct trace *ret, struct replica *r, const struct entry *entry,
                           const struct outcome *out, struct arena *a, struct err *e);

/* A look at the state as it is, ready or not. */
typedef bool replica_glance(void *context, const struct rules_state *s, struct err *e);
CHECKED bool replica_look(struct replica *r, replica_glance *look, void *context, struct err *e);

/* How far the record goes as the keeper says, for the message while it is read. */
void replica_expect(struct replica *r, int64_t size);
void replica_set_ready(struct replica *r);
/* Stops reads for good. */
void replica_stop(struct replica *r, const struct err *why);

/* Compares size, root and digest of the state with what the keeper says; size must be equal. */
CHECKED bool replica_compare(struct replica *r, const uint8_t root[32], const uint8_t digest[32],
                             struct err *e);

/* --- For everybody ---------------------------------------------------------------------------- */

/* True if reads are answered; else ERR_STATE says why not. */
CHECKED bool replica_ready(struct replica *r, struct err *e);
int64_t replica_size(struct replica *r);

/* A copy of the head whose texts live in the arena. */
CHECKED bool replica_head(struct rules_head *ret, struct replica *r, struct arena *a,
                          struct err *e);

/* The key of the log's checkpoints. ERR_STATE before entry 0. */
CHECKED bool replica_log_key(struct note_key *ret, struct replica *r, struct err *e);

/* A view of the state (rules/view.h) as of now. */
typedef bool replica_view(struct buf *b, const struct rules_state *s, const void *context,
                          struct err *e);
CHECKED bool replica_show(struct replica *r, struct buf *b, replica_view *view, const void *context,
                          struct err *e);
/* The same, one at a time: for views that keep something with the state for the next one. */
CHECKED bool replica_show_alone(struct replica *r, struct buf *b, replica_view *view,
                                const void *context, struct err *e);

/* Adds a finding of the daemon's own, about what is not in the record. */
void replica_find(struct replica *r, const char *kind, struct bytes subject, struct bytes text);

/* {"findings": [...]}, newest first. */
CHECKED bool replica_findings(struct replica *r, struct buf *b, struct err *e);

#endif
