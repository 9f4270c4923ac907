#include "keeper/work.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/fault.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/random.h"

static bool same_work(const struct work *a, const struct work *b)
{
    return a->kind == b->kind && a->number == b->number && memcmp(a->leaf, b->leaf, 32) == 0;
}

/* A piece of work that failed is left alone for a while, so that it does not stop the others. */
static void work_give_up(struct keeper *k, const struct err *why)
{
    diag_err(DIAG_ERROR, "work-failed", why);
    if (k->work_failed_count < WORK_FAILED_MAX)
        k->work_failed[k->work_failed_count++] = k->work;
    if (!pause_lasts(&k->work_pause, clock_monotonic_ms()))
        pause_begin(&k->work_pause, clock_monotonic_ms());
}

static bool work_has_failed(const struct keeper *k, const struct work *work)
{
    for (size_t i = 0; i < k->work_failed_count; i++)
        if (same_work(&k->work_failed[i], work))
            return true;
    return false;
}

/* Stages an entry of the keeper's own. One that the rulebook refuses is reported, not fatal: the
 * state has changed since the work was begun. */
static bool work_stage_at(struct keeper *k, int64_t time, const char *type, struct bytes body,
                          struct err *e)
{
    AUTO_VALUE(outcome) out;
    uint64_t index;
    outcome_init(&out);
    if (record_stage_at(k->record, time, bytes_text(type), body, &out, &index, e)) {
        pause_end(&k->work_pause);
        return true;
    }
    if (record_is_fatal(e))
        return false;
    work_give_up(k, e);
    return true;
}

static bool work_stage(struct keeper *k, const char *type, const struct buf *body, struct err *e)
{
    return buf_ok(body, type, e) &&
           work_stage_at(k, record_now(k->record), type, buf_bytes(body), e);
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
        work_give_up(k, &answer->err);
        return true;
    }
    const struct keys_key *key = &answer->keys.items[0];
    struct key_attributes attributes = attributes_of(key->attributes);
    rules_key_body(&body, k->work.leaf, key->spki, bytes_text(k->signing_token), &attributes);
    return work_stage(k, "key", &body, e);
}

/* Gives up what is for another token. */
static bool token_is_ours(struct keeper *k, const struct work *work)
{
    struct err why;
    if (strcmp(work->token, k->signing_token) == 0)
        return true;
    (void)err_set(&why, ERR_STATE, "a key is approved for token \"%s\", this keeper has \"%s\"",
                  work->token, k->signing_token);
    work_give_up(k, &why);
    return false;
}

static bool work_generate(struct keeper *k, const struct work *work, struct err *e)
{
    char label[65];
    uint64_t number;
    if (!token_is_ours(k, work))
        return true;
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
    struct err why;
    if (!random_fill(serial, sizeof serial, e))
        return false;
    int64_t time = record_now(k->record); /* part of the certificate */
    if (!rules_issuance_body(&body, record_state(k->record), work->leaf, serial, time, &why)) {
        work_give_up(k, &why);
        return true;
    }
    return work_stage_at(k, time, "issuance", buf_bytes(&body), e);
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
        work_give_up(k, &answer->err);
        return true;
    }
    if (!rules_certificate_body(&body, record_state(k->record), k->work.leaf, answer->signature,
                                &why)) {
        work_give_up(k, &why);
        return true;
    }
    return work_stage(k, "certificate", &body, e);
}

static bool work_certify(struct keeper *k, const struct work *work, struct err *e)
{
    uint8_t digest[DIGEST_MAX];
    uint64_t number;
    struct err why;
    if (record_now(k->record) > work->expires) {
        (void)err_set(&why, ERR_STATE, "the issuer's certificate has expired: it signs nothing");
        work_give_up(k, &why);
        return true;
    }
    digest_sha256(digest, work->tbs);
    k->working = true;
    return pool_sign(&number, k->pool, TOKEN_SIGNING, BYTES_OF(work->issuer),
                     (enum mechanism)work->mechanism, bytes_make(digest, 32), clock_monotonic_ms(),
                     e) &&
           jobs_add(&k->jobs, number, NULL, 0, certificate_signed, e);
}

static bool work_renew(struct keeper *k, const struct work *work, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    rules_renewal_body(&body, work->number);
    return work_stage(k, "renewal", &body, e);
}

/* The token has searched again and found nothing, or the answer is a failure. */
static bool key_destroyed(struct keeper *k, void *owner, size_t item,
                          const struct pool_answer *answer, struct err *e)
{
    (void)owner;
    (void)item;
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    k->working = false;
    FAULT_POINT(key_destroyed);
    if (!answer->ok) {
        work_give_up(k, &answer->err);
        return true;
    }
    rules_destroyed_body(&body, k->work.leaf, k->work.key, 0);
    return work_stage(k, "destroyed", &body, e);
}

static bool work_destroy(struct keeper *k, const struct work *work, struct err *e)
{
    uint64_t number;
    if (!token_is_ours(k, work))
        return true;
    k->working = true;
    return pool_destroy(&number, k->pool, TOKEN_SIGNING, BYTES_OF(work->key),
                        bytes_text(work->label), clock_monotonic_ms(), e) &&
           jobs_add(&k->jobs, number, NULL, 0, key_destroyed, e);
}

static bool work_begin(struct keeper *k, const struct work *work, struct err *e)
{
    k->work = *work;
    k->work.tbs = BYTES_NONE;
    switch (work->kind) {
    case WORK_GENERATE:
        return work_generate(k, work, e);
    case WORK_ISSUE:
        return work_issue(k, work, e);
    case WORK_CERTIFY:
        return work_certify(k, work, e);
    case WORK_RENEW:
        return work_renew(k, work, e);
    case WORK_DESTROY:
        return work_destroy(k, work, e);
    case WORK_NONE:
        break;
    }
    return true;
}

/* A token with enough to do, or one that takes nothing, is no reason to end. */
static bool work_put_off(struct keeper *k, const struct err *e)
{
    k->working = false;
    if (e->code == ERR_BUSY)
        return true;
    work_give_up(k, e);
    return !record_is_fatal(e);
}

bool work_step(struct keeper *k, struct err *e)
{
    if (k->phase != KEEPER_RUNNING || k->working)
        return true;
    if (!pause_lasts(&k->work_pause, clock_monotonic_ms()))
        k->work_failed_count = 0;
    for (size_t n = 0;; n++) {
        struct work work;
        if (!rules_work(&work, record_state(k->record), n, e))
            return false;
        if (work.kind == WORK_NONE)
            return true;
        if (!work.offline && !work_has_failed(k, &work))
            return work_begin(k, &work, e) || work_put_off(k, e);
    }
}
