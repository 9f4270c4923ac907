/* What is revoked, since when who can know it, and until when somebody may still trust it. */
#include "rules/revocation.h"
#include "rules/state_fields.h"
#include "rules/tables.h"
#include "rules/view.h"

/* The horizon of one class of endpoints. */
struct horizon_view {
    struct bytes class;
    int64_t time; /* -1: unbounded */
};

struct revocation_view {
    struct revocation record;
    struct ratification *ratification;
    struct list horizons; /* struct horizon_view */
};

FIELDS(horizon_view_fields, "horizon", struct horizon_view, ROW_ID(struct horizon_view, class),
       ROW_INTEGER_OR_NULL(struct horizon_view, time, 0, JSON_INTEGER_MAX));

FIELDS(ratification_view_fields, "ratification", struct ratification,
       ROW_ID(struct ratification, act), ROW_TIME(struct ratification, deadline),
       ROW_BOOL(struct ratification, ratified), ROW_BOOL(struct ratification, overdue));

#define OF_RECORD(member) offsetof(struct revocation_view, record.member)

FIELDS(revocation_view_fields, "revocation", struct revocation_view,
       {.name = "kind", .kind = FIELD_ENUM, .offset = OF_RECORD(kind), .names = revoked_kind_names},
       {.name = "id", .kind = FIELD_TEXT, .offset = OF_RECORD(id), .min = 1, .max = LIMIT_ID},
       {.name = "leaf", .kind = FIELD_BYTES, .offset = OF_RECORD(leaf), .min = 32, .max = 32},
       {.name = "actor", .kind = FIELD_TEXT, .offset = OF_RECORD(actor), .min = 1, .max = LIMIT_ID},
       {.name = "time", .kind = FIELD_INTEGER, .offset = OF_RECORD(time), .max = LIMIT_TIME_MS},
       {.name = "reason",
        .kind = FIELD_ENUM,
        .offset = OF_RECORD(reason),
        .names = revoke_reason_names},
       {.name = "effective",
        .kind = FIELD_INTEGER,
        .offset = OF_RECORD(effective),
        .max = LIMIT_TIME_MS},
       {.name = "signer",
        .kind = FIELD_TEXT,
        .offset = OF_RECORD(signer),
        .min = 1,
        .max = LIMIT_ID,
        .optional = true},
       {.name = "status",
        .kind = FIELD_INTEGER,
        .offset = OF_RECORD(status),
        .max = JSON_INTEGER_MAX,
        .optional = true},
       {.name = "published",
        .kind = FIELD_INTEGER,
        .offset = OF_RECORD(published),
        .max = LIMIT_TIME_MS},
       ROW_MAYBE(struct revocation_view, ratification, &ratification_view_fields),
       ROW_LIST(struct revocation_view, horizons, &horizon_view_fields, 0, 10000));

/* Ids of the classes of endpoints in policy. */
static bool classes_find(struct list *ret, const struct rules_state *s, struct arena *a,
                         struct err *e)
{
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    struct bytes *ids = arena_alloc(a, (objects->count + 1) * sizeof *ids);
    size_t count = 0;
    if (ids == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for classes of endpoints");
    for (size_t i = 0; i < objects->count; i++) {
        const struct object *object = table_at(objects, i);
        if (object->kind == OBJECT_ENDPOINTS)
            ids[count++] = object->id;
    }
    *ret = (struct list){.items = ids, .count = count};
    return true;
}

static bool horizons_find(struct list *ret, const struct rules_state *s, const struct revocation *r,
                          const struct list *classes, struct arena *a, struct err *e)
{
    const struct bytes *ids = classes->items;
    struct horizon_view *items = arena_alloc(a, (classes->count + 1) * sizeof *items);
    if (items == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for horizons");
    for (size_t i = 0; i < classes->count; i++) {
        int64_t time;
        if (!rules_horizon(&time, s, bytes_text(revoked_kind_names[r->kind]), r->id, ids[i], e))
            return false;
        items[i] =
            (struct horizon_view){.class = ids[i], .time = time == HORIZON_UNBOUNDED ? -1 : time};
    }
    *ret = (struct list){.items = items, .count = classes->count};
    return true;
}

static bool revocation_put(struct buf *b, const struct rules_state *s, const struct revocation *r,
                           const struct list *classes, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct revocation_view view = {.record = *r, .ratification = state_ratification(s, r->leaf)};
    if (!horizons_find(&view.horizons, s, r, classes, &arena, e))
        return false;
    fields_write(b, &revocation_view_fields, &view);
    return true;
}

bool view_revocations(struct buf *b, const struct rules_state *s, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA((size_t)1 << 24);
    struct list classes = {.count = 0};
    const struct table *t = state_view(s, TABLE_REVOCATIONS);
    const struct status_record *status = state_status(s);
    if (!classes_find(&classes, s, &arena, e))
        return false;
    buf_put_text(b, "{\"status\":");
    if (status == NULL)
        buf_put_text(b, "null");
    else
        fields_write(b, state_view(s, TABLE_STATUS)->fields, status);
    buf_put_text(b, ",\"revocations\":[");
    for (size_t i = 0; i < t->count; i++) {
        if (i > 0)
            buf_put_u8(b, ',');
        if (!revocation_put(b, s, table_at(t, i), &classes, e))
            return false;
    }
    buf_put_text(b, "]}");
    return buf_ok(b, "revocations", e);
}

/* ---- One subject ---- */

struct revocable_view {
    int kind; /* enum revoked_kind */
    struct bytes id;
    struct bytes activation; /* absent for the root's, which no statement revokes */
    struct bytes signer;
    bool ca;
    struct revocation *revocation;
};

FIELDS(revocable_view_fields, "subject", struct revocable_view,
       ROW_WORD(struct revocable_view, kind, revoked_kind_names), ROW_ID(struct revocable_view, id),
       ROW_DIGEST_OR_NULL(struct revocable_view, activation),
       ROW_ID_OR_NULL(struct revocable_view, signer), ROW_BOOL(struct revocable_view, ca),
       ROW_MAYBE(struct revocable_view, revocation, &revocation_fields));

static bool kind_find(enum revoked_kind *ret, struct bytes word, struct err *e)
{
    for (int i = 0; revoked_kind_names[i] != NULL; i++)
        if (bytes_is(word, revoked_kind_names[i])) {
            *ret = (enum revoked_kind)i;
            return true;
        }
    return err_set(e, ERR_INPUT, "nothing called \"%.*s\" can be revoked", BYTES_PRINT(word));
}

bool view_revocable(struct buf *b, const struct rules_state *s, struct bytes kind_word,
                    struct bytes id, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    enum revoked_kind kind = REVOKED_KEY;
    struct revocable subject;
    if (!kind_find(&kind, kind_word, e) || !revocable_find(&subject, s, kind, id, &arena, e))
        return false;
    struct revocable_view view = {.kind = (int)kind,
                                  .id = id,
                                  .activation = subject.activation,
                                  .signer = subject.signer,
                                  .ca = subject.ca,
                                  .revocation = state_revocation(s, kind, id)};
    fields_write(b, &revocable_view_fields, &view);
    return buf_ok(b, "subject", e);
}
