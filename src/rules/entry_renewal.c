/* The keeper proposes that a certificate be renewed; people decide, as on every issuance. */
#include <inttypes.h>

#include "pki/name.h"
#include "pki/profile.h"
#include "pki/x509.h"
#include "rules/issuance.h"
#include "rules/life.h"
#include "rules/proposals.h"
#include "rules/renewal.h"
#include "rules/tables.h"

FIELDS(renewal_fields, "renewal", struct renewal,
       ROW_INTEGER(struct renewal, certificate, 0, JSON_INTEGER_MAX));

/* Whether renewing by itself is wanted: always for certificates that belong to no signer. */
static bool renews(const struct rules_state *s, const struct certificate *c)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signer signer;
    struct life_object life;
    struct err ignored;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (c->signer.data == NULL)
        return true;
    return policy_get(&signer, objects, OBJECT_SIGNER, c->signer, &arena, &ignored) &&
           policy_get(&life, objects, OBJECT_LIFE, signer.level, &arena, &ignored) &&
           life.renew > 0;
}

static bool window_judge(const struct rules_state *s, const struct certificate *c, struct err *e)
{
    const struct stage *stage = state_stage(s, c->number);
    if (stage == NULL || !certificate_matters(s, c))
        return err_refuse(e, "renewal.over",
                          "certificate %" PRId64 " is not the newest of a key that lives",
                          c->number);
    if (stage->stage == STAGE_FRESH || stage->stage == STAGE_EXPIRED || !renews(s, c))
        return err_refuse(e, "renewal.window",
                          "certificate %" PRId64 " is %s: its renewal is not due", c->number,
                          certificate_stage_names[stage->stage]);
    return true;
}

/* Whether a certificate for that key is being decided on. */
static bool issuance_open(const struct rules_state *s, struct bytes key)
{
    const struct table *decisions = state_view(s, TABLE_DECISIONS);
    for (size_t i = 0; i < decisions->count; i++) {
        AUTO_VALUE(arena) arena = ARENA_ENTRY;
        struct issuance_detail detail;
        struct err ignored;
        const struct decision *d = table_at(decisions, i);
        if (bytes_is(d->kind, "issuance") &&
            fields_read(&detail, &issuance_detail_fields, d->detail, &arena, &ignored) &&
            bytes_equal(detail.key, key))
            return true;
    }
    return false;
}

/* As before, but no longer than the issuer lasts, counted from the last moment at which it may
 * still be decided on. */
static bool validity_find(int64_t *ret, const struct rules_state *s, const struct certificate *c,
                          int64_t time, struct err *e)
{
    struct limits_object limits;
    if (!state_limits(&limits, s, e))
        return false;
    int64_t validity = (c->not_after - c->not_before) / 1000 + 1;
    int64_t decided = time + limits.proposal_age;
    int64_t most = (issuer_end(s, c->issuer) - decided) / 1000;
    if (issuer_usable(s, c->issuer, time) && most < validity)
        validity = most;
    if (decided + validity * 1000 <= c->not_after) {
        (void)err_refuse(e, "renewal.issuer", "its issuer's certificate ends too soon");
        return err_hint(e, "renew the issuer's certificate first");
    }
    *ret = validity;
    return true;
}

static bool subject_find(struct subject *ret, const struct rules_state *s,
                         const struct certificate *c, struct arena *a, struct err *e)
{
    struct x509 x509;
    struct name name;
    struct signer signer;
    if (c->signer.data != NULL) {
        if (!policy_get(&signer, state_view(s, TABLE_OBJECTS), OBJECT_SIGNER, c->signer, a, e))
            return false;
        *ret = signer.subject;
        return true;
    }
    if (!x509_parse_tbs(&x509, c->tbs, e) || !name_parse(&name, x509.subject, e))
        return false;
    *ret = (struct subject){.common_name = name.common_name,
                            .organization = name.organization,
                            .country = name.country};
    return true;
}

bool renewal_plan(struct buf *ret_detail, const struct rules_state *s, int64_t number, int64_t time,
                  struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    const struct certificate *c = state_certificate(s, number);
    if (c == NULL || c->der.data == NULL)
        return err_set(e, ERR_NOT_FOUND, "there is no certificate number %" PRId64, number);
    struct issuance_detail detail = {.key = c->key, .signer = c->signer};
    if (!window_judge(s, c, e))
        return false;
    if (state_stage(s, number)->renewal.data != NULL || issuance_open(s, c->key))
        return err_refuse(e, "renewal.open", "its renewal has been proposed");
    detail.profile = (int)profile_of_role((enum key_role)state_key(s, c->key)->role);
    if (!validity_find(&detail.validity, s, c, time, e) ||
        !subject_find(&detail.subject, s, c, &arena, e))
        return false;
    fields_write(&text, &issuance_detail_fields, &detail);
    if (!buf_ok(&text, "renewal", e) || !proposal_issuance.judge(s, buf_bytes(&text), e))
        return false;
    buf_put(ret_detail, buf_bytes(&text));
    return buf_ok(ret_detail, "renewal", e);
}

static bool renewal_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                          struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    AUTO_VALUE(buf) detail = BUF(LIMIT_STATEMENT);
    struct renewal renewal;
    struct limits_object limits;
    if (!fields_read(&renewal, &renewal_fields, entry->body, &arena, e) ||
        !renewal_plan(&detail, s, renewal.certificate, entry->time, e) ||
        !state_limits(&limits, s, e))
        return false;
    struct decision decision = {.leaf = BYTES_OF(entry->leaf),
                                .kind = bytes_text("issuance"),
                                .actor = bytes_text(AUTHORITY_ACTOR),
                                .detail = buf_bytes(&detail),
                                .index = entry->index,
                                .opened = entry->time,
                                .expires = entry->time + limits.proposal_age};
    struct stage stage = *state_stage(s, renewal.certificate);
    stage.renewal = BYTES_OF(entry->leaf);
    return state_put_stage(s, &stage, e) && state_put_decision(s, &decision, e);
}

static bool renewal_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct renewal renewal;
    if (!fields_read(&renewal, &renewal_fields, entry->body, &arena, e))
        return false;
    buf_printf(b, "the authority proposes to renew certificate number %" PRId64,
               renewal.certificate);
    return true;
}

const struct entry_row entry_renewal = {
    .name = "renewal",
    .since = 2,
    .origin = ENTRY_OF_KEEPER,
    .apply = renewal_apply,
    .describe = renewal_describe,
};

void rules_renewal_body(struct buf *b, int64_t number)
{
    struct renewal renewal = {.certificate = number};
    fields_write(b, &renewal_fields, &renewal);
}
