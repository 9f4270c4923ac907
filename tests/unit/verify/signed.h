/*
 * One signed file with everything that can speak for or against it, made without the rulebook: a
 * CMS signature under the tests' hierarchy, a timestamp in it, receipts of its request and grant
 * from a log of two entries, a distrust list.
 */
#ifndef SEALWARD_TESTS_UNIT_VERIFY_SIGNED_H
#define SEALWARD_TESTS_UNIT_VERIFY_SIGNED_H

#include "unit/proof/distrust_sample.h"
#include "unit/proof/memory_log.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"
#include "pki/algorithm.h"
#include "pki/cms.h"
#include "pki/tsp_token.h"
#include "proof/format.h"
#include "proof/receipt.h"
#include "verify/verify.h"

#define SIGNED_CONTENT "the archive"
#define SIGNED_PATH "desktop-release"
#define SIGNED_TIME (HIERARCHY_START + HIERARCHY_DAY)    /* of the request */
#define SIGNED_STAMP (SIGNED_TIME + 2000)                /* of the timestamp */
#define SIGNED_NOW (HIERARCHY_START + 2 * HIERARCHY_DAY) /* when it is judged */
#define SIGNED_ORIGIN "sign.example/log"
#define SIGNED_NUMBER LEAF /* of the signer's certificate; its CA has one less */

struct signed_file {
    struct list_signer list_signer; /* has the hierarchy */
    struct hierarchy tsa;
    struct authority authority;
    struct buf cms;         /* without a timestamp */
    struct buf cms_stamped; /* with one */
    uint8_t key[DIGEST_SHA256_SIZE];
    uint8_t tbs[DIGEST_SHA256_SIZE];
    struct buf grant; /* entries */
    struct buf request;
    struct buf grant_receipt;
    struct buf request_receipt;
    struct x509 roots[2];
    struct bytes root_ders[2];
};

static inline const struct hierarchy *signed_hierarchy(const struct signed_file *s)
{
    return &s->list_signer.h;
}

static inline void signed_token(struct buf *ret, const struct signed_file *s, struct bytes value)
{
    struct err e;
    uint8_t raw[KEY_P256_SIGNATURE_SIZE], imprint[DIGEST_SHA256_SIZE];
    AUTO_VALUE(buf) info = BUF(TSP_INFO_MAX);
    AUTO_VALUE(buf) attributes = BUF(ATTRIBUTES_MAX);
    const struct bytes certificates[] = {s->tsa.certs[LEAF].der, s->tsa.certs[CA].der};
    digest_sha256(imprint, value);
    struct tsp_plan plan = {.arc = bytes_text(HIERARCHY_ARC),
                            .alg = DIGEST_SHA256,
                            .imprint = BYTES_OF(imprint),
                            .serial = 1,
                            .time = SIGNED_STAMP,
                            .accuracy = 1000};
    ok_call(tsp_info_build(&info, &plan, &e), e);
    ok_call(tsp_attributes_build(&attributes, buf_bytes(&info), DIGEST_SHA256, certificates[0], &e),
            e);
    ok_call(session_key_sign(s->tsa.keys[LEAF], raw, buf_bytes(&attributes), &e), e);
    struct tsp_token_plan token = {.info = buf_bytes(&info),
                                   .attributes = buf_bytes(&attributes),
                                   .mechanism = MECHANISM_ECDSA_SHA256,
                                   .signature = BYTES_OF(raw),
                                   .certificates = certificates,
                                   .certificate_count = 2,
                                   .with_certificates = true};
    ok_call(tsp_token_build(ret, &token, &e), e);
}

static inline void signed_messages(struct signed_file *s)
{
    const struct hierarchy *h = signed_hierarchy(s);
    uint8_t raw[KEY_P256_SIGNATURE_SIZE], content[DIGEST_SHA256_SIZE];
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    AUTO_VALUE(buf) value = BUF(128);
    AUTO_VALUE(buf) token = BUF(TSP_TOKEN_MAX);
    const struct bytes chain[] = {h->certs[LEAF].der, h->certs[CA].der};
    struct err e;
    digest_sha256(content, bytes_text(SIGNED_CONTENT));
    ok_call(format_attributes_build(&set, FORMAT_CMS, DIGEST_SHA256, BYTES_OF(content), SIGNED_TIME,
                                    &e),
            e);
    digest_sha256(s->tbs, buf_bytes(&set));
    ok_call(session_key_sign(h->keys[LEAF], raw, buf_bytes(&set), &e), e);
    struct cms_plan plan = {.attributes = buf_bytes(&set),
                            .mechanism = MECHANISM_ECDSA_SHA256,
                            .signature = BYTES_OF(raw),
                            .certificates = chain,
                            .certificate_count = 2};
    s->cms = BUF(CMS_DER_MAX);
    s->cms_stamped = BUF(CMS_DER_MAX);
    ok_call(cms_build(&s->cms, &plan, &e), e);
    algorithm_put_signature_value(&value, MECHANISM_ECDSA_SHA256, BYTES_OF(raw));
    signed_token(&token, s, buf_bytes(&value));
    plan.timestamp = buf_bytes(&token);
    ok_call(cms_build(&s->cms_stamped, &plan, &e), e);
}

/* The two entries: as the rulebook would have written them, as far as a verifier reads them. */
static inline void signed_entries(struct signed_file *s)
{
    uint8_t leaf[TREE_HASH];
    static const uint8_t session[64] = {1};
    s->grant = BUF(LIMIT_ENTRY);
    s->request = BUF(LIMIT_ENTRY);
    buf_printf(&s->grant,
               "{\"index\":0,\"time\":%" PRId64 ",\"type\":\"grant\",\"body\":{\"statement\":"
               "{\"body\":{\"path\":\"" SIGNED_PATH "\"}}}}",
               SIGNED_TIME - 1000);
    tree_leaf_hash(leaf, buf_bytes(&s->grant));
    buf_printf(
        &s->request,
        "{\"index\":1,\"time\":%" PRId64 ",\"type\":\"request\",\"body\":{\"grant\":", SIGNED_TIME);
    json_put_base64(&s->request, BYTES_OF(leaf));
    buf_put_text(&s->request, ",\"key\":");
    json_put_base64(&s->request, BYTES_OF(s->key));
    buf_put_text(&s->request, ",\"mechanism\":\"ecdsa-sha256\",\"items\":[{\"digest\":");
    json_put_base64(&s->request, BYTES_OF(s->tbs));
    buf_put_text(&s->request, ",\"artifact\":null,\"preimages\":[]}],\"signature\":");
    json_put_base64(&s->request, BYTES_OF(session));
    buf_put_text(&s->request, "}}");
    assert_false(s->request.failed);
}

static inline void signed_checkpoint(struct buf *note, const struct note_key *key,
                                     const struct checkpoint *head)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_NOTE);
    AUTO_VALUE(buf) message = BUF(LIMIT_NOTE);
    uint8_t signature[64];
    struct err e;
    checkpoint_write(&text, bytes_text(SIGNED_ORIGIN), head);
    note_message(&message, key, buf_bytes(&text));
    memory_log_sign(signature, 7, buf_bytes(&message));
    ok_call(note_assemble(note, buf_bytes(&text), key, BYTES_OF(signature), &e), e);
}

static inline void signed_receipts(struct signed_file *s)
{
    uint8_t leaves[2][TREE_HASH];
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    struct checkpoint head = {.size = 2};
    tree_leaf_hash(leaves[0], buf_bytes(&s->grant));
    tree_leaf_hash(leaves[1], buf_bytes(&s->request));
    tree_node_hash(head.root, leaves[0], leaves[1]);
    signed_checkpoint(&note, &s->authority.log_key, &head);
    struct buf *receipts[] = {&s->grant_receipt, &s->request_receipt};
    const struct buf *entries[] = {&s->grant, &s->request};
    for (unsigned i = 0; i < 2; i++) {
        struct receipt receipt = {.entry = buf_bytes(entries[i]),
                                  .index = i,
                                  .path.count = 1,
                                  .checkpoint = buf_bytes(&note)};
        memcpy(receipt.path.hashes[0], leaves[1 - i], TREE_HASH);
        *receipts[i] = BUF(RECEIPT_BYTES_MAX);
        receipt_write(receipts[i], &receipt);
    }
}

static inline void signed_make(struct signed_file *s)
{
    memset(s, 0, sizeof *s);
    list_signer_make(&s->list_signer);
    hierarchy_make_for(&s->tsa, PROFILE_TIMESTAMP_CA, PROFILE_TIMESTAMP);
    memcpy(s->authority.id, hierarchy_authority, TREE_HASH);
    s->authority.origin = bytes_text(SIGNED_ORIGIN);
    s->authority.base_url = bytes_text("https://sign.example");
    memory_log_key(&s->authority.log_key, SIGNED_ORIGIN, 7);
    pubkey_spki_sha256(s->key, signed_hierarchy(s)->certs[LEAF].spki);
    s->roots[0] = signed_hierarchy(s)->certs[ROOT];
    s->roots[1] = s->tsa.certs[ROOT];
    for (unsigned i = 0; i < 2; i++)
        s->root_ders[i] = s->roots[i].der;
    signed_messages(s);
    signed_entries(s);
    signed_receipts(s);
}

static inline void signed_done(struct signed_file *s)
{
    struct buf *all[] = {&s->cms,     &s->cms_stamped,   &s->grant,
                         &s->request, &s->grant_receipt, &s->request_receipt};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        buf_done(all[i]);
    hierarchy_done(&s->tsa);
    list_signer_done(&s->list_signer);
}

/* A plan of a list that says nothing yet, good at SIGNED_NOW. */
static inline struct distrust_plan signed_list_plan(void)
{
    struct distrust_path paths[2];
    struct distrust_plan plan = {.head = sample_plan(paths).head};
    return plan;
}

/* The file with its signature, at SIGNED_NOW; nothing else is given. */
static inline struct verify_input signed_input(const struct signed_file *s, const struct buf *cms)
{
    return (struct verify_input){.format = bytes_text("cms"),
                                 .file = bytes_text(SIGNED_CONTENT),
                                 .beside = buf_bytes(cms),
                                 .roots = s->root_ders,
                                 .root_count = 2,
                                 .authority = &s->authority,
                                 .now = SIGNED_NOW};
}

#endif
