#include "unit/page.h"

#include "base/limits.h"
#include "pki/attributes.h"
#include "pki/der.h"
#include "pki/spc.h"
#include "proof/binding.h"

/* A good binding of each format, and the memory that it stands on. */
struct good {
    struct binding binding;
    struct bytes preimages[BINDING_PREIMAGES_MAX];
    struct buf attributes;
    struct buf content;
    uint8_t artifact[DIGEST_MAX];
    uint8_t message[DIGEST_MAX];
    uint8_t to_be_signed[DIGEST_MAX];
};

static void good_done(struct good *g)
{
    buf_done(&g->attributes);
    buf_done(&g->content);
}
AUTO_DONE(good)

static void good_finish(struct good *g, enum format format, const char *type, struct bytes message)
{
    struct err e;
    ok_call(attributes_build(&g->attributes, type, message, 1800000000000, &e), e);
    digest_compute(g->to_be_signed, DIGEST_SHA256, buf_bytes(&g->attributes));
    g->preimages[0] = buf_bytes(&g->attributes);
    g->binding = (struct binding){.format = format,
                                  .artifact_alg = DIGEST_SHA256,
                                  .artifact_digest = bytes_make(g->artifact, 32),
                                  .signed_alg = DIGEST_SHA256,
                                  .signed_digest = bytes_make(g->to_be_signed, 32),
                                  .preimages = g->preimages,
                                  .preimage_count = 1};
}

static void good_cms(struct good *g)
{
    *g = (struct good){.attributes = BUF(8192), .content = BUF(8192)};
    digest_compute(g->artifact, DIGEST_SHA256, bytes_text("artifact"));
    good_finish(g, FORMAT_CMS, ATTRIBUTES_ID_DATA, bytes_make(g->artifact, 32));
}

static void content_put(struct buf *b, const char *alg, struct bytes digest)
{
    size_t all = der_begin(b, DER_SEQUENCE);
    size_t type = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, "1.3.6.1.4.1.311.2.1.15");
    der_end(b, type);
    size_t info = der_begin(b, DER_SEQUENCE);
    size_t algorithm = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, alg);
    der_put_null(b);
    der_end(b, algorithm);
    der_put_octets(b, digest);
    der_end(b, info);
    der_end(b, all);
}

static void good_pe(struct good *g)
{
    struct spc spc;
    struct err e;
    *g = (struct good){.attributes = BUF(8192), .content = BUF(8192)};
    digest_compute(g->artifact, DIGEST_SHA256, bytes_text("image"));
    content_put(&g->content, digest_oid(DIGEST_SHA256), bytes_make(g->artifact, 32));
    ok_call(spc_parse(&spc, buf_bytes(&g->content), &e), e);
    digest_compute(g->message, DIGEST_SHA256, spc.value);
    good_finish(g, FORMAT_PE, SPC_INDIRECT_DATA, bytes_make(g->message, 32));
    g->preimages[1] = buf_bytes(&g->content);
    g->binding.preimage_count = 2;
}

static void refused(const struct binding *b, const char *rule)
{
    struct err e = {0};
    assert_false(binding_check(b, &e));
    assert_string_equal(e.rule, rule);
    assert_int_equal(e.code, ERR_REFUSED);
}

static void attributes_lead_from_the_signature_to_the_file(void **state)
{
    (void)state;
    AUTO_VALUE(good) g;
    struct err e;
    good_cms(&g);
    ok_call(binding_check(&g.binding, &e), e);
}

static void attributes_and_content_lead_to_the_image(void **state)
{
    (void)state;
    AUTO_VALUE(good) g;
    struct err e;
    good_pe(&g);
    ok_call(binding_check(&g.binding, &e), e);
}

static void a_bare_hash_is_bound_by_itself(void **state)
{
    (void)state;
    AUTO_VALUE(good) g;
    struct err e;
    good_cms(&g);
    g.binding.format = FORMAT_RAW;
    g.binding.preimage_count = 0;
    refused(&g.binding, "binding.artifact");
    g.binding.signed_digest = g.binding.artifact_digest;
    ok_call(binding_check(&g.binding, &e), e);
    g.binding.preimage_count = 1;
    refused(&g.binding, "binding.preimages");
}

static void a_jar_cannot_be_bound(void **state)
{
    (void)state;
    AUTO_VALUE(good) g;
    good_cms(&g);
    g.binding.format = FORMAT_JAR;
    refused(&g.binding, "binding.format");
}

static void any_other_artifact_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(good) cms;
    AUTO_VALUE(good) pe;
    good_cms(&cms);
    good_pe(&pe);
    for (size_t i = 0; i < 32; i++) {
        cms.artifact[i] ^= 1;
        pe.artifact[i] ^= 1;
        refused(&cms.binding, "binding.artifact");
        refused(&pe.binding, "binding.artifact");
        cms.artifact[i] ^= 1;
        pe.artifact[i] ^= 1;
    }
}

static void any_change_of_a_preimage_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(good) g;
    struct err e;
    good_pe(&g);
    for (size_t i = 0; i < g.attributes.size; i++) {
        g.attributes.data[i] ^= 1;
        refused(&g.binding, "binding.digest");
        g.attributes.data[i] ^= 1;
    }
    for (size_t i = 0; i < g.content.size; i++) {
        g.content.data[i] ^= 1;
        assert_false(binding_check(&g.binding, &e));
        g.content.data[i] ^= 1;
    }
}

static void a_signature_of_one_format_does_not_count_for_the_other(void **state)
{
    (void)state;
    AUTO_VALUE(good) cms;
    AUTO_VALUE(good) pe;
    good_cms(&cms);
    good_pe(&pe);
    cms.binding.format = FORMAT_PE;
    cms.preimages[1] = buf_bytes(&pe.content);
    cms.binding.preimage_count = 2;
    refused(&cms.binding, "binding.content-type");
    pe.binding.format = FORMAT_CMS;
    refused(&pe.binding, "binding.preimages");
    pe.binding.preimage_count = 1;
    refused(&pe.binding, "binding.content-type");
}

static void content_that_was_not_signed_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(good) g;
    AUTO_VALUE(buf) other = BUF(8192);
    static const uint8_t wrong[32];
    good_pe(&g);
    content_put(&other, digest_oid(DIGEST_SHA256), BYTES_OF(wrong));
    g.preimages[1] = buf_bytes(&other);
    g.binding.artifact_digest = BYTES_OF(wrong);
    refused(&g.binding, "binding.message-digest");
}

static void hashes_must_be_the_declared_ones(void **state)
{
    (void)state;
    AUTO_VALUE(good) g;
    struct err e = {0};
    good_cms(&g);
    g.binding.artifact_alg = DIGEST_SHA384;
    ok_err(binding_check(&g.binding, &e), e, ERR_INPUT, "wrong length");
    g.binding.artifact_digest = bytes_make(g.artifact, 48);
    refused(&g.binding, "binding.algorithm");
    good_done(&g);
    good_pe(&g);
    g.binding.artifact_alg = DIGEST_SHA512;
    g.binding.artifact_digest = bytes_make(g.artifact, 64);
    refused(&g.binding, "binding.algorithm");
}

static void preimages_are_limited_in_size(void **state)
{
    (void)state;
    AUTO_VALUE(good) g;
    static const uint8_t large[LIMIT_PREIMAGE + 1];
    good_cms(&g);
    g.preimages[0] = BYTES_OF(large);
    refused(&g.binding, "binding.preimages");
}

static void attributes_that_are_not_strict_are_refused_though_they_were_signed(void **state)
{
    (void)state;
    AUTO_VALUE(good) g;
    struct err e = {0};
    good_cms(&g);
    buf_put_u8(&g.attributes, 0);
    digest_compute(g.to_be_signed, DIGEST_SHA256, buf_bytes(&g.attributes));
    g.preimages[0] = buf_bytes(&g.attributes);
    ok_err(binding_check(&g.binding, &e), e, ERR_INPUT, "too many at its end");
}

static void block_take(struct buf *ret, const struct buf *page, const char *info, size_t *place)
{
    *ret = BUF(8192);
    page_hex(ret, page_block(page, info, place));
}

static void the_examples_of_the_page_hold(void **state)
{
    (void)state;
    size_t place = 0;
    struct err e;
    uint8_t artifact[DIGEST_MAX];
    AUTO_VALUE(buf) page = BUF(1 << 16);
    AUTO_VALUE(buf) built = BUF(8192);
    AUTO_VALUE(buf) cms;
    AUTO_VALUE(buf) cms_digest;
    AUTO_VALUE(buf) pe;
    AUTO_VALUE(buf) content;
    AUTO_VALUE(buf) pe_digest;
    page_read(&page, "artifact-and-binding.md");
    block_take(&cms, &page, "cms-attributes", &place);
    block_take(&cms_digest, &page, "cms-digest", &place);
    block_take(&pe, &page, "pe-attributes", &place);
    block_take(&content, &page, "pe-content", &place);
    block_take(&pe_digest, &page, "pe-digest", &place);
    digest_compute(artifact, DIGEST_SHA256, bytes_text("artifact"));
    struct bytes known = bytes_make(artifact, DIGEST_SHA256_SIZE);
    ok_call(format_attributes_build(&built, FORMAT_CMS, DIGEST_SHA256, known, 1800000000000, &e),
            e);
    ok_bytes(buf_bytes(&built), buf_bytes(&cms));
    struct bytes preimages[] = {buf_bytes(&cms), BYTES_NONE};
    struct binding b = {.format = FORMAT_CMS,
                        .artifact_digest = known,
                        .signed_digest = buf_bytes(&cms_digest),
                        .preimages = preimages,
                        .preimage_count = 1};
    ok_call(binding_check(&b, &e), e);
    b.format = FORMAT_PE;
    b.signed_digest = buf_bytes(&pe_digest);
    preimages[0] = buf_bytes(&pe);
    preimages[1] = buf_bytes(&content);
    b.preimage_count = 2;
    ok_call(binding_check(&b, &e), e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_lead_from_the_signature_to_the_file),
        cmocka_unit_test(attributes_and_content_lead_to_the_image),
        cmocka_unit_test(a_bare_hash_is_bound_by_itself),
        cmocka_unit_test(a_jar_cannot_be_bound),
        cmocka_unit_test(any_other_artifact_is_refused),
        cmocka_unit_test(any_change_of_a_preimage_is_refused),
        cmocka_unit_test(a_signature_of_one_format_does_not_count_for_the_other),
        cmocka_unit_test(content_that_was_not_signed_is_refused),
        cmocka_unit_test(hashes_must_be_the_declared_ones),
        cmocka_unit_test(preimages_are_limited_in_size),
        cmocka_unit_test(attributes_that_are_not_strict_are_refused_though_they_were_signed),
        cmocka_unit_test(the_examples_of_the_page_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
