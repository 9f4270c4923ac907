/* Lifting a revocation that nobody has ratified: what one person did at once may have been wrong.
 * It raises trust, so a quorum decides, without that person. */
#include "base/hex.h"
#include "rules/life.h"
#include "rules/lifecycle.h"
#include "rules/proposals.h"
#include "rules/revocation.h"
#include "rules/suspension.h"
#include "rules/tables.h"

FIELDS(lift_fields, "lift proposal", struct lift,
       ROW_WORD(struct lift, subject, revoked_kind_names), ROW_ID(struct lift, id),
       ROW_DIGEST(struct lift, revocation));

static bool key_of_certificate(uint8_t ret[32], const struct rules_state *s,
                               const struct revocation *r)
{
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = 0; i < t->count; i++) {
        char text[NUMBER_TEXT];
        const struct certificate *c = table_at(t, i);
        if (!bytes_equal(number_text(text, c->number), r->id))
            continue;
        memcpy(ret, c->key.data, 32);
        return true;
    }
    return false;
}

static bool certificate_judge(const struct rules_state *s, const struct revocation *r,
                              struct err *e)
{
    uint8_t key[32];
    if (r->published != 0) {
        (void)err_refuse(e, "lift.published",
                         "certificate %.*s stands on what was published as revoked",
                         BYTES_PRINT(r->id));
        return err_hint(e, "it is never un-revoked: have a new one issued for its key");
    }
    if (!key_of_certificate(key, s, r) || !state_key_revoked(s, BYTES_OF(key)))
        return true;
    (void)err_refuse(e, "lift.key", "the key of certificate %.*s is revoked", BYTES_PRINT(r->id));
    return err_hint(e, "lift the key's revocation first");
}

/* What a quorum stands behind is not lifted, nor what was revoked before it got worse: there is
 * nothing that it could go back to. */
static bool unratified_judge(const struct rules_state *s, const struct revocation *r, struct err *e)
{
    const struct ratification *ratification = state_ratification(s, r->leaf);
    if (ratification == NULL)
        return true;
    if (ratification->ratified) {
        (void)err_refuse(e, "lift.ratified", "a quorum has ratified this revocation");
        return err_hint(e, "replace what is revoked: it stays so");
    }
    if (bytes_is(ratification->act, "worsen"))
        return err_refuse(e, "lift.worse",
                          "a quorum had ratified it before it was found to be compromised");
    return true;
}

static bool lift_find(const struct revocation **ret, struct lift *ret_lift,
                      const struct rules_state *s, struct bytes detail, struct arena *a,
                      struct err *e)
{
    if (!fields_read(ret_lift, &lift_fields, detail, a, e) ||
        !revocation_named(ret, s, (enum revoked_kind)ret_lift->subject, ret_lift->id,
                          ret_lift->revocation, e) ||
        !unratified_judge(s, *ret, e))
        return false;
    return (*ret)->kind != REVOKED_CERTIFICATE || certificate_judge(s, *ret, e);
}

static bool lift_judge(const struct rules_state *s, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    const struct revocation *r;
    struct lift lift;
    return lift_find(&r, &lift, s, detail, &arena, e);
}

static bool lift_subjects(struct subjects *list, struct bytes detail, struct arena *a,
                          struct err *e)
{
    struct lift lift;
    if (!fields_read(&lift, &lift_fields, detail, a, e))
        return false;
    list->list[list->count++] = lift.revocation;
    return true;
}

/* So that the statement that revoked it cannot be entered once more. A key's record remembers it by
 * itself (key_restore). */
static bool lift_remember(struct rules_state *s, enum revoked_kind kind, struct bytes id,
                          const struct entry *entry, struct err *e)
{
    struct lifted lifted = {.kind = (int)kind, .id = id, .leaf = BYTES_OF(entry->leaf)};
    state_remove_revocation(s, kind, id);
    if (kind == REVOKED_KEY)
        return true;
    if (kind == REVOKED_PATH)
        return path_activate(s, id, entry, e);
    return state_put_lifted(s, &lifted, e);
}

/* Those that were revoked with the key and that nobody has seen revoked yet. */
static bool certificates_lift(struct rules_state *s, struct bytes key, struct bytes revocation,
                              const struct entry *entry, struct err *e)
{
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = 0; i < t->count; i++) {
        char text[NUMBER_TEXT];
        const struct certificate *c = table_at(t, i);
        struct bytes id = number_text(text, c->number);
        const struct revocation *r = state_revocation(s, REVOKED_CERTIFICATE, id);
        if (bytes_equal(c->key, key) && r != NULL && bytes_equal(r->leaf, revocation) &&
            r->published == 0 && !lift_remember(s, REVOKED_CERTIFICATE, id, entry, e))
            return false;
    }
    return true;
}

/* As if the revocation had not been, so no transition. The entry is the key's activation, so that
 * the revocation cannot be entered once more. */
static bool key_restore(struct rules_state *s, struct bytes id, enum key_state was,
                        const struct entry *entry, struct err *e)
{
    struct key_record key = *state_key(s, id);
    key.state = (int)was;
    key.since = entry->time;
    key.activated = BYTES_OF(entry->leaf);
    return state_put_key(s, &key, e) &&
           (was != KEY_ACTIVE || life_begin(s, state_key(s, id), entry->time, e));
}

/* Whether another key of its signer has become active since then. One that was so already, during
 * the overlap of a rollover, replaces nothing. */
static bool is_replaced(const struct rules_state *s, const struct key_record *key, int64_t time)
{
    const struct table *keys = state_view(s, TABLE_KEYS);
    for (size_t i = 0; i < keys->count; i++) {
        const struct key_record *other = table_at(keys, i);
        if (other->state == KEY_ACTIVE && other->since >= time && other->signer.data != NULL &&
            bytes_equal(other->signer, key->signer))
            return true;
    }
    return false;
}

/* What it would be without the revocation: gone is gone, and what its signer's retirement would
 * have ended is ended. A key that has been replaced meanwhile is trusted again but signs nothing.
 */
static enum key_state state_without(const struct rules_state *s, const struct key_record *key,
                                    const struct revocation *r)
{
    enum key_state was = (enum key_state)r->was;
    bool lived = was == KEY_ACTIVE || was == KEY_SUSPENDED;
    if (key->state == KEY_DESTROYED)
        return KEY_DESTROYED;
    if (lived && key->signer.data != NULL &&
        state_retirement(s, RETIRED_SIGNER, key->signer) != NULL)
        return KEY_DEACTIVATED;
    if (was == KEY_ACTIVE && is_replaced(s, key, r->time))
        return KEY_DEACTIVATED;
    return was;
}

static bool key_lift(struct rules_state *s, const struct revocation *r, const struct entry *entry,
                     struct err *e)
{
    uint8_t key[32];
    if (!hex_decode(key, sizeof key, r->id, e) ||
        !certificates_lift(s, BYTES_OF(key), r->leaf, entry, e))
        return false;
    if (r->was < 0)
        return true;
    enum key_state to = state_without(s, state_key(s, BYTES_OF(key)), r);
    return key_restore(s, BYTES_OF(key), to, entry, e);
}

static bool lift_effect(struct rules_state *s, struct bytes detail, const struct entry *entry,
                        struct outcome *out, struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    const struct revocation *r;
    struct lift lift;
    if (!lift_find(&r, &lift, s, detail, &arena, e) ||
        (r->kind == REVOKED_KEY && !key_lift(s, r, entry, e)))
        return false;
    table_remove_within(state_table(s, TABLE_ACTS), lift.revocation);
    table_remove(state_table(s, TABLE_RATIFICATIONS), lift.revocation);
    return lift_remember(s, (enum revoked_kind)lift.subject, lift.id, entry, e) &&
           status_outdate(s, e);
}

static bool lift_describe(struct buf *b, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct lift lift;
    if (!fields_read(&lift, &lift_fields, detail, &arena, e))
        return false;
    buf_printf(b, "to lift the revocation of %s %.*s", revoked_kind_names[lift.subject],
               BYTES_PRINT(lift.id));
    return true;
}

const struct proposal_row proposal_lift = {
    .name = "lift",
    .since = 2,
    .judge = lift_judge,
    .subjects = lift_subjects,
    .revoker = REVOKER_BARRED,
    .effect = lift_effect,
    .describe = lift_describe,
};
