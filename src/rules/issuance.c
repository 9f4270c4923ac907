#include "rules/issuance.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/text.h"
#include "pki/key.h"
#include "pki/lint.h"
#include "pki/name.h"
#include "pki/tbs.h"
#include "rules/partition.h"
#include "rules/proposals.h"
#include "rules/tables.h"

FIELDS(issuance_fields, "issuance", struct issuance, ROW_DIGEST(struct issuance, proposal),
       ROW_DIGEST(struct issuance, issuer), ROW_BYTES(struct issuance, serial, 16, 16),
       ROW_INTEGER(struct issuance, number, 0, JSON_INTEGER_MAX),
       ROW_BYTES(struct issuance, tbs, 64, LIMIT_CERTIFICATE));

FIELDS(certified_fields, "certificate", struct certified, ROW_DIGEST(struct certified, issuance),
       ROW_BYTES(struct certified, certificate, 64, LIMIT_CERTIFICATE));

void issuance_plan_done(struct issuance_plan *p)
{
    buf_done(&p->tbs);
}

enum profile profile_of_role(enum key_role role)
{
    static const enum profile profiles[] = {[KEY_SIGNER] = PROFILE_PRIVATE,
                                            [KEY_ISSUING_CA] = PROFILE_ISSUING_CA,
                                            [KEY_TIMESTAMP_CA] = PROFILE_TIMESTAMP_CA,
                                            [KEY_TIMESTAMP] = PROFILE_TIMESTAMP,
                                            [KEY_LIST] = PROFILE_LIST};
    return profiles[role];
}

/* Whether the root issues it; else an issuing CA does, or the one for time stamping. */
static bool by_root(int profile)
{
    return profile != PROFILE_PRIVATE && profile != PROFILE_TIMESTAMP;
}

/* The certificate of the issuer for a profile: the root, or the newest CA certificate in force. */
static bool issuer_find(struct bytes *ret_der, struct bytes *ret_key, const struct rules_state *s,
                        int profile, int64_t time, struct err *e)
{
    const struct root_record *root = state_root(s);
    const int role = profile == PROFILE_TIMESTAMP ? KEY_TIMESTAMP_CA : KEY_ISSUING_CA;
    if (by_root(profile) && root != NULL && !state_key_revoked(s, root->key)) {
        *ret_der = root->der;
        *ret_key = root->key;
        return true;
    }
    const struct table *certificates = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = certificates->count; !by_root(profile) && i > 0; i--) {
        const struct certificate *c = table_at(certificates, i - 1);
        const struct key_record *key = state_key(s, c->key);
        if (key == NULL || key->role != role || key->state != KEY_ACTIVE || c->der.data == NULL ||
            time > c->not_after || !certificate_stands(s, c))
            continue;
        *ret_der = c->der;
        *ret_key = c->key;
        return true;
    }
    (void)err_refuse(e, "issuance.issuer", "there is no %s to issue it",
                     by_root(profile) ? "root" : "issuing CA in force");
    return err_hint(e, by_root(profile) ? "hold the root ceremony first"
                                        : "certify an issuing CA first");
}

static bool crl_url(char *ret, size_t size, const struct rules_state *s, struct bytes issuer,
                    int64_t not_before, struct err *e)
{
    struct partition p;
    if (!partition_of(&p, issuer, not_before, e))
        return false;
    return partition_url(ret, size, s, &p)
               ? true
               : err_set(e, ERR_LIMIT, "the public base URL is too long for a CRL's URL");
}

static bool mechanism_of_issuer(int *ret, struct bytes spki, struct err *e)
{
    AUTO(pubkey) key = NULL;
    if (!pubkey_parse(&key, spki, e))
        return false;
    *ret = (int)mechanism_of(pubkey_kind(key), DIGEST_SHA256);
    return true;
}

static bool tbs_lint(struct bytes tbs, int profile, struct bytes arc, struct err *e)
{
    struct x509 parsed;
    return x509_parse_tbs(&parsed, tbs, e) && lint_check(&parsed, (enum profile)profile, arc, e);
}

/* A certificate that outlives its issuer could not be verified to its end. */
static bool plan_fits_issuer(const struct issuance_plan *p, const struct x509 *issuer,
                             struct err *e)
{
    if (p->not_after <= issuer->not_after)
        return true;
    (void)err_refuse(e, "issuance.validity", "the certificate would outlive its issuer's");
    return err_hint(e, "propose a shorter validity, or renew the issuing CA's certificate first");
}

static bool plan_tbs(struct issuance_plan *p, const struct rules_state *s,
                     const struct issuance_detail *detail, struct bytes issuer_der,
                     struct bytes serial, struct err *e)
{
    struct x509 issuer;
    char url[LIMIT_URL + 64];
    AUTO_VALUE(buf) subject = BUF(NAME_DER_MAX);
    const struct key_record *key = state_key(s, p->key);
    struct name name = {.country = detail->subject.country,
                        .organization = detail->subject.organization,
                        .common_name = detail->subject.common_name};
    if (!x509_parse(&issuer, issuer_der, e) || !plan_fits_issuer(p, &issuer, e) ||
        !mechanism_of_issuer(&p->mechanism, issuer.spki, e) || !name_build(&subject, &name, e) ||
        !crl_url(url, sizeof url, s, p->issuer, p->not_before, e))
        return false;
    struct tbs_plan plan = {.profile = (enum profile)detail->profile,
                            .mechanism = (enum mechanism)p->mechanism,
                            .random = serial,
                            .issuer = issuer.subject,
                            .subject = buf_bytes(&subject),
                            .not_before = p->not_before,
                            .not_after = p->not_after,
                            .spki = key->spki,
                            .issuer_key_id = issuer.subject_key_id,
                            .crl_url = bytes_text(url),
                            .arc = bytes_text(s->arc),
                            .authority = BYTES_OF(s->authority),
                            .number = (uint64_t)p->number};
    return tbs_build(&p->tbs, &plan, e) &&
           tbs_lint(buf_bytes(&p->tbs), detail->profile, plan.arc, e);
}

static const struct decision *approved_find(const struct rules_state *s, struct bytes proposal,
                                            struct err *e)
{
    const struct decision *decision = state_decision(s, proposal);
    if (decision == NULL) {
        (void)subject_refuse(s, proposal, "proposal", e);
        return NULL;
    }
    if (decision->approved && bytes_is(decision->kind, "issuance"))
        return decision;
    (void)err_refuse(e, "issuance.approved", "the proposal is no approved issuance");
    return NULL;
}

bool issuance_plan_make(struct issuance_plan *ret, const struct rules_state *s,
                        struct bytes proposal, struct bytes serial, int64_t time, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct issuance_detail detail;
    const struct decision *decision = approved_find(s, proposal, e);
    if (decision == NULL || !proposal_issuance.judge(s, decision->detail, e) ||
        !fields_read(&detail, &issuance_detail_fields, decision->detail, &arena, e))
        return false;

    int64_t not_before = time / 1000 * 1000;
    AUTO_VALUE(issuance_plan)
    plan = {.key = state_key(s, detail.key)->id,
            .number = s->numbers,
            .not_before = not_before,
            .not_after = not_before + (detail.validity - 1) * 1000,
            .tbs = BUF(LIMIT_CERTIFICATE)};
    const struct key_record *key = state_key(s, detail.key);
    plan.signer = key->signer;
    struct bytes issuer_der;
    if (!issuer_find(&issuer_der, &plan.issuer, s, detail.profile, time, e) ||
        !plan_tbs(&plan, s, &detail, issuer_der, serial, e))
        return false;
    *ret = plan;
    plan.tbs = BUF(0);
    return true;
}

/* The root's last second is not counted, as that of no other certificate is. */
int64_t issuer_end(const struct rules_state *s, struct bytes issuer)
{
    struct x509 root;
    struct err ignored;
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = t->count; i > 0; i--) {
        const struct certificate *c = table_at(t, i - 1);
        if (c->der.data != NULL && bytes_equal(c->key, issuer))
            return c->not_after;
    }
    bool is_root = state_root(s) != NULL && bytes_equal(state_root(s)->key, issuer);
    return is_root && x509_parse(&root, state_root(s)->der, &ignored) ? root.not_after : -1;
}

bool issuer_usable(const struct rules_state *s, struct bytes issuer, int64_t time)
{
    const struct key_record *key = state_key(s, issuer);
    if ((key != NULL && key->state != KEY_ACTIVE) || state_key_revoked(s, issuer))
        return false;
    return s->rules_version < 2 || (time <= issuer_end(s, issuer) && issuer_holds(s, issuer, time));
}

bool issuer_spki(struct bytes *ret, const struct rules_state *s, struct bytes issuer, struct err *e)
{
    struct x509 root_certificate;
    const struct root_record *root = state_root(s);
    const struct key_record *key = state_key(s, issuer);
    if (key != NULL) {
        *ret = key->spki;
        return true;
    }
    if (root == NULL || !bytes_equal(root->key, issuer))
        return err_set(e, ERR_NOT_FOUND, "the record does not know the issuer's key");
    if (!x509_parse(&root_certificate, root->der, e))
        return false;
    *ret = root_certificate.spki;
    return true;
}
