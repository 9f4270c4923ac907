#include "keeper/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/limits.h"
#include "keeper/hashes.h"
#include "keeper/journal.h"
#include "proof/checkpoint.h"
#include "wire/custody.h"

/* A batch is written when so many entries or bytes are staged, at the latest. */
enum { STAGED_MAX = 4096 };
#define STAGED_BYTES (4u << 20)

struct staged {
    struct buf text;
    uint8_t leaf[32];
};

struct record {
    struct journal *journal;
    struct hashes *hashes;
    struct rules_state *state;
    struct timekeeper time;
    struct buf checkpoint;
    struct staged staged[STAGED_MAX];
    size_t staged_count;
    size_t staged_bytes;
};

void record_free(struct record *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->staged_count; i++)
        buf_done(&r->staged[i].text);
    buf_done(&r->checkpoint);
    rules_state_free(r->state);
    hashes_free(r->hashes);
    journal_free(r->journal);
    free(r);
}

struct rules_state *record_state(struct record *r)
{
    return r->state;
}

struct timekeeper *record_time(struct record *r)
{
    return &r->time;
}

uint64_t record_size(const struct record *r)
{
    return journal_size(r->journal);
}

size_t record_staged(const struct record *r)
{
    return r->staged_count;
}

bool record_note_key(struct note_key *ret, const struct rules_state *s, struct err *e)
{
    struct rules_head head;
    rules_head(&head, s);
    if (!head.begun)
        return err_set(e, ERR_STATE, "the record has no genesis yet");
    return note_key_make(ret, bytes_text(head.origin), NOTE_ED25519, BYTES_OF(head.log_key), e);
}

static bool replay_entry(void *context, const struct journal_entry *stored, struct err *e)
{
    struct record *r = context;
    AUTO_VALUE(arena) arena = ARENA(16 * LIMIT_ENTRY);
    AUTO_VALUE(outcome) out;
    struct entry entry;
    outcome_init(&out);
    if (entry_read(&entry, stored->bytes, &arena, e) &&
        rules_apply(r->state, &entry, RULES_JUDGE, &out, e) &&
        hashes_append(r->hashes, stored->offset, entry.leaf, e))
        return true;
    if (e->code != ERR_MEMORY && e->code != ERR_IO)
        e->code = ERR_DAMAGED;
    return err_wrap(e, "entry %" PRIu64 " of the journal", stored->index);
}

static bool replay_checkpoint(void *context, struct bytes note, uint64_t first, struct err *e)
{
    struct record *r = context;
    struct note_key key;
    struct checkpoint checkpoint;
    struct rules_head head;
    uint8_t root[32];
    rules_head(&head, r->state);
    if (!record_note_key(&key, r->state, e) ||
        !checkpoint_open(&checkpoint, note, bytes_text(head.origin), &key, e) ||
        !record_root(r, checkpoint.size, root, e))
        return err_wrap(e, "checkpoint before entry %" PRIu64 " of the journal", first);
    if (memcmp(root, checkpoint.root, sizeof root) != 0)
        return err_set(e, ERR_DAMAGED,
                       "the log signed another history: its checkpoint of %" PRIu64
                       " entries does not fit the journal",
                       checkpoint.size);
    return record_set_checkpoint(r, note, e);
}

static bool record_replay(struct record *r, struct record_report *report, struct err *e)
{
    struct journal_report done;
    struct journal_replay replay = {
        .context = r, .entry = replay_entry, .checkpoint = replay_checkpoint};
    if (!journal_replay(r->journal, &replay, &done, e))
        return false;
    struct rules_head head;
    rules_head(&head, r->state);
    if (head.clock_doubted)
        timekeeper_doubt(&r->time, head.time);
    *report = (struct record_report){
        .entries = done.entries, .cut_offset = done.cut_offset, .cut_size = done.cut_size};
    return true;
}

static bool folder_path(char *ret, size_t size, const char *folder, const char *name, struct err *e)
{
    int n = snprintf(ret, size, "%s/%s", folder, name);
    return n > 0 && (size_t)n < size ? true
                                     : err_set(e, ERR_LIMIT, "path \"%s\" is too long", folder);
}

bool record_open(struct record **ret, const char *folder, struct record_report *report,
                 struct err *e)
{
    char journal[4096];
    char hashes[4096];
    AUTO(record) r = calloc(1, sizeof *r);
    if (r == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the record");
    r->checkpoint = BUF(CUSTODY_NOTE_MAX);
    timekeeper_init(&r->time);
    if (!folder_path(journal, sizeof journal, folder, "journal", e) ||
        !folder_path(hashes, sizeof hashes, folder, "hashes", e) || !rules_new(&r->state, e) ||
        !journal_open(&r->journal, journal, e) || !hashes_open(&r->hashes, hashes, e) ||
        !record_replay(r, report, e))
        return false;
    *ret = TAKE(r);
    return true;
}

static bool proof_add(struct record *r, struct buf *ret_body, struct bytes body, int64_t size,
                      struct err *e)
{
    /* The proof leads to the tree before this entry, and only durable entries have hashes. */
    struct path path;
    struct path_source source = hashes_source(r->hashes);
    return record_commit(r, e) &&
           path_prove_consistency(&path, (uint64_t)size, record_size(r), &source, e) &&
           rules_add_proof(ret_body, body, path_bytes(&path), e);
}

int64_t record_now(const struct record *r)
{
    struct rules_head head;
    rules_head(&head, r->state);
    return timekeeper_now(&r->time, head.time);
}

static bool entry_make(const struct record *r, struct staged *ret, int64_t time, struct bytes type,
                       struct bytes body, struct err *e)
{
    struct rules_head head;
    rules_head(&head, r->state);
    entry_write(&ret->text, (int64_t)head.size, time, type, body);
    return buf_ok(&ret->text, "entry", e);
}

/* The timekeeper follows what the record says of the clock. */
static void clock_follow(struct record *r)
{
    struct rules_head head;
    rules_head(&head, r->state);
    if (head.clock_doubted && !r->time.doubted)
        timekeeper_doubt(&r->time, head.time);
    if (!head.clock_doubted && r->time.doubted)
        timekeeper_trust(&r->time);
}

static bool entry_apply(struct record *r, struct staged *staged, struct outcome *out,
                        uint64_t *ret_index, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(16 * LIMIT_ENTRY);
    struct entry entry;
    if (!entry_read(&entry, buf_bytes(&staged->text), &arena, e) ||
        !rules_apply(r->state, &entry, RULES_JUDGE, out, e))
        return false;
    memcpy(staged->leaf, entry.leaf, sizeof staged->leaf);
    *ret_index = (uint64_t)entry.index;
    clock_follow(r);
    return true;
}

/* When the doubt ends, the wall clock is believed again: people must have confirmed that one. */
static bool confirmed_judge(struct bytes type, struct bytes body, struct err *e)
{
    int64_t time;
    if (!rules_confirmed_time(&time, type, body) || timekeeper_agrees(time))
        return true;
    (void)err_refuse(e, "clock.differs",
                     "the keeper's clock is more than an hour away from the time confirmed");
    return err_hint(e, "set the clock of the keeper's machine right, then confirm again");
}

bool record_is_fatal(const struct err *why)
{
    return why->code == ERR_MEMORY || why->code == ERR_INTERNAL || why->code == ERR_IO;
}

bool record_stage(struct record *r, struct bytes type, struct bytes body, struct outcome *out,
                  uint64_t *ret_index, struct err *e)
{
    return record_stage_at(r, record_now(r), type, body, out, ret_index, e);
}

bool record_stage_at(struct record *r, int64_t time, struct bytes type, struct bytes body,
                     struct outcome *out, uint64_t *ret_index, struct err *e)
{
    int64_t size;
    AUTO_VALUE(buf) proven = BUF(LIMIT_ENTRY);
    if (!confirmed_judge(type, body, e))
        return false;
    if ((r->staged_count == STAGED_MAX || r->staged_bytes > STAGED_BYTES) && !record_commit(r, e))
        return false;
    if (rules_needs_proof(r->state, body, &size)) {
        if (!proof_add(r, &proven, body, size, e))
            return false;
        body = buf_bytes(&proven);
    }
    struct staged *staged = &r->staged[r->staged_count];
    *staged = (struct staged){.text = BUF(LIMIT_ENTRY)};
    if (!entry_make(r, staged, time, type, body, e) || !entry_apply(r, staged, out, ret_index, e)) {
        buf_done(&staged->text);
        return false;
    }
    r->staged_count++;
    r->staged_bytes += staged->text.size;
    FAULT_POINT(record_staged);
    return true;
}

static bool hashes_follow(struct record *r, const uint64_t *offsets, struct err *e)
{
    for (size_t i = 0; i < r->staged_count; i++)
        if (!hashes_append(r->hashes, offsets[i], r->staged[i].leaf, e))
            return false;
    return true;
}

bool record_commit(struct record *r, struct err *e)
{
    struct bytes entries[STAGED_MAX];
    uint64_t offsets[STAGED_MAX];
    if (r->staged_count == 0)
        return true;
    for (size_t i = 0; i < r->staged_count; i++)
        entries[i] = buf_bytes(&r->staged[i].text);
    if (!journal_append(r->journal, entries, r->staged_count, buf_bytes(&r->checkpoint), offsets,
                        e) ||
        !hashes_follow(r, offsets, e))
        return false;
    FAULT_POINT(record_committed);
    for (size_t i = 0; i < r->staged_count; i++)
        buf_done(&r->staged[i].text);
    r->staged_count = r->staged_bytes = 0;
    return true;
}

bool record_read(struct record *r, uint64_t index, struct buf *ret, struct err *e)
{
    uint64_t offset;
    uint64_t durable = record_size(r);
    if (index >= durable && index - durable < r->staged_count) {
        buf_put(ret, buf_bytes(&r->staged[index - durable].text));
        return buf_ok(ret, "entry", e);
    }
    return hashes_offset(r->hashes, index, &offset, e) && journal_read(r->journal, offset, ret, e);
}

bool record_root(struct record *r, uint64_t size, uint8_t ret[32], struct err *e)
{
    struct tree tree;
    struct path_source source = hashes_source(r->hashes);
    if (size > hashes_size(r->hashes))
        return err_set(e, ERR_DAMAGED,
                       "a checkpoint of %" PRIu64
                       " entries was signed, the journal reaches %" PRIu64
                       ": it is cut, or older than what the public has seen",
                       size, hashes_size(r->hashes));
    if (!path_tree(&tree, size, &source, e))
        return false;
    tree_root(ret, &tree);
    return true;
}

struct bytes record_checkpoint(const struct record *r)
{
    return r->checkpoint.size == 0 ? BYTES_NONE : buf_bytes(&r->checkpoint);
}

bool record_set_checkpoint(struct record *r, struct bytes note, struct err *e)
{
    buf_reset(&r->checkpoint);
    buf_put(&r->checkpoint, note);
    return buf_ok(&r->checkpoint, "checkpoint", e);
}
