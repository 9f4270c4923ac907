/*
 * A distrust list with something of every kind, signed under the tests' hierarchy.
 */
#ifndef SEALWARD_TESTS_UNIT_PROOF_DISTRUST_SAMPLE_H
#define SEALWARD_TESTS_UNIT_PROOF_DISTRUST_SAMPLE_H

#include "unit/pki/hierarchy.h"

#include "proof/distrust.h"

#define SAMPLE_ISSUED (HIERARCHY_START + HIERARCHY_DAY)

static const uint64_t sample_first[] = {3, 5, 6, 20, 21};
static const uint64_t sample_second[] = {4, 511};
static const struct distrust_group sample_groups[] = {{0, sample_first, 5},
                                                      {SAMPLE_ISSUED, sample_second, 2}};
static const struct distrust_key sample_keys[] = {{{1}, 0}, {{2, 3}, SAMPLE_ISSUED - 1}};
static const uint64_t sample_signatures[] = {7, UINT64_MAX};
static const uint8_t sample_artifacts[2 * DIGEST_SHA256_SIZE] = {[0] = 4, [32] = 4, [33] = 1};
static const uint8_t sample_path_keys[2 * DIGEST_SHA256_SIZE] = {[0] = 9, [32] = 10};

static inline struct distrust_path sample_path(const char *id, int64_t since)
{
    return (struct distrust_path){
        .id = bytes_text(id), .since = since, .keys = BYTES_OF(sample_path_keys)};
}

/* `paths` has room for two, and must live as long as the plan. */
static inline struct distrust_plan sample_plan(struct distrust_path *paths)
{
    struct distrust_plan plan = {
        .head = {.number = 41,
                 .issued = SAMPLE_ISSUED,
                 .expires = SAMPLE_ISSUED + 7 * HIERARCHY_DAY,
                 .size = 3,
                 .root = {5},
                 .certificates = 512},
        .groups = sample_groups,
        .group_count = 2,
        .keys = sample_keys,
        .key_count = 2,
        .signatures = sample_signatures,
        .signature_count = 2,
        .artifacts = BYTES_OF(sample_artifacts),
        .paths = paths,
        .path_count = 2,
    };
    memcpy(plan.head.authority, hierarchy_authority, TREE_HASH);
    paths[0] = sample_path("nightly", SAMPLE_ISSUED - HIERARCHY_DAY);
    paths[1] = sample_path("nightly-2", 0);
    return plan;
}

/* The hierarchy, and a certificate of the list's key by its root. */
struct list_signer {
    struct hierarchy h;
    struct session_key *key;
    struct buf certificate;
};

static inline struct tbs_plan list_signer_plan(const struct list_signer *s)
{
    struct tbs_plan plan = hierarchy_plan(&s->h, CA);
    plan.profile = PROFILE_LIST;
    plan.subject = buf_bytes(&s->h.names[LEAF]);
    plan.not_after = HIERARCHY_START + 90 * HIERARCHY_DAY - 1000;
    plan.spki = session_key_spki(s->key);
    return plan;
}

static inline void list_signer_make(struct list_signer *s)
{
    struct err e;
    hierarchy_make(&s->h);
    s->certificate = BUF(X509_DER_MAX);
    ok_call(session_key_generate(&s->key, &e), e);
    struct tbs_plan plan = list_signer_plan(s);
    hierarchy_issue(&s->certificate, &plan, s->h.keys[ROOT]);
}

static inline void list_signer_done(struct list_signer *s)
{
    hierarchy_done(&s->h);
    session_key_free(s->key);
    buf_done(&s->certificate);
}
AUTO_DONE(list_signer)

/* Signs what stands in `b`, and finishes it. */
static inline void list_sign(struct buf *b, const struct list_signer *s)
{
    uint8_t signature[DISTRUST_SIGNATURE];
    AUTO_VALUE(buf) message = BUF(DISTRUST_MAX);
    struct err e;
    buf_put(&message, bytes_make("sealward-distrust-list", 23));
    buf_put(&message, buf_bytes(b));
    ok_call(session_key_sign(s->key, signature, buf_bytes(&message), &e), e);
    ok_call(distrust_finish(b, buf_bytes(&s->certificate), BYTES_OF(signature), &e), e);
}

static inline void list_make(struct buf *ret, const struct distrust_plan *plan,
                             const struct list_signer *s)
{
    struct err e;
    *ret = BUF(DISTRUST_MAX);
    ok_call(distrust_build(ret, plan, &e), e);
    list_sign(ret, s);
}

#endif
