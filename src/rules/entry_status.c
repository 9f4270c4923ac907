/* Status: the keeper publishes what is not to be trusted. What it says follows from the state, so
 * that it can leave nothing out. */
#include <inttypes.h>

#include "base/text.h"
#include "rules/entries.h"
#include "rules/partition.h"
#include "rules/status.h"
#include "rules/tables.h"

FIELDS(status_body_fields, "status", struct status_body,
       ROW_INTEGER(struct status_body, number, 1, JSON_INTEGER_MAX),
       ROW_TIME(struct status_body, list_expires), ROW_TIME(struct status_body, crl_next));

/* Where policy says nothing: a list every hour that holds for a day, CRLs every day that hold for a
 * week, timestamps right to the second. */
static const struct status_object unstated = {.crl_every = 86400,
                                              .crl_life = 7 * 86400,
                                              .list_every = 3600,
                                              .list_life = 86400,
                                              .ratify = 0,
                                              .accuracy = 1000};

bool status_terms(struct status_object *ret, const struct rules_state *s, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (policy_has(objects, OBJECT_STATUS, bytes_text("main")))
        return policy_get(ret, objects, OBJECT_STATUS, bytes_text("main"), &arena, e);
    *ret = unstated;
    return true;
}

/* Like the CRLs of a suspended CA, a list goes on: it only takes trust away, and whoever could stop
 * it by suspending its key would keep everything else from being distrusted. */
static bool key_serves(const struct key_record *key, enum key_role role)
{
    return key->role == (int)role &&
           (key->state == KEY_ACTIVE || (role == KEY_LIST && key->state == KEY_SUSPENDED));
}

const struct certificate *role_certificate(const struct rules_state *s, enum key_role role,
                                           int64_t time)
{
    const struct certificate *found = NULL;
    const struct table *keys = state_view(s, TABLE_KEYS);
    for (size_t i = 0; i < keys->count; i++) {
        const struct key_record *key = table_at(keys, i);
        if (!key_serves(key, role))
            continue;
        const struct certificate *c = state_certificate_of(s, key->id, time);
        if (c != NULL && (found == NULL || c->number > found->number))
            found = c;
    }
    return found;
}

static bool crls_exist(bool *ret, const struct rules_state *s, int64_t time, struct err *e)
{
    AUTO_VALUE(partitions) partitions = {.list = NULL};
    if (!partitions_find(&partitions, s, time, e))
        return false;
    *ret = partitions.count > 0;
    return true;
}

bool status_plan(struct status_body *ret, const struct rules_state *s, int64_t time, struct err *e)
{
    struct status_object terms;
    bool list = role_certificate(s, KEY_LIST, time) != NULL;
    bool crls;
    if (!status_terms(&terms, s, e) || !crls_exist(&crls, s, time, e))
        return false;
    if (!list && !crls)
        return err_refuse(e, "status.nothing", "there is neither a list's key nor an issuing CA");
    const struct status_record *last = state_status(s);
    *ret = (struct status_body){.number = last == NULL ? 1 : last->number + 1,
                                .list_expires = list ? time + terms.list_life * 1000 : 0,
                                .crl_next = crls ? time + terms.crl_life * 1000 : 0};
    return true;
}

/* Asked at every batch: what costs time is looked for only where it may be due. */
/* Asked often, so all certificates are looked through only when that decides. */
bool rules_status_due(const struct rules_state *s, int64_t now)
{
    struct status_object terms;
    bool crls;
    struct err ignored;
    const struct status_record *last = state_status(s);
    if (!s->begun || s->rules_version < 2 || !status_terms(&terms, s, &ignored))
        return false;
    bool due = last == NULL || last->pending;
    int64_t age = last == NULL ? 0 : now - last->time;
    bool list_due = due || last->list_expires == 0 || age >= terms.list_every * 1000;
    bool crl_due = due || last->crl_next == 0 || age >= terms.crl_every * 1000;
    return (list_due && role_certificate(s, KEY_LIST, now) != NULL) ||
           (crl_due && crls_exist(&crls, s, now, &ignored) && crls);
}

bool rules_status_body(struct buf *b, const struct rules_state *s, int64_t time, struct err *e)
{
    struct status_body body;
    if (!status_plan(&body, s, time, e))
        return false;
    fields_write(b, &status_body_fields, &body);
    return buf_ok(b, "status", e);
}

static bool body_judge(const struct status_body *body, const struct status_body *plan,
                       struct err *e)
{
    if (body->number != plan->number)
        return err_refuse(e, "status.number", "status %" PRId64 ", but the next one is %" PRId64,
                          body->number, plan->number);
    if (body->list_expires != plan->list_expires || body->crl_next != plan->crl_next)
        return err_refuse(e, "status.times", "its times are not those of policy");
    return true;
}

/* Whether the files of this status have it. The root's CRLs come by ceremonies. */
static bool status_carries(const struct rules_state *s, const struct status_body *body,
                           const struct revocation *r, int64_t time)
{
    struct partition p;
    return body->list_expires != 0 ||
           (revocation_partition(&p, s, r) && crl_issuer(s, BYTES_OF(p.issuer), time) != NULL);
}

static bool revocation_publish(struct rules_state *s, const struct status_body *body,
                               const struct revocation *there, const struct entry *entry,
                               struct err *e)
{
    struct partition p;
    struct revocation r = *there;
    const struct status_record *last = state_status(s);
    bool of_root = revocation_partition(&p, s, there) && state_key(s, BYTES_OF(p.issuer)) == NULL;
    r.status = body->number;
    r.published = entry->time;
    r.list_held = last == NULL ? 0 : last->list_held;
    if (!of_root)
        r.crl_held = last == NULL ? 0 : last->crl_held;
    return state_put_revocation(s, &r, e);
}

static bool revocations_publish(struct rules_state *s, const struct status_body *body,
                                const struct entry *entry, struct err *e)
{
    const struct table *t = state_view(s, TABLE_REVOCATIONS);
    for (size_t i = 0; i < t->count; i++) {
        const struct revocation *r = table_at(t, i);
        if (r->status < 0 && status_carries(s, body, r, entry->time) &&
            !revocation_publish(s, body, r, entry, e))
            return false;
    }
    return true;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool status_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                         struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct status_body body;
    struct status_body plan;
    if (!fields_read(&body, &status_body_fields, entry->body, &arena, e) ||
        !status_plan(&plan, s, entry->time, e) || !body_judge(&body, &plan, e) ||
        !revocations_publish(s, &body, entry, e))
        return false;
    const struct status_record *last = state_status(s);
    struct status_record record = {
        .number = body.number,
        .time = entry->time,
        .index = entry->index,
        .list_expires = body.list_expires,
        .crl_next = body.crl_next,
        .list_held = later(body.list_expires, last == NULL ? 0 : last->list_held),
        .crl_held = later(body.crl_next, last == NULL ? 0 : last->crl_held)};
    return state_put_status(s, &record, e);
}

static bool status_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct status_body body;
    char list[TEXT_TIME_SIZE];
    char crl[TEXT_TIME_SIZE];
    if (!fields_read(&body, &status_body_fields, entry->body, &arena, e))
        return false;
    buf_printf(b, "status %" PRId64 " is published: list %s%s, CRLs %s%s", body.number,
               body.list_expires == 0 ? "none" : "until ",
               body.list_expires == 0 ? "" : text_time(list, body.list_expires),
               body.crl_next == 0 ? "none" : "until ",
               body.crl_next == 0 ? "" : text_time(crl, body.crl_next));
    return true;
}

const struct entry_row entry_status = {
    .name = "status",
    .since = 2,
    .origin = ENTRY_OF_KEEPER,
    .in_doubt = true,
    .apply = status_apply,
    .describe = status_describe,
};
