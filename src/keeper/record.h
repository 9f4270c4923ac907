/*
 * The record as the keeper holds it: journal, hashes and state, moved together.
 *
 * An entry is staged (judged by the rulebook, given its index and time), and durable when the
 * commit that follows has returned true. Nothing about a staged entry may be told to anybody before
 * that. After a failed commit, and after ERR_MEMORY or ERR_INTERNAL of a stage, the process must
 * end: state and disk may differ, and the next start replays.
 *
 * One thread. What it does not do: sign, talk, or decide who may submit what.
 */
#ifndef SEALWARD_KEEPER_RECORD_H
#define SEALWARD_KEEPER_RECORD_H

#include "base/auto.h"
#include "base/buf.h"
#include "keeper/timekeeper.h"
#include "proof/note.h"
#include "proof/path.h"
#include "rules/rules.h"

struct record;

/* What the replay at opening did, for a message. */
struct record_report {
    uint64_t entries;
    uint64_t cut_offset;
    uint64_t cut_size;
};

/* Opens the record in a folder and replays it: every entry is judged again, every checkpoint that
 * the journal carries must be the log's own signature over the tree as replayed. ERR_DAMAGED names
 * the file and the place, or the entry and the rule it breaks. */
CHECKED bool record_open(struct record **ret, const char *folder, struct record_report *report,
                         struct err *e);
void record_free(struct record *r);
AUTO_FREE(record)

struct rules_state *record_state(struct record *r);
struct timekeeper *record_time(struct record *r);

/* Entries that are durable, and entries staged behind them. */
uint64_t record_size(const struct record *r);
size_t record_staged(const struct record *r);

/* The time of an entry that is staged now. */
int64_t record_now(const struct record *r);

/* Judges and stages an entry; *ret_index is what it got. A consistency proof is added where the
 * statement names a checkpoint that the state no longer knows (which may commit what is staged
 * before). */
CHECKED bool record_stage(struct record *r, struct bytes type, struct bytes body,
                          struct outcome *out, uint64_t *ret_index, struct err *e);

/* The same for a body that depends on its entry's time: `time` is what record_now has just said. */
CHECKED bool record_stage_at(struct record *r, int64_t time, struct bytes type, struct bytes body,
                             struct outcome *out, uint64_t *ret_index, struct err *e);

/* Whether a failure to stage leaves a state that must not be used any more. */
bool record_is_fatal(const struct err *why);

/* Makes everything staged durable, with one sync. */
CHECKED bool record_commit(struct record *r, struct err *e);

/* Appends the text of a durable or staged entry. */
CHECKED bool record_read(struct record *r, uint64_t index, struct buf *ret, struct err *e);

/* Root of the durable tree at a size; proofs over it. */
CHECKED bool record_root(struct record *r, uint64_t size, uint8_t ret[32], struct err *e);

/* The newest signed checkpoint: replaced when a newer one is signed; absent before the first. */
struct bytes record_checkpoint(const struct record *r);
CHECKED bool record_set_checkpoint(struct record *r, struct bytes note, struct err *e);

/* The key that verifies the log's checkpoints; needs a genesis. */
CHECKED bool record_note_key(struct note_key *ret, const struct rules_state *s, struct err *e);

#endif
