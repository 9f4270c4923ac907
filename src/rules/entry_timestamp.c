/* A timestamp: that a digest existed at the entry's time. The rulebook builds what is signed. */
#include <inttypes.h>

#include "base/hex.h"
#include "pki/key.h"
#include "pki/tsp_token.h"
#include "rules/entries.h"
#include "rules/status.h"
#include "rules/tables.h"

/* The entry's body. */
struct stamp {
    struct bytes key;
    int64_t certificate;    /* its number */
    struct bytes algorithm; /* of the imprint */
    struct bytes imprint;
    struct bytes nonce; /* contents octets of an INTEGER; absent */
    int64_t accuracy;   /* milliseconds */
};

FIELDS(stamp_fields, "timestamp", struct stamp, ROW_DIGEST(struct stamp, key),
       ROW_INTEGER(struct stamp, certificate, 0, JSON_INTEGER_MAX), ROW_ID(struct stamp, algorithm),
       ROW_BYTES(struct stamp, imprint, 32, 64),
       ROW_BYTES_OR_NULL(struct stamp, nonce, 1, TSP_NONCE_MAX),
       ROW_INTEGER(struct stamp, accuracy, 1, INT32_MAX));

/* What is signed, and with what. */
struct stamping {
    struct stamp stamp;
    const struct key_record *key;
    const struct certificate *certificate;
    enum mechanism mechanism;
    struct buf info;
    struct buf attributes;
};

static void stamping_done(struct stamping *w)
{
    buf_done(&w->info);
    buf_done(&w->attributes);
}
AUTO_DONE(stamping)

#define STAMPING                                                                                   \
    {                                                                                              \
        .info = BUF(TSP_INFO_MAX), .attributes = BUF(LIMIT_PREIMAGE)                               \
    }

static bool key_refuse(struct err *e)
{
    (void)err_refuse(e, "timestamp.key", "there is no key in force that stamps times");
    return err_hint(e, "have a key of role timestamp made, and certified by the CA for it");
}

bool rules_timestamp_key(const struct rules_state *s, int64_t time, uint8_t ret_key[32],
                         int64_t *ret_certificate, struct err *e)
{
    if (s->clock.doubted)
        return err_refuse(e, "clock.doubt", "the clock is in doubt: no time is stamped");
    const struct certificate *c = role_certificate(s, KEY_TIMESTAMP, time);
    if (c == NULL)
        return key_refuse(e);
    memcpy(ret_key, c->key.data, 32);
    *ret_certificate = c->number;
    return true;
}

bool rules_timestamp_body(struct buf *b, const struct rules_state *s, int64_t time,
                          enum digest_alg alg, struct bytes imprint, struct bytes nonce,
                          struct err *e)
{
    uint8_t key[32];
    struct status_object terms;
    struct stamp stamp = {.key = BYTES_OF(key),
                          .algorithm = bytes_text(digest_name(alg)),
                          .imprint = imprint,
                          .nonce = nonce};
    if (!rules_timestamp_key(s, time, key, &stamp.certificate, e) || !status_terms(&terms, s, e))
        return false;
    stamp.accuracy = terms.accuracy;
    fields_write(b, &stamp_fields, &stamp);
    return buf_ok(b, "timestamp", e);
}

/* Everything that follows from the entry alone, once key and certificate are known. */
static bool stamping_build(struct stamping *w, const struct rules_state *s,
                           const struct entry *entry, struct err *e)
{
    enum digest_alg alg;
    AUTO(pubkey) key = NULL;
    if (!digest_from_name(&alg, w->stamp.algorithm, e) || !pubkey_parse(&key, w->key->spki, e))
        return false;
    w->mechanism = mechanism_of(pubkey_kind(key), DIGEST_SHA256);
    struct tsp_plan plan = {.arc = bytes_text(s->arc),
                            .alg = alg,
                            .imprint = w->stamp.imprint,
                            .serial = (uint64_t)entry->index + 1,
                            .time = entry->time,
                            .accuracy = (uint64_t)w->stamp.accuracy,
                            .nonce = w->stamp.nonce};
    return tsp_info_build(&w->info, &plan, e) &&
           tsp_attributes_build(&w->attributes, buf_bytes(&w->info), DIGEST_SHA256,
                                w->certificate->der, e);
}

static bool stamping_judge(struct stamping *w, const struct rules_state *s, int64_t time,
                           struct err *e)
{
    struct status_object terms;
    w->key = state_key(s, w->stamp.key);
    w->certificate = state_certificate_of(s, w->stamp.key, time);
    if (w->key == NULL || w->key->role != KEY_TIMESTAMP || w->key->state != KEY_ACTIVE ||
        w->certificate == NULL)
        return key_refuse(e);
    if (w->certificate->number != w->stamp.certificate)
        return err_refuse(e, "timestamp.key",
                          "certificate number %" PRId64 " is not the newest one of its key",
                          w->stamp.certificate);
    if (!status_terms(&terms, s, e))
        return false;
    return w->stamp.accuracy == terms.accuracy ||
           err_refuse(e, "timestamp.accuracy", "policy states %" PRId64 " ms, the entry %" PRId64,
                      terms.accuracy, w->stamp.accuracy);
}

static bool job_put(struct outcome *out, const struct stamping *w, struct err *e)
{
    struct sign_job *job = arena_alloc(&out->arena, sizeof *job);
    struct bytes attributes = arena_copy(&out->arena, buf_bytes(&w->attributes));
    if (job == NULL || attributes.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a timestamp");
    memcpy(job->key, w->key->id.data, sizeof job->key);
    memcpy(job->token, w->key->token.data, w->key->token.size);
    job->mechanism = (int)w->mechanism;
    job->digest_size = digest_compute(job->digest, DIGEST_SHA256, attributes);
    job->attributes = attributes;
    out->jobs = job;
    out->job_count = 1;
    return true;
}

static bool stamp_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                        struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    AUTO_VALUE(stamping) w = STAMPING;
    return fields_read(&w.stamp, &stamp_fields, entry->body, &arena, e) &&
           stamping_judge(&w, s, entry->time, e) && stamping_build(&w, s, entry, e) &&
           job_put(out, &w, e);
}

static bool stamp_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct stamp stamp;
    char hex[129];
    if (!fields_read(&stamp, &stamp_fields, entry->body, &arena, e))
        return false;
    buf_printf(b, "the time of %.*s %.16s is stamped", BYTES_PRINT(stamp.algorithm),
               hex_string(hex, stamp.imprint));
    return true;
}

static bool stamp_marks(struct mark **list, const struct entry *entry, struct arena *a,
                        struct err *e)
{
    struct stamp stamp;
    return fields_read(&stamp, &stamp_fields, entry->body, a, e) &&
           mark_add(list, "tbs", stamp.imprint, 0, a, e) &&
           mark_add(list, "key", stamp.key, 0, a, e);
}

const struct entry_row entry_timestamp = {
    .name = "timestamp",
    .since = 2,
    .origin = ENTRY_FROM_OUTSIDE,
    .apply = stamp_apply,
    .describe = stamp_describe,
    .marks = stamp_marks,
};

/* ---- The token ---- */

/* The certificate that the issuer had then, whatever has become of it. */
static struct bytes issuer_then(const struct rules_state *s, struct bytes issuer, int64_t time)
{
    const struct table *t = state_view(s, TABLE_CERTIFICATES);
    for (size_t i = t->count; i > 0; i--) {
        const struct certificate *c = table_at(t, i - 1);
        if (bytes_equal(c->key, issuer) && c->der.data != NULL && c->not_before <= time &&
            time <= c->not_after)
            return c->der;
    }
    return BYTES_NONE;
}

static bool stamping_find(struct stamping *w, const struct rules_state *s,
                          const struct entry *entry, struct arena *a, struct err *e)
{
    if (!bytes_is(entry->type, entry_timestamp.name))
        return err_set(e, ERR_INPUT, "entry %" PRId64 " is no timestamp", entry->index);
    if (!fields_read(&w->stamp, &stamp_fields, entry->body, a, e))
        return false;
    w->key = state_key(s, w->stamp.key);
    w->certificate = state_certificate(s, w->stamp.certificate);
    if (w->key == NULL || w->certificate == NULL || w->certificate->der.data == NULL)
        return err_set(e, ERR_NOT_FOUND, "the record does not know the timestamp's key");
    return stamping_build(w, s, entry, e);
}

bool rules_timestamp_token(struct buf *ret, const struct rules_state *s, const struct entry *entry,
                           struct bytes signature, bool with_certificates, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    AUTO_VALUE(stamping) w = STAMPING;
    AUTO(pubkey) key = NULL;
    if (!stamping_find(&w, s, entry, &arena, e) || !pubkey_parse(&key, w.key->spki, e) ||
        !pubkey_verify(key, w.mechanism, buf_bytes(&w.attributes), signature, e))
        return false;
    struct bytes issuer = issuer_then(s, w.certificate->issuer, entry->time);
    struct bytes certificates[] = {w.certificate->der, issuer};
    struct tsp_token_plan plan = {.info = buf_bytes(&w.info),
                                  .attributes = buf_bytes(&w.attributes),
                                  .mechanism = w.mechanism,
                                  .signature = signature,
                                  .certificates = certificates,
                                  .certificate_count = issuer.data == NULL ? 1 : 2,
                                  .with_certificates = with_certificates};
    return tsp_token_build(ret, &plan, e);
}
