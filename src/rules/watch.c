#include "rules/watch.h"

#include "rules/state.h"

/* --- Endpoints -------------------------------------------------------------------------------- */

static struct watched_endpoint endpoint_show(const struct endpoint *from)
{
    return (struct watched_endpoint){.id = from->id,
                                     .class = from->class,
                                     .spki = from->key,
                                     .actor = from->actor,
                                     .time = from->time};
}

bool watch_endpoint_at(struct watched_endpoint *ret, const struct rules_state *s, size_t n)
{
    const struct table *t = state_view(s, TABLE_ENDPOINTS);
    if (n >= t->count)
        return false;
    *ret = endpoint_show(table_at(t, n));
    return true;
}

bool watch_endpoint(struct watched_endpoint *ret, const struct rules_state *s, struct bytes id,
                    struct err *e)
{
    const struct endpoint *found = state_endpoint(s, id);
    if (found == NULL)
        return err_set(e, ERR_NOT_FOUND, "no endpoint \"%.*s\" is enrolled", BYTES_PRINT(id));
    *ret = endpoint_show(found);
    return true;
}

bool watch_class_at(struct watched_class *ret, const struct rules_state *s, size_t n)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 16);
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    const uint8_t kind = OBJECT_ENDPOINTS;
    struct endpoint_class class;
    struct err ignored;
    size_t i = table_seek(objects, bytes_make(&kind, 1)) + n;
    if (!table_within(objects, i, bytes_make(&kind, 1)))
        return false;
    const struct object *object = table_at(objects, i);
    if (!policy_get(&class, objects, OBJECT_ENDPOINTS, object->id, &arena, &ignored))
        return false;
    *ret = (struct watched_class){.id = object->id,
                                  .reads = endpoint_reads_names[class.reads],
                                  .confirms = class.reads == READS_LIST,
                                  .silence = class.silence * 1000,
                                  .clock_error = class.clock_error * 1000};
    return true;
}

/* --- Revocations ------------------------------------------------------------------------------ */

static struct watched_revocation revocation_show(const struct revocation *from)
{
    return (struct watched_revocation){.kind = revoked_kind_names[from->kind],
                                       .id = from->id,
                                       .leaf = from->leaf,
                                       .actor = from->actor,
                                       .reason = revoke_reason_names[from->reason],
                                       .time = from->time,
                                       .effective = from->effective,
                                       .status = from->status,
                                       .published = from->published};
}

bool watch_revocation_at(struct watched_revocation *ret, const struct rules_state *s, size_t n)
{
    const struct table *t = state_view(s, TABLE_REVOCATIONS);
    if (n >= t->count)
        return false;
    *ret = revocation_show(table_at(t, n));
    return true;
}

bool watch_revocation(struct watched_revocation *ret, const struct rules_state *s,
                      struct bytes kind, struct bytes id)
{
    for (int i = 0; revoked_kind_names[i] != NULL; i++) {
        const struct revocation *found = bytes_is(kind, revoked_kind_names[i])
                                             ? state_revocation(s, (enum revoked_kind)i, id)
                                             : NULL;
        if (found != NULL) {
            *ret = revocation_show(found);
            return true;
        }
    }
    return false;
}

bool watch_status(struct watched_status *ret, const struct rules_state *s)
{
    const struct status_record *status = state_status(s);
    if (status == NULL)
        return false;
    *ret = (struct watched_status){.number = status->number,
                                   .time = status->time,
                                   .list_expires = status->list_expires,
                                   .crl_next = status->crl_next};
    return true;
}

/* --- What stands open ------------------------------------------------------------------------- */

void watch_counts(struct watched_counts *ret, const struct rules_state *s)
{
    const struct table *t = state_view(s, TABLE_RATIFICATIONS);
    *ret = (struct watched_counts){.revocations = (int64_t)state_view(s, TABLE_REVOCATIONS)->count,
                                   .orphans = (int64_t)state_view(s, TABLE_ORPHANS)->count,
                                   .endpoints = (int64_t)state_view(s, TABLE_ENDPOINTS)->count};
    for (size_t i = 0; i < t->count; i++) {
        const struct ratification *one = table_at(t, i);
        ret->unratified += !one->ratified;
        ret->overdue += one->overdue && !one->ratified;
    }
}

bool watch_certificate_at(struct watched_certificate *ret, const struct rules_state *s, size_t n)
{
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    if (n >= t->count)
        return false;
    const struct certificate *c = table_at(t, t->count - 1 - n);
    *ret = (struct watched_certificate){
        .number = c->number, .key = c->key, .signer = c->signer, .not_after = c->not_after};
    return true;
}
