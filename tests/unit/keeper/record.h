/*
 * A journal whose every entry and checkpoint can be foretold, for tests that break it.
 */
#ifndef SEALWARD_TESTS_UNIT_KEEPER_RECORD_H
#define SEALWARD_TESTS_UNIT_KEEPER_RECORD_H

#include "unit/ok.h"

#include "base/buf.h"
#include "base/file.h"
#include "keeper/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ENTRIES_MAX 4096

static char folder[] = "journal-test.XXXXXX";
static char path[64];

/* --- What is written and what must come back -------------------------------------------------- */

/* Entry n of every journal here: its number and a length that differs from its neighbours'. */
static inline struct bytes entry_of(uint64_t n, char room[static 256])
{
    int size = snprintf(room, 256, "{\"entry\":%llu,\"pad\":\"%.*s\"}", (unsigned long long)n,
                        (int)(n * 7 % 50), "..................................................");
    return bytes_make(room, (size_t)size);
}

static inline struct bytes note_of(uint64_t first, char room[static 64])
{
    int size = snprintf(room, 64, "example.test/log\n%llu\nroot\n", (unsigned long long)first);
    return bytes_make(room, (size_t)size);
}

struct seen {
    uint64_t entries;
    uint64_t checkpoints;
    uint64_t offsets[ENTRIES_MAX];
    uint64_t fail_at; /* the callback refuses this entry */
};

static inline bool see_entry(void *context, const struct journal_entry *entry, struct err *e)
{
    struct seen *seen = context;
    char room[256];
    if (entry->index == seen->fail_at)
        return err_refuse(e, "test.entry", "this one is not liked");
    assert_int_equal(entry->index, seen->entries);
    ok_bytes(entry->bytes, entry_of(entry->index, room));
    if (seen->entries < ENTRIES_MAX)
        seen->offsets[seen->entries] = entry->offset;
    seen->entries++;
    return true;
}

static inline bool see_checkpoint(void *context, struct bytes note, uint64_t first, struct err *e)
{
    (void)e;
    struct seen *seen = context;
    char room[64];
    assert_int_equal(first, seen->entries);
    ok_bytes(note, note_of(first, room));
    seen->checkpoints++;
    return true;
}

static inline struct seen seen_none(void)
{
    return (struct seen){.fail_at = UINT64_MAX};
}

static inline bool replay(struct journal *j, struct seen *seen, struct journal_report *report,
                          struct err *e)
{
    const struct journal_replay calls = {
        .context = seen, .entry = see_entry, .checkpoint = see_checkpoint};
    return journal_replay(j, &calls, report, e);
}

static inline bool append(struct journal *j, size_t count, uint64_t *ret_offsets, struct err *e)
{
    char rooms[64][256];
    struct bytes entries[64];
    uint64_t unused[64];
    char note[64];
    assert_true(count <= 64);
    uint64_t first = journal_size(j);
    for (size_t i = 0; i < count; i++)
        entries[i] = entry_of(first + i, rooms[i]);
    return journal_append(j, entries, count, first == 0 ? BYTES_NONE : note_of(first, note),
                          ret_offsets != NULL ? ret_offsets : unused, e);
}

static inline void replay_expect(uint64_t entries, uint64_t cut_size)
{
    struct err e;
    AUTO(journal) j = NULL;
    struct seen seen = seen_none();
    struct journal_report report = {0};
    ok_call(journal_open(&j, path, &e), e);
    ok_call(replay(j, &seen, &report, &e), e);
    assert_int_equal(seen.entries, entries);
    assert_int_equal(report.entries, entries);
    assert_int_equal(journal_size(j), entries);
    assert_int_equal(report.cut_size, cut_size);
}

/* --- Files ------------------------------------------------------------------------------------ */

static inline void file_put_whole(struct bytes bytes)
{
    struct err e;
    ok_call(file_replace_view(path, bytes, 0600, &e), e);
}

static inline void file_get_whole(struct buf *ret)
{
    struct err e;
    buf_reset(ret);
    ok_call(file_read(ret, path, FILE_REGULAR, &e), e);
}

/* A journal of these batches, its used bytes in `ret`, each batch's end in `ends`. */
static inline void journal_make(const size_t *counts, size_t batches, struct buf *ret, size_t *ends)
{
    struct err e;
    (void)unlink(path);
    AUTO(journal) j = NULL;
    struct seen seen = seen_none();
    struct journal_report report = {0};
    ok_call(journal_open(&j, path, &e), e);
    ok_call(replay(j, &seen, &report, &e), e);
    AUTO_VALUE(buf) whole = BUF(64U << 20);
    for (size_t i = 0; i < batches; i++) {
        ok_call(append(j, counts[i], NULL, &e), e);
        file_get_whole(&whole);
        size_t used = whole.size;
        while (used > 0 && whole.data[used - 1] == 0)
            used--;
        ends[i] = used;
    }
    buf_put(ret, bytes_make(whole.data, ends[batches - 1]));
    ok_call(buf_ok(ret, "journal", &e), e);
}

static inline int folder_make(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    return snprintf(path, sizeof path, "%s/journal", folder) < 0;
}

static inline int folder_remove(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

#endif
