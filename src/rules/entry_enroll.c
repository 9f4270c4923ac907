/* An endpoint and its key. */
#include "base/text.h"
#include "pki/key.h"
#include "rules/enrolment.h"
#include "rules/quorum.h"
#include "rules/tables.h"

FIELDS(enrolment_fields, "enroll statement", struct enrolment, ROW_ID(struct enrolment, id),
       ROW_ID(struct enrolment, class), ROW_BYTES(struct enrolment, key, 32, LIMIT_SPKI));

static bool key_judge(const struct rules_state *s, struct bytes spki, struct err *e)
{
    AUTO(pubkey) key = NULL;
    const struct table *endpoints = state_view(s, TABLE_ENDPOINTS);
    if (!pubkey_parse(&key, spki, e))
        return err_wrap(e, "endpoint's key");
    if (pubkey_kind(key) != KEY_P256)
        return err_set(e, ERR_INPUT, "an endpoint's key is a P-256 key");
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint *there = table_at(endpoints, i);
        if (bytes_equal(there->key, spki))
            return err_refuse(e, "enroll.key", "endpoint \"%.*s\" has this key",
                              BYTES_PRINT(there->id));
    }
    return true;
}

static bool person_judge(const struct rules_state *s, struct bytes person, struct arena *a,
                         struct err *e)
{
    struct quorum quorum;
    if (!quorum_get(&quorum, s, "enroll", a, e))
        return false;
    if (team_has(state_view(s, TABLE_OBJECTS), quorum.team, person))
        return true;
    (void)err_refuse(e, "enroll.entitled", "%.*s does not enroll endpoints", BYTES_PRINT(person));
    return err_hint(e, "somebody of team %.*s can", BYTES_PRINT(quorum.team));
}

static bool endpoint_judge(const struct rules_state *s, const struct enrolment *body, struct err *e)
{
    if (!text_is_name(body->id))
        return err_set(e, ERR_INPUT, "\"%.*s\" is no name for an endpoint", BYTES_PRINT(body->id));
    if (state_endpoint(s, body->id) != NULL)
        return err_refuse(e, "enroll.known", "endpoint \"%.*s\" is enrolled already",
                          BYTES_PRINT(body->id));
    if (!policy_has(state_view(s, TABLE_OBJECTS), OBJECT_ENDPOINTS, body->class))
        return err_refuse(e, "enroll.class", "policy has no class of endpoints \"%.*s\"",
                          BYTES_PRINT(body->class));
    return key_judge(s, body->key, e);
}

static bool enroll_read(struct signed_entry *ret, struct enrolment *ret_body,
                        const struct entry *entry, struct arena *a, struct err *e)
{
    return signed_entry_read(ret, entry, a, e) &&
           fields_read(ret_body, &enrolment_fields, ret->statement.body, a, e);
}

static bool enroll_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                         struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct enrolment body;
    struct bytes person;
    if (!enroll_read(&read, &body, entry, &arena, e) ||
        !statement_person(&person, &read.statement, e) || !person_judge(s, person, &arena, e) ||
        !endpoint_judge(s, &body, e))
        return false;
    struct endpoint endpoint = {.id = body.id,
                                .class = body.class,
                                .key = body.key,
                                .leaf = BYTES_OF(entry->leaf),
                                .actor = read.statement.actor,
                                .time = entry->time};
    return state_put_endpoint(s, &endpoint, e);
}

static bool enroll_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_entry read;
    struct enrolment body;
    if (!enroll_read(&read, &body, entry, &arena, e))
        return false;
    buf_printf(b, "%.*s enrolls endpoint \"%.*s\" of class \"%.*s\"",
               BYTES_PRINT(read.statement.actor), BYTES_PRINT(body.id), BYTES_PRINT(body.class));
    return true;
}

const struct entry_row entry_enroll = {
    .name = "enroll",
    .since = 2,
    .origin = ENTRY_FROM_OUTSIDE,
    .statement = STATEMENT_ORDINARY,
    .apply = enroll_apply,
    .describe = enroll_describe,
    .marks = signed_entry_marks,
};
