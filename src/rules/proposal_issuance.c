/* A certificate to be issued. The results are the `issuance` and `certificate` entries. */
#include <inttypes.h>

#include "base/hex.h"
#include "pki/profile.h"
#include "rules/issuance.h"
#include "rules/lifecycle.h"
#include "rules/ownership.h"
#include "rules/proposals.h"
#include "rules/tables.h"

FIELDS(issuance_detail_fields, "issuance proposal", struct issuance_detail,
       ROW_DIGEST(struct issuance_detail, key),
       ROW_WORD(struct issuance_detail, profile, profile_names),
       ROW_ID_OR_NULL(struct issuance_detail, signer),
       ROW_OBJECT(struct issuance_detail, subject, &subject_fields),
       ROW_INTEGER(struct issuance_detail, validity, 60, INT64_C(86400) * 366 * 20));

static bool subjects_equal(const struct subject *a, const struct subject *b)
{
    return bytes_equal(a->common_name, b->common_name) &&
           bytes_equal(a->organization, b->organization) && bytes_equal(a->country, b->country);
}

static bool for_signer_judge(const struct rules_state *s, const struct issuance_detail *detail,
                             const struct key_record *key, struct arena *a, struct err *e)
{
    struct signer signer;
    struct level level;
    const struct table *objects = state_view(s, TABLE_OBJECTS);
    if (detail->signer.data == NULL || !bytes_equal(key->signer, detail->signer))
        return err_refuse(e, "issuance.signer", "the key belongs to another signer");
    if (!policy_get(&signer, objects, OBJECT_SIGNER, detail->signer, a, e) ||
        !policy_get(&level, objects, OBJECT_LEVEL, signer.level, a, e))
        return false;
    if (!signer_usable(s, detail->signer, s->time, e))
        return false;
    if (!subjects_equal(&signer.subject, &detail->subject))
        return err_refuse(e, "issuance.subject", "the subject is not that of signer \"%.*s\"",
                          BYTES_PRINT(detail->signer));
    if (detail->validity > level.validity) {
        (void)err_refuse(e, "issuance.validity",
                         "%" PRId64 " s of validity, level \"%.*s\" allows "
                         "%" PRId64 " s",
                         detail->validity, BYTES_PRINT(signer.level), level.validity);
        return err_hint(e, "propose a shorter one");
    }
    return true;
}

static bool issuance_judge(const struct rules_state *s, struct bytes detail_text, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct issuance_detail detail;
    char hex[65];
    if (!fields_read(&detail, &issuance_detail_fields, detail_text, &arena, e))
        return false;
    const struct key_record *key = state_key(s, detail.key);
    if (key == NULL)
        return err_set(e, ERR_NOT_FOUND, "the record knows no key %s", hex_string(hex, detail.key));
    if (!key_certify_judge(key, e))
        return false;
    if (detail.profile == PROFILE_ROOT)
        return err_refuse(e, "issuance.profile", "the root is certified by its ceremony alone");
    if (detail.profile != (int)profile_of_role((enum key_role)key->role))
        return err_refuse(e, "issuance.profile", "profile \"%s\" does not fit a %s key",
                          profile_names[detail.profile], key_role_names[key->role]);
    if (key->role != KEY_SIGNER && detail.signer.data != NULL)
        return err_set(e, ERR_INPUT, "a CA certificate names no signer");
    return key->role != KEY_SIGNER || for_signer_judge(s, &detail, key, &arena, e);
}

static bool issuance_subjects(struct subjects *list, struct bytes detail_text, struct arena *a,
                              struct err *e)
{
    struct issuance_detail detail;
    if (!fields_read(&detail, &issuance_detail_fields, detail_text, a, e))
        return false;
    list->list[list->count++] = detail.key;
    return true;
}

static bool issuance_describe(struct buf *b, struct bytes detail_text, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct issuance_detail detail;
    char hex[65];
    if (!fields_read(&detail, &issuance_detail_fields, detail_text, &arena, e))
        return false;
    buf_printf(b, "to certify key %.16s as \"%.*s\" (%s) for %" PRId64 " s",
               hex_string(hex, detail.key), BYTES_PRINT(detail.subject.common_name),
               profile_names[detail.profile], detail.validity);
    return true;
}

const struct proposal_row proposal_issuance = {
    .name = "issuance",
    .since = 1,
    .judge = issuance_judge,
    .subjects = issuance_subjects,
    .describe = issuance_describe,
};
