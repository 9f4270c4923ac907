/* The whole story of a thing: account_story of service/account.h. */
#include "service/account.h"

#include <inttypes.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/text.h"
#include "pki/digest.h"
#include "wire/rows.h"

#define STORY_ARENA ARENA(32u << 20)

struct story_row {
    const char *kind;
    enum index_kind index;
    bool hex;    /* the id is hex of what the index has */
    bool number; /* the id is a certificate's number */
    bool wide;
};

/* What people and pipelines did, and what was done about them, is theirs alone; of things, what was
 * proposed and approved for them belongs to the story. */
static const struct story_row rows[] = {
    {"key", INDEX_KEY, true, false, true},
    {"certificate", INDEX_NUMBER, false, true, true},
    {"signer", INDEX_SIGNER, false, false, true},
    {"path", INDEX_PATH, false, false, true},
    {"artifact", INDEX_ARTIFACT, true, false, true},
    {"endpoint", INDEX_ENDPOINT, false, false, true},
    {"person", INDEX_PERSON, false, false, false},
    {"workload", INDEX_WORKLOAD, false, false, false},
};

static bool row_find(const struct story_row **ret, struct bytes kind, struct err *e)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (bytes_is(kind, rows[i].kind)) {
            *ret = &rows[i];
            return true;
        }
    (void)err_set(e, ERR_INPUT, "no story is told of a \"%.*s\"", BYTES_PRINT(kind));
    return err_hint(e, "key, certificate, signer, path, artifact, endpoint, person or workload");
}

static bool id_find(struct bytes *ret, struct index *ix, const struct story_row *row,
                    struct bytes id, struct arena *a, struct err *e)
{
    struct index_certificate found;
    uint64_t number;
    *ret = id;
    if (row->number && !text_read_number(&number, id, (uint64_t)JSON_INTEGER_MAX, e))
        return err_wrap(e, "a certificate's number");
    if (row->number)
        return ix->driver->certificate(ix, (int64_t)number, &found, a, e);
    if (!row->hex)
        return true;
    uint8_t *bytes = arena_alloc(a, DIGEST_MAX);
    if (bytes == NULL || id.size % 2 != 0 || id.size / 2 > DIGEST_MAX)
        return err_set(e, ERR_INPUT, "the id is no hex of a digest");
    if (!hex_decode(bytes, id.size / 2, id, e))
        return err_wrap(e, "the id");
    *ret = bytes_make(bytes, id.size / 2);
    return true;
}

struct told {
    int64_t index;
    int64_t time;
    struct bytes type;
    struct bytes leaf;
    struct bytes description;
};

FIELDS(story_told_fields, "entry of a story", struct told,
       ROW_INTEGER(struct told, index, 0, JSON_INTEGER_MAX),
       ROW_INTEGER(struct told, time, 0, LIMIT_TIME_MS), ROW_TEXT(struct told, type, 1, LIMIT_ID),
       ROW_BYTES(struct told, leaf, 32, 32), ROW_TEXT(struct told, description, 0, 8192));

static void story_put(struct buf *b, const struct story_query *query,
                      const struct index_entries *entries)
{
    buf_put_text(b, "{\"kind\":");
    json_put_string(b, query->kind);
    buf_put_text(b, ",\"id\":");
    json_put_string(b, query->id);
    buf_put_text(b, ",\"entries\":[");
    for (size_t i = 0; i < entries->count; i++) {
        const struct index_entry *from = &entries->list[i];
        struct told told = {.index = from->number,
                            .time = from->time_ms,
                            .type = from->type,
                            .leaf = BYTES_OF(from->leaf),
                            .description = from->summary};
        if (i > 0)
            buf_put_u8(b, ',');
        fields_write(b, &story_told_fields, &told);
    }
    if (entries->count < query->limit)
        buf_put_text(b, "],\"next\":null}");
    else
        buf_printf(b, "],\"next\":%" PRId64 "}", entries->list[entries->count - 1].number);
}

static bool story_read(struct index *ix, const struct story_query *query,
                       const struct story_row *row, struct buf *b, struct err *e)
{
    AUTO_VALUE(arena) arena = STORY_ARENA;
    struct index_entries entries;
    struct index_story wanted = {
        .kind = row->index, .after = query->after, .limit = query->limit, .wide = row->wide};
    if (!id_find(&wanted.key, ix, row, query->id, &arena, e) ||
        !ix->driver->story(ix, &wanted, &entries, &arena, e))
        return false;
    story_put(b, query, &entries);
    return buf_ok(b, "a story", e);
}

bool account_story(struct search *s, const struct story_query *query, struct buf *b, struct err *e)
{
    const struct story_row *row = NULL;
    struct index *ix = NULL;
    if (!row_find(&row, query->kind, e) || !search_take(s, &ix, e))
        return false;
    bool ok = story_read(ix, query, row, b, e);
    search_give(s, ix);
    return ok;
}
