/* The finished certificate: the issuance's TBSCertificate under its issuer's signature. */
#include <inttypes.h>

#include "base/hex.h"
#include "pki/key.h"
#include "pki/name.h"
#include "pki/tbs.h"
#include "pki/x509.h"
#include "rules/entries.h"
#include "rules/issuance.h"
#include "rules/life.h"
#include "rules/ownership.h"
#include "rules/lifecycle.h"
#include "rules/partition.h"
#include "rules/tables.h"

static struct certificate *issued_find(const struct rules_state *s, struct bytes issuance,
                                       struct err *e)
{
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = t->count; i > 0; i--) {
        struct certificate *c = table_at(t, i - 1);
        if (bytes_equal(c->issuance, issuance))
            return c;
    }
    char hex[65];
    (void)err_set(e, ERR_NOT_FOUND, "no issuance in force has the leaf hash %s",
                  hex_string(hex, issuance));
    return NULL;
}

static bool signature_judge(const struct rules_state *s, const struct certificate *c,
                            const struct x509 *x509, struct err *e)
{
    struct bytes spki;
    AUTO(pubkey) key = NULL;
    return issuer_spki(&spki, s, c->issuer, e) && pubkey_parse(&key, spki, e) &&
           x509_verify(x509, key, e);
}

/* Since rules version 2 a signer's second key stands by until a rollover switches to it. */
static bool key_waits(const struct rules_state *s, const struct key_record *key)
{
    return s->rules_version >= 2 && key->role == KEY_SIGNER &&
           signer_key_active(s, key->signer) != NULL;
}

/* Whether that issuance still waits for just this certificate. */
static bool issued_judge(const struct rules_state *s, const struct certificate *there,
                         const struct x509 *x509, int64_t time, struct err *e)
{
    if (there->der.data != NULL)
        return err_refuse(e, "certificate.done",
                          "certificate number %" PRId64 " is recorded already", there->number);
    if (!bytes_equal(x509->tbs, there->tbs))
        return err_refuse(e, "certificate.tbs", "the certificate is not the one that was approved");
    if (!issuer_usable(s, there->issuer, time)) {
        (void)err_refuse(e, "certificate.issuer",
                         "the issuing CA's key is not active, or its certificate has ended");
        return err_hint(e, "a quorum can resume it: sealward resume key");
    }
    if (!certificate_stands(s, there))
        return err_refuse(e, "certificate.revoked",
                          "certificate number %" PRId64 " was revoked before it was signed",
                          there->number);
    const struct key_record *key = state_key(s, there->key);
    if ((key != NULL && (!key_certify_judge(key, e) || !signer_usable(s, key->signer, time, e))) ||
        !signature_judge(s, there, x509, e))
        return err_wrap(e, "certificate number %" PRId64, there->number);
    return true;
}

static bool key_activate(struct rules_state *s, const struct certificate *c,
                         const struct entry *entry, struct err *e)
{
    char hex[65];
    const struct key_record *key = state_key(s, c->key);
    if (key == NULL || key->state != KEY_PRE_ACTIVATION || key_waits(s, key))
        return true;
    return key_move(s, bytes_text(hex_string(hex, c->key)), KEY_ACTIVE, entry, e);
}

static bool certificate_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                              struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct certified certified;
    struct x509 x509;
    if (!fields_read(&certified, &certified_fields, entry->body, &arena, e) ||
        !x509_parse(&x509, certified.certificate, e))
        return false;
    const struct certificate *there = issued_find(s, certified.issuance, e);
    if (there == NULL || !issued_judge(s, there, &x509, entry->time, e))
        return false;
    struct certificate c = *there;
    c.der = certified.certificate;
    return key_activate(s, &c, entry, e) && partition_begin(s, &c, e) &&
           state_put_certificate(s, &c, e) && stage_begin(s, &c, e);
}

static bool certificate_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct certified certified;
    struct x509 x509;
    if (!fields_read(&certified, &certified_fields, entry->body, &arena, e) ||
        !x509_parse(&x509, certified.certificate, e))
        return false;
    buf_put_text(b, "certificate of ");
    name_show(b, x509.subject);
    buf_put_text(b, " is signed by ");
    name_show(b, x509.issuer);
    return true;
}

static bool certificate_marks(struct mark **list, const struct entry *entry, struct arena *a,
                              struct err *e)
{
    struct certified certified;
    struct x509 x509;
    uint8_t id[32];
    if (!fields_read(&certified, &certified_fields, entry->body, a, e) ||
        !x509_parse(&x509, certified.certificate, e))
        return false;
    pubkey_spki_sha256(id, x509.spki);
    return mark_add(list, "key", BYTES_OF(id), 0, a, e) &&
           mark_add(list, "certificate", x509.serial, 0, a, e) &&
           mark_add(list, "proposal", certified.issuance, 0, a, e);
}

const struct entry_row entry_certificate = {
    .name = "certificate",
    .since = 1,
    .origin = ENTRY_FROM_OUTSIDE,
    .apply = certificate_apply,
    .describe = certificate_describe,
    .marks = certificate_marks,
};

bool rules_certificate_body(struct buf *b, const struct rules_state *s, const uint8_t issuance[32],
                            struct bytes signature, struct err *e)
{
    struct bytes spki;
    AUTO(pubkey) key = NULL;
    AUTO_VALUE(buf) der = BUF(LIMIT_CERTIFICATE);
    const struct certificate *c = issued_find(s, bytes_make(issuance, 32), e);
    if (c == NULL || !issuer_spki(&spki, s, c->issuer, e) || !pubkey_parse(&key, spki, e) ||
        !tbs_certify(&der, c->tbs, mechanism_of(pubkey_kind(key), DIGEST_SHA256), signature, e))
        return false;
    struct certified certified = {.issuance = bytes_make(issuance, 32),
                                  .certificate = buf_bytes(&der)};
    fields_write(b, &certified_fields, &certified);
    return buf_ok(b, "certificate", e);
}
