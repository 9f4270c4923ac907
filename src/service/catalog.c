#include "service/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/text.h"
#include "rules/rules.h"
#include "service/kinds.h"
#include "service/signature.h"

enum { SUMMARY_MAX = 4096, MARKS_MAX = 2048 };

struct catalog {
    struct index *index;
    int64_t size;    /* committed */
    int64_t pending; /* with what this page has put */
    struct index_mark marks[MARKS_MAX];
};

/* Deletes the index's files; what is not there is fine. */
static bool index_delete(const char *path, struct err *e)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        AUTO_VALUE(buf) name = BUF(4096);
        buf_printf(&name, "%s%s", path, endings[i]);
        if (!buf_ok(&name, "the index's path", e))
            return false;
        if (!file_remove(buf_string(&name), e) && e->code != ERR_NOT_FOUND)
            return false;
    }
    return true;
}

bool catalog_open(struct catalog **ret, const char *path, bool *ret_rebuilt, struct err *e)
{
    AUTO(catalog) c = calloc(1, sizeof *c);
    bool rebuilt = false;
    if (c == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the index");
    if (!index_sqlite.open(&c->index, path, INDEX_WRITER, e)) {
        if (e->code != ERR_DAMAGED || !index_delete(path, e) ||
            !index_sqlite.open(&c->index, path, INDEX_WRITER, e))
            return false;
        rebuilt = true;
    }
    if (!c->index->driver->size(c->index, &c->size, e))
        return false;
    *ret_rebuilt = rebuilt;
    *ret = TAKE(c);
    return true;
}

void catalog_free(struct catalog *c)
{
    if (c == NULL)
        return;
    index_free(c->index);
    free(c);
}

int64_t catalog_size(const struct catalog *c)
{
    return c->size;
}

bool catalog_begin(struct catalog *c, struct err *e)
{
    c->pending = c->size;
    return c->index->driver->begin(c->index, e);
}

bool catalog_commit(struct catalog *c, struct err *e)
{
    FAULT_POINT(catalog_before_commit);
    if (!c->index->driver->commit(c->index, e))
        return false;
    FAULT_POINT(catalog_committed);
    c->size = c->pending;
    return true;
}

void catalog_rollback(struct catalog *c)
{
    c->index->driver->rollback(c->index);
}

bool catalog_wipe(struct catalog *c, struct err *e)
{
    if (!c->index->driver->wipe(c->index, e))
        return false;
    c->size = 0;
    return true;
}

static bool entry_compare(struct catalog *c, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(1u << 20);
    struct index_entry found;
    if (!c->index->driver->by_number(c->index, entry->index, &found, &arena, e))
        return false;
    if (memcmp(found.leaf, entry->leaf, sizeof found.leaf) == 0 &&
        bytes_equal(found.bytes, entry->text) && bytes_equal(found.type, entry->type))
        return true;
    return err_set(e, ERR_DAMAGED, "the index has another entry %" PRId64 " than the keeper",
                   entry->index);
}

struct marks {
    size_t count;
    struct bytes actor;   /* whoever signed, if it was one */
    struct bytes subject; /* what the entry is about, if it is one thing of 32 bytes */
};

static bool marks_collect(struct catalog *c, struct marks *ret, const struct entry *entry,
                          struct arena *a, struct err *e)
{
    struct mark *list = NULL;
    struct marks marks = {.count = 0};
    if (!rules_marks(&list, entry, a, e))
        return false;
    for (const struct mark *m = list; m != NULL; m = m->next) {
        enum index_kind kind;
        if (!kind_of_mark(&kind, m->kind, e))
            return false;
        if (marks.count == MARKS_MAX)
            return err_set(e, ERR_LIMIT, "an entry has more than %d marks", MARKS_MAX);
        c->marks[marks.count++] = (struct index_mark){.kind = kind, .key = m->key, .item = m->item};
        if ((kind == INDEX_PERSON || kind == INDEX_WORKLOAD) && m->item != MARK_NAMED)
            marks.actor = m->key;
        if (kind == INDEX_GRANT || kind == INDEX_PROPOSAL)
            marks.subject = m->key;
    }
    *ret = marks;
    return true;
}

/* A description quotes what others wrote, and may cut it anywhere. */
static bool summary_write(struct buf *summary, const struct entry *entry, struct err *e)
{
    if (!rules_describe(summary, entry, e))
        return false;
    (void)buf_string(summary);
    if (!buf_ok(summary, "an entry's description", e))
        return false;
    text_make_plain((char *)summary->data);
    return true;
}

/* --- What was signed -------------------------------------------------------------------------- */

static struct index_artifact artifact_from(const struct trace_artifact *a)
{
    return (struct index_artifact){
        .name = a->name, .format = a->format, .algorithm = a->algorithm, .digest = a->digest};
}

static bool grant_put(struct catalog *c, const struct entry *entry, const struct trace *t,
                      struct err *e)
{
    struct index_artifact artifacts[LIMIT_GRANT_ARTIFACTS];
    const struct trace_artifact *from = t->artifacts.items;
    for (size_t i = 0; i < t->artifacts.count; i++)
        artifacts[i] = artifact_from(&from[i]);
    struct index_grant grant = {.entry = entry->index,
                                .leaf = t->grant,
                                .path = t->path,
                                .signer = t->signer,
                                .actor = t->actor,
                                .artifacts = artifacts,
                                .count = t->artifacts.count};
    return c->index->driver->put_grant(c->index, &grant, e);
}

static bool signatures_put(struct catalog *c, const struct entry *entry, const struct trace *t,
                           struct err *e)
{
    struct index_item items[LIMIT_REQUEST_ITEMS];
    const struct trace_item *from = t->items.items;
    struct moment at = {.month = 1};
    if (!text_moment_split(&at, entry->time))
        return err_set(e, ERR_INTERNAL, "entry %" PRId64 " has no month", entry->index);
    for (size_t i = 0; i < t->items.count; i++)
        items[i] = (struct index_item){.tbs = from[i].tbs,
                                       .id = signature_number(t->key.data, from[i].tbs),
                                       .artifact = from[i].artifact};
    struct index_signatures signatures = {.entry = entry->index,
                                          .time_ms = entry->time,
                                          .month = INDEX_MONTH(at.year, at.month),
                                          .grant = t->grant,
                                          .key = t->key,
                                          .certificate = t->certificate,
                                          .items = items,
                                          .count = t->items.count};
    return c->index->driver->put_signatures(c->index, &signatures, e);
}

static bool binding_put(struct catalog *c, const struct trace *t, struct err *e)
{
    struct index_artifact declared;
    const struct trace_item *item = t->items.items;
    if (t->artifacts.count > 0)
        declared = artifact_from(t->artifacts.items);
    struct index_binding binding = {.grant = t->grant,
                                    .key = t->key,
                                    .tbs = item->tbs,
                                    .artifact = item->artifact,
                                    .declared = t->artifacts.count > 0 ? &declared : NULL};
    return c->index->driver->put_binding(c->index, &binding, e);
}

static bool trace_put(struct catalog *c, const struct entry *entry, const struct trace *t,
                      struct err *e)
{
    struct index_certificate certificate = {
        .number = t->certificate, .serial = t->serial, .key = t->key};
    switch (t->kind) {
    case TRACE_NOTHING:
        return true;
    case TRACE_GRANT:
        return grant_put(c, entry, t, e);
    case TRACE_SIGNATURES:
        return signatures_put(c, entry, t, e);
    case TRACE_BINDING:
        return binding_put(c, t, e);
    case TRACE_CERTIFICATE:
        return c->index->driver->put_certificate(c->index, &certificate, e);
    }
    return true;
}

bool catalog_put(struct catalog *c, const struct entry *entry, const struct trace *trace,
                 struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    AUTO_VALUE(buf) summary = BUF(SUMMARY_MAX);
    struct marks marks = {.count = 0};
    if (entry->index < c->size)
        return entry_compare(c, entry, e);
    if (!marks_collect(c, &marks, entry, &arena, e) || !summary_write(&summary, entry, e))
        return false;
    struct index_entry row = {.number = entry->index,
                              .time_ms = entry->time,
                              .type = entry->type,
                              .actor = marks.actor,
                              .subject = marks.subject,
                              .summary = buf_bytes(&summary),
                              .bytes = entry->text};
    memcpy(row.leaf, entry->leaf, sizeof row.leaf);
    if (!c->index->driver->put(c->index, &row, c->marks, marks.count, e) ||
        !trace_put(c, entry, trace, e))
        return false;
    c->pending++;
    return true;
}
