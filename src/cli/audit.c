#include "cli/audit.h"

#include <stdio.h>

#include "cli/audit_work.h"

const char *const audit_verdict_names[] = {"holds", "broken", "unverifiable", NULL};

static struct audit_count *count_find(struct audit_counts *counts, struct bytes name)
{
    for (size_t i = 0; i < counts->kinds; i++)
        if (bytes_is(name, counts->list[i].name))
            return &counts->list[i];
    return NULL;
}

void audit_count_add(struct audit_counts *counts, struct bytes name, uint64_t count)
{
    struct audit_count *c = count_find(counts, name);
    if (c == NULL && counts->kinds < AUDIT_KINDS_MAX) {
        c = &counts->list[counts->kinds++];
        (void)snprintf(c->name, sizeof c->name, "%.*s", BYTES_PRINT(name));
    }
    if (c != NULL)
        c->count += count;
}

uint64_t audit_count_of(const struct audit_counts *counts, const char *name)
{
    for (size_t i = 0; i < counts->kinds; i++)
        if (strcmp(counts->list[i].name, name) == 0)
            return counts->list[i].count;
    return 0;
}

bool audit_end(struct audit *a, enum audit_verdict verdict, const struct tile *tile, int64_t entry)
{
    AUTO_VALUE(buf) path = BUF(TILE_PATH_MAX);
    if (tile == NULL)
        buf_put_text(&path, "checkpoint");
    else
        tile_path(&path, tile);
    (void)snprintf(a->report.file, sizeof a->report.file, "%s", buf_string(&path));
    a->report.verdict = verdict;
    a->report.entry = entry;
    return false;
}

static bool piece_read(struct audit *a, const struct tile *tile, struct buf *ret)
{
    AUTO_VALUE(buf) path = BUF(TILE_PATH_MAX);
    tile_path(&path, tile);
    const struct audit_source *source = &a->plan->source;
    return buf_ok(&path, "the name of a tile", &a->report.why) &&
           source->read(source->context, buf_string(&path), ret, &a->report.why);
}

bool audit_tile(struct audit *a, const struct tile *tile, struct buf *ret, unsigned *ret_width)
{
    struct tile full = *tile;
    full.width = TILE_WIDTH;
    if (piece_read(a, tile, ret)) {
        *ret_width = tile->width;
        return true;
    }
    if (tile->width == TILE_WIDTH || a->report.why.code != ERR_NOT_FOUND)
        return audit_end(a, AUDIT_UNVERIFIABLE, tile, -1);
    struct err partial = a->report.why;
    if (piece_read(a, &full, ret)) {
        *ret_width = TILE_WIDTH;
        return true;
    }
    a->report.why = partial;
    return audit_end(a, AUDIT_UNVERIFIABLE, tile, -1);
}

static bool checkpoint_read(struct audit *a)
{
    const struct audit_source *source = &a->plan->source;
    const struct authority *authority = a->plan->authority;
    struct err *why = &a->report.why;
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    if (!source->read(source->context, "checkpoint", &note, why))
        return audit_end(a, AUDIT_UNVERIFIABLE, NULL, -1);
    if (!checkpoint_open(&a->report.checkpoint, buf_bytes(&note), authority->origin,
                         &authority->log_key, why))
        return audit_end(a, why->code == ERR_AUTH ? AUDIT_BROKEN : AUDIT_UNVERIFIABLE, NULL, -1);
    if (a->report.checkpoint.size > 0)
        return true;
    (void)err_set(why, ERR_NOT_FOUND,
                  "the checkpoint is that of an empty log: there is no genesis");
    return audit_end(a, AUDIT_UNVERIFIABLE, NULL, -1);
}

bool audit_run(struct audit_report *ret, const struct audit_plan *plan, struct err *e)
{
    struct audit a = {.plan = plan, .report = {.verdict = AUDIT_HOLDS, .entry = -1}};
    bool held = checkpoint_read(&a) && audit_hashes(&a) && audit_replay(&a);
    enum err_code code = a.report.why.code;
    if (!held && (code == ERR_MEMORY || code == ERR_INTERNAL)) {
        *e = a.report.why;
        return false;
    }
    *ret = a.report;
    return true;
}
