#include "keeper/work.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/fault.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/random.h"

/* A piece of work that failed is left alone for a while, so that it does not stop the others. */
#define RETRY_MS INT64_C(60000)

static void work_give_up(struct keeper *k, const uint8_t leaf[32], const struct err *why)
{
    diag_err(DIAG_ERROR, "work-failed", why);
    if (k->work_failed_count < WORK_FAILED_MAX)
        memcpy(k->work_failed[k->work_failed_count++], leaf, 32);
    k->work_retry = clock_monotonic_ms() + RETRY_MS;
}

static bool work_has_failed(const struct keeper *k, const uint8_t leaf[32])
{
    for (size_t i = 0; i < k->work_failed_count; i++)
        if (memcmp(k->work_failed[i], leaf, 32) == 0)
            return true;
    return false;
}

/* Stages an entry of the keeper's own. One that the rulebook refuses is reported, not fatal: the
 * state has changed since the work was begun. */
static bool work_stage(struct keeper *k, const char *type, struct bytes body, struct err *e)
{
    AUTO_VALUE(outcome) out;
    uint64_t index;
    outcome_init(&out);
    if (record_stage(k->record, bytes_text(type), body, &out, &index, e))
        return true;
    if (e->code == ERR_MEMORY || e->code == ERR_INTERNAL || e->code == ERR_IO)
        return false;
    work_give_up(k, k->work_leaf, e);
    return true;
}

static struct key_attributes attributes_of(unsigned bits)
{
    return (struct key_attributes){.sensitive = (bits & KEYS_SENSITIVE) != 0,
                                   .extractable = (bits & KEYS_EXTRACTABLE) != 0,
                                   .always_sensitive = (bits & KEYS_ALWAYS_SENSITIVE) != 0,
                                   .never_extractable = (bits & KEYS_NEVER_EXTRACTABLE) != 0,
                                   .local = (bits & KEYS_LOCAL) != 0};
}

static bool key_generated(struct keeper *k, void *owner, size_t item,
                          const struct pool_answer *answer, struct err *e)
{
    (void)owner;
    (void)item;
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    k->working = false;
    FAULT_POINT(key_generated);
    if (!answer->ok || answer->keys.count != 1) {
        work_give_up(k, k->work_leaf, &answer->err);
        return true;
    }
    const struct keys_key *key = &answer->keys.items[0];
    struct key_attributes attributes = attributes_of(key->attributes);
    rules_key_body(&body, k->work_leaf, key->spki, bytes_text(k->signing_token), &attributes);
    return buf_ok(&body, "key", e) && work_stage(k, "key", buf_bytes(&body), e);
}

static bool work_generate(struct keeper *k, const struct work *work, struct err *e)
{
    char label[65];
    uint64_t number;
    if (strcmp(work->token, k->signing_token) != 0) {
        struct err why;
        (void)err_set(&why, ERR_STATE, "a key is approved for token \"%s\", this keeper has \"%s\"",
                      work->token, k->signing_token);
        work_give_up(k, work->leaf, &why);
        return true;
    }
    enum key_kind kind = strcmp(work->algorithm, "p-256") == 0 ? KEY_P256 : KEY_RSA;
    k->working = true;
    return pool_generate(&number, k->pool, TOKEN_SIGNING, kind,
                         bytes_text(hex_string(label, BYTES_OF(work->leaf))), clock_monotonic_ms(),
                         e) &&
           jobs_add(&k->jobs, number, NULL, 0, key_generated, e);
}

static bool work_issue(struct keeper *k, const struct work *work, struct err *e)
{
    uint8_t serial[16];
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct rules_head head;
    struct err why;
    rules_head(&head, record_state(k->record));
    if (!random_fill(serial, sizeof serial, e))
        return false;
    /* The entry's time is part of the certificate: it must be the one that staging will choose. */
    int64_t time = timekeeper_now(record_time(k->record), head.time);
    if (!rules_issuance_body(&body, record_state(k->record), work->leaf, serial, time, &why)) {
        work_give_up(k, work->leaf, &why);
        return true;
    }
    return work_stage(k, "issuance", buf_bytes(&body), e);
}

static bool certificate_signed(struct keeper *k, void *owner, size_t item,
                               const struct pool_answer *answer, struct err *e)
{
    (void)owner;
    (void)item;
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct err why;
    k->working = false;
    FAULT_POINT(certificate_signed);
    if (!answer->ok) {
        work_give_up(k, k->work_leaf, &answer->err);
        return true;
    }
    if (!rules_certificate_body(&body, record_state(k->record), k->work_leaf, answer->signature,
                                &why)) {
        work_give_up(k, k->work_leaf, &why);
        return true;
    }
    return work_stage(k, "certificate", buf_bytes(&body), e);
}

static bool work_certify(struct keeper *k, const struct work *work, struct err *e)
{
    uint8_t digest[DIGEST_MAX];
    uint64_t number;
    digest_sha256(digest, work->tbs);
    k->working = true;
    return pool_sign(&number, k->pool, TOKEN_SIGNING, BYTES_OF(work->issuer),
                     (enum mechanism)work->mechanism, bytes_make(digest, 32), clock_monotonic_ms(),
                     e) &&
           jobs_add(&k->jobs, number, NULL, 0, certificate_signed, e);
}

static bool work_begin(struct keeper *k, const struct work *work, struct err *e)
{
    memcpy(k->work_leaf, work->leaf, sizeof k->work_leaf);
    switch (work->kind) {
    case WORK_GENERATE:
        return work_generate(k, work, e);
    case WORK_ISSUE:
        return work_issue(k, work, e);
    case WORK_CERTIFY:
        return work_certify(k, work, e);
    case WORK_RENEW:
    case WORK_DESTROY:
    case WORK_NONE:
        break;
    }
    return true;
}

/* Tokens with enough to do are no reason to end: the work is begun at a later step. */
static bool work_put_off(struct keeper *k, const struct err *e)
{
    k->working = false;
    return e->code == ERR_BUSY;
}

bool work_step(struct keeper *k, struct err *e)
{
    if (k->phase != KEEPER_RUNNING || k->working)
        return true;
    if (k->work_failed_count > 0 && clock_monotonic_ms() > k->work_retry)
        k->work_failed_count = 0;
    for (size_t n = 0;; n++) {
        struct work work;
        if (!rules_work(&work, record_state(k->record), n, e))
            return false;
        if (work.kind == WORK_NONE)
            return true;
        if (!work.offline && !work_has_failed(k, work.leaf))
            return work_begin(k, &work, e) || work_put_off(k, e);
    }
}
