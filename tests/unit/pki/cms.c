#include "unit/pki/hierarchy.h"

#include "pki/cms.h"
#include "pki/der.h"

static const uint8_t digest[32] = {4, 5, 6};

/* A detached message by the end entity of the hierarchy over content of that digest. */
static void message_make_with(struct buf *ret, const struct hierarchy *h, struct bytes timestamp)
{
    struct err e;
    uint8_t raw[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    ok_call(attributes_build(&set, ATTRIBUTES_ID_DATA, BYTES_OF(digest), HIERARCHY_START, &e), e);
    ok_call(session_key_sign(h->keys[LEAF], raw, buf_bytes(&set), &e), e);
    struct bytes certificates[] = {h->certs[LEAF].der, h->certs[CA].der};
    struct cms_plan plan = {.attributes = buf_bytes(&set),
                            .mechanism = MECHANISM_ECDSA_SHA256,
                            .signature = BYTES_OF(raw),
                            .certificates = certificates,
                            .certificate_count = 2,
                            .timestamp = timestamp};
    ok_call(cms_build(ret, &plan, &e), e);
}

static void message_make(struct buf *ret, const struct hierarchy *h)
{
    message_make_with(ret, h, BYTES_NONE);
}

static void a_message_of_ours_is_read_back_and_verified(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    AUTO_VALUE(buf) der = BUF(CMS_DER_MAX);
    AUTO(pubkey) key = NULL;
    struct cms cms;
    struct x509 cert;
    struct err e;
    hierarchy_make(&h);
    message_make(&der, &h);
    ok_call(cms_parse(&cms, buf_bytes(&der), &e), e);
    assert_int_equal(cms.signer_count, 1);
    assert_int_equal(cms.certificate_count, 2);
    assert_null(cms.content.data);
    ok_call(cms_signer_certificate(&cert, &cms, &cms.signers[0], &e), e);
    ok_bytes(cert.der, h.certs[LEAF].der);
    ok_call(pubkey_parse(&key, cert.spki, &e), e);
    ok_call(cms_verify(&cms.signers[0], key, ATTRIBUTES_ID_DATA, BYTES_OF(digest), &e), e);
}

static void a_message_over_something_else_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    AUTO_VALUE(buf) der = BUF(CMS_DER_MAX);
    AUTO(pubkey) key = NULL;
    AUTO(pubkey) other = NULL;
    static const uint8_t wrong[32];
    struct cms cms;
    struct err e;
    hierarchy_make(&h);
    message_make(&der, &h);
    ok_call(cms_parse(&cms, buf_bytes(&der), &e), e);
    ok_call(pubkey_parse(&key, session_key_spki(h.keys[LEAF]), &e), e);
    ok_call(pubkey_parse(&other, session_key_spki(h.keys[CA]), &e), e);
    struct cms_signer *signer = &cms.signers[0];
    ok_err(cms_verify(signer, key, ATTRIBUTES_ID_DATA, BYTES_OF(wrong), &e), e, ERR_AUTH,
           "other content");
    ok_err(cms_verify(signer, key, "1.2.3", BYTES_OF(digest), &e), e, ERR_AUTH, "another type");
    assert_false(cms_verify(signer, other, ATTRIBUTES_ID_DATA, BYTES_OF(digest), &e));
    assert_int_equal(e.code, ERR_AUTH);
    signer->attributes = BYTES_NONE;
    ok_err(cms_verify(signer, key, ATTRIBUTES_ID_DATA, BYTES_OF(digest), &e), e, ERR_INPUT,
           "no signed attributes");
}

static void every_cut_is_refused_and_leaves_the_result(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    AUTO_VALUE(buf) der = BUF(CMS_DER_MAX);
    static struct cms cms, before;
    struct err e;
    hierarchy_make(&h);
    message_make(&der, &h);
    memset(&before, 0xa5, sizeof before);
    cms = before;
    for (size_t size = 0; size < der.size; size++)
        assert_false(cms_parse(&cms, bytes_make(der.data, size), &e));
    buf_put_u8(&der, 0);
    ok_err(cms_parse(&cms, buf_bytes(&der), &e), e, ERR_INPUT, "too many at its end");
    assert_memory_equal(&cms, &before, sizeof cms);
}

static void an_indefinite_length_is_refused_with_a_way_out(void **state)
{
    (void)state;
    static const uint8_t ber[] = {0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48};
    struct cms cms;
    struct err e = {0};
    ok_err(cms_parse(&cms, BYTES_OF(ber), &e), e, ERR_INPUT, "BER");
    assert_non_null(strstr(e.hint, "DER"));
}

static void the_same_plan_gives_the_same_message(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    static const uint8_t raw[KEY_P256_SIGNATURE_SIZE] = {1};
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    AUTO_VALUE(buf) first = BUF(CMS_DER_MAX);
    AUTO_VALUE(buf) second = BUF(CMS_DER_MAX);
    struct err e;
    hierarchy_make(&h);
    ok_call(attributes_build(&set, ATTRIBUTES_ID_DATA, BYTES_OF(digest), HIERARCHY_START, &e), e);
    struct bytes certificates[] = {h.certs[LEAF].der, h.certs[CA].der};
    struct cms_plan plan = {.attributes = buf_bytes(&set),
                            .mechanism = MECHANISM_ECDSA_SHA256,
                            .signature = BYTES_OF(raw),
                            .certificates = certificates,
                            .certificate_count = 2};
    ok_call(cms_build(&first, &plan, &e), e);
    ok_call(cms_build(&second, &plan, &e), e);
    ok_bytes(buf_bytes(&first), buf_bytes(&second));
    plan.certificate_count = 0;
    ok_err(cms_build(&second, &plan, &e), e, ERR_INPUT, "certificates");
    plan.certificate_count = 2;
    plan.mechanism = MECHANISM_ED25519;
    ok_err(cms_build(&second, &plan, &e), e, ERR_INPUT, "ed25519");
}

static void unsigned_put(struct buf *b, const char *type, struct bytes token)
{
    struct attribute_mark mark = attribute_begin(b, type);
    buf_put(b, token);
    attribute_end(b, mark);
}

static void a_timestamp_is_put_beside_the_signature_and_found_there(void **state)
{
    (void)state;
    static const uint8_t token[] = {0x30, 1, 0x05};
    AUTO_VALUE(hierarchy) h;
    AUTO_VALUE(buf) der = BUF(CMS_DER_MAX);
    AUTO_VALUE(buf) authenticode = BUF(1024);
    AUTO_VALUE(buf) both = BUF(1024);
    AUTO(pubkey) key = NULL;
    struct cms cms;
    struct bytes got = BYTES_NONE;
    struct err e = {0};
    hierarchy_make(&h);
    message_make_with(&der, &h, BYTES_OF(token));
    ok_call(cms_parse(&cms, buf_bytes(&der), &e), e);
    ok_call(pubkey_parse(&key, session_key_spki(h.keys[LEAF]), &e), e);
    ok_call(cms_verify(&cms.signers[0], key, ATTRIBUTES_ID_DATA, BYTES_OF(digest), &e), e);
    ok_call(cms_timestamp(&got, &cms.signers[0], &e), e);
    ok_bytes(got, BYTES_OF(token));
    got = BYTES_NONE;
    unsigned_put(&authenticode, CMS_AUTHENTICODE_TIMESTAMP, BYTES_OF(token));
    struct cms_signer signer = {.unsigned_attributes = buf_bytes(&authenticode)};
    ok_call(cms_timestamp(&got, &signer, &e), e);
    ok_bytes(got, BYTES_OF(token));
    unsigned_put(&both, CMS_AUTHENTICODE_TIMESTAMP, BYTES_OF(token));
    unsigned_put(&both, CMS_TIMESTAMP, BYTES_OF(token));
    signer.unsigned_attributes = buf_bytes(&both);
    ok_err(cms_timestamp(&got, &signer, &e), e, ERR_INPUT, "two timestamps");
    signer.unsigned_attributes = BYTES_NONE;
    ok_err(cms_timestamp(&got, &signer, &e), e, ERR_NOT_FOUND, "no timestamp");
    signer.unsigned_attributes = bytes_text("x");
    ok_err(cms_timestamp(&got, &signer, &e), e, ERR_INPUT, "unsigned attributes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_of_ours_is_read_back_and_verified),
        cmocka_unit_test(a_message_over_something_else_is_refused),
        cmocka_unit_test(every_cut_is_refused_and_leaves_the_result),
        cmocka_unit_test(an_indefinite_length_is_refused_with_a_way_out),
        cmocka_unit_test(the_same_plan_gives_the_same_message),
        cmocka_unit_test(a_timestamp_is_put_beside_the_signature_and_found_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
