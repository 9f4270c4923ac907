#include "cli/backup_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/audit_files.h"
#include "cli/journal_walk.h"

/* Bytes between two lines of progress. */
enum { PROGRESS_STEP = 16 << 20 };

void backup_record_done(struct backup_record *r)
{
    rules_state_free(r->state);
    r->state = NULL;
}

/* ---- Checkpoints ---- */

static bool note_read(struct buf *ret, const char *where, const char *ca, struct err *e)
{
    AUTO(audit_files) files = NULL;
    struct err ignored;
    struct file_facts facts;
    if (strstr(where, "://") == NULL && file_facts_at(&facts, where, &ignored) && facts.regular)
        return file_read(ret, where, FILE_REGULAR, e);
    if (!audit_files_new(&files, where, ca, e))
        return false;
    struct audit_source source = audit_files_source(files);
    return source.read(source.context, "checkpoint", ret, e);
}

bool backup_record_see(struct backup_record *r, const char *where, const char *ca, struct arena *a,
                       struct err *e)
{
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    if (r->seen_count == BACKUP_SEEN_MAX)
        return err_set(e, ERR_LIMIT, "at most %d checkpoints", BACKUP_SEEN_MAX);
    if (!note_read(&note, where, ca, e))
        return err_wrap(e, "%s", where);
    struct bytes kept = arena_copy(a, buf_bytes(&note));
    if (kept.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a checkpoint");
    r->seen[r->seen_count++] = (struct backup_seen){.where = where, .note = kept};
    return true;
}

static bool seen_open(struct backup_record *r, struct err *e)
{
    struct note_key key;
    struct bytes origin = bytes_text(r->head.origin);
    if (!note_key_make(&key, origin, NOTE_ED25519, BYTES_OF(r->head.log_key), e))
        return false;
    for (size_t i = 0; i < r->seen_count; i++)
        if (!checkpoint_open(&r->seen[i].checkpoint, r->seen[i].note, origin, &key, e))
            return err_wrap(e, "%s is no checkpoint of this record", r->seen[i].where);
    return true;
}

static void seen_meet(struct backup_record *r)
{
    for (size_t i = 0; i < r->seen_count; i++) {
        struct backup_seen *seen = &r->seen[i];
        if (seen->checkpoint.size != r->tree.size)
            continue;
        tree_root(r->root, &r->tree);
        seen->met = memcmp(r->root, seen->checkpoint.root, TREE_HASH) == 0;
    }
}

static bool seen_judge(const struct backup_record *r, struct err *e)
{
    for (size_t i = 0; i < r->seen_count; i++) {
        const struct backup_seen *seen = &r->seen[i];
        if (seen->met)
            continue;
        if (seen->checkpoint.size <= r->tree.size) {
            (void)err_refuse(e, "backup.other",
                             "%s: its first %" PRIu64 " entries are not those of this journal",
                             seen->where, seen->checkpoint.size);
            return err_hint(e, "one of them was edited, or the log was forked: compare both with "
                               "what auditors have");
        }
        (void)err_refuse(e, "backup.older",
                         "the public has seen %" PRIu64 " entries (%s), the journal holds %" PRIu64
                         ": entries %" PRIu64 " to %" PRIu64 " are missing",
                         seen->checkpoint.size, seen->where, r->tree.size, r->tree.size,
                         seen->checkpoint.size - 1);
        return err_hint(e, "look for a newer backup, or for the old machine's journal");
    }
    return true;
}

const struct backup_seen *backup_record_newest(const struct backup_record *r)
{
    const struct backup_seen *newest = NULL;
    for (size_t i = 0; i < r->seen_count; i++)
        if (newest == NULL || r->seen[i].checkpoint.size > newest->checkpoint.size)
            newest = &r->seen[i];
    return newest;
}

/* ---- Entries ---- */

static bool genesis_read(struct backup_record *r, struct bytes text, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    AUTO_VALUE(outcome) out;
    struct entry entry;
    outcome_init(&out);
    if (!rules_new(&r->state, e) || !entry_read(&entry, text, &arena, e) ||
        !rules_apply(r->state, &entry, RULES_JUDGE, &out, e))
        return false;
    rules_head(&r->head, r->state);
    return seen_open(r, e);
}

static bool entry_add(void *context, uint64_t index, struct bytes entry, struct err *e)
{
    struct backup_record *r = context;
    uint8_t leaf[TREE_HASH];
    if (index == 0 && !genesis_read(r, entry, e))
        return false;
    tree_leaf_hash(leaf, entry);
    tree_append(&r->tree, leaf);
    seen_meet(r);
    return true;
}

static bool piece_add(void *context, struct bytes piece, struct err *e)
{
    struct backup_record *r = context;
    uint64_t step = r->read / PROGRESS_STEP;
    r->read += piece.size;
    if (r->expected > 0 && r->read / PROGRESS_STEP != step)
        (void)fprintf(stderr, "\rjournal: %" PRIu64 " of at most %" PRIu64 " MiB", r->read >> 20,
                      r->expected >> 20);
    return r->copy == NULL || copying_add(r->copy, piece, e);
}

bool backup_record_load(struct backup_record *r, const char *path, struct err *e)
{
    struct journal_walk walk = {.context = r, .piece = piece_add, .entry = entry_add};
    struct file_facts facts;
    uint64_t entries = 0;
    if (!file_facts_at(&facts, path, e))
        return false;
    r->expected = isatty(STDERR_FILENO) == 1 && facts.size > PROGRESS_STEP ? facts.size : 0;
    tree_init(&r->tree);
    bool ok = journal_walk(&entries, path, &walk, e);
    if (r->expected > 0 && r->read > PROGRESS_STEP)
        (void)fputc('\n', stderr);
    if (!ok)
        return false;
    if (entries == 0)
        return err_set(e, ERR_NOT_FOUND, "%s holds no entry: there is nothing to keep", path);
    tree_root(r->root, &r->tree);
    return seen_judge(r, e);
}
