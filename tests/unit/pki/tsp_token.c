#include "unit/pki/hierarchy.h"

#include "pki/der.h"
#include "pki/tsp_token.h"

#define NOW (HIERARCHY_START + HIERARCHY_DAY + 5)

static const char message[] = "what is stamped";

/* How a token differs from a good one. */
struct spoil {
    int64_t time;
    struct bytes certificate; /* that ESSCertIDv2 names; data NULL: the authority's */
    bool bare;                /* without certificates */
    unsigned by;              /* whose key signs */
};

static const struct spoil good = {.time = NOW, .by = LEAF};

static void token_make(struct buf *ret, const struct hierarchy *h, const struct spoil *spoil)
{
    struct err e;
    uint8_t raw[KEY_P256_SIGNATURE_SIZE], imprint[DIGEST_SHA256_SIZE];
    AUTO_VALUE(buf) info = BUF(TSP_INFO_MAX);
    AUTO_VALUE(buf) attributes = BUF(ATTRIBUTES_MAX);
    digest_sha256(imprint, bytes_text(message));
    struct bytes certificates[] = {h->certs[LEAF].der, h->certs[CA].der};
    struct tsp_plan plan = {.arc = bytes_text(HIERARCHY_ARC),
                            .alg = DIGEST_SHA256,
                            .imprint = BYTES_OF(imprint),
                            .serial = 1,
                            .time = spoil->time,
                            .accuracy = 1000};
    ok_call(tsp_info_build(&info, &plan, &e), e);
    ok_call(tsp_attributes_build(
                &attributes, buf_bytes(&info), DIGEST_SHA256,
                spoil->certificate.data != NULL ? spoil->certificate : certificates[0], &e),
            e);
    ok_call(session_key_sign(h->keys[spoil->by], raw, buf_bytes(&attributes), &e), e);
    struct tsp_token_plan token = {.info = buf_bytes(&info),
                                   .attributes = buf_bytes(&attributes),
                                   .mechanism = MECHANISM_ECDSA_SHA256,
                                   .signature = BYTES_OF(raw),
                                   .certificates = certificates,
                                   .certificate_count = 2,
                                   .with_certificates = !spoil->bare};
    ok_call(tsp_token_build(ret, &token, &e), e);
}

static bool verify(struct tsp_verified *ret, const struct hierarchy *h, const struct spoil *spoil,
                   const struct tsp_trust *trust, struct err *e)
{
    struct tsp_token token;
    AUTO_VALUE(buf) der = BUF(TSP_TOKEN_MAX);
    token_make(&der, h, spoil);
    ok_call(tsp_token_parse(&token, buf_bytes(&der), e), *e);
    return tsp_token_verify(ret, &token, bytes_text(message), trust, e);
}

static void a_token_of_ours_verifies_and_gives_its_time(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make_for(&h, PROFILE_TIMESTAMP_CA, PROFILE_TIMESTAMP);
    struct tsp_trust trust = {.roots = &h.certs[ROOT], .root_count = 1};
    struct tsp_token token;
    struct tsp_verified v;
    struct err e;
    AUTO_VALUE(buf) der = BUF(TSP_TOKEN_MAX);
    token_make(&der, &h, &good);
    ok_call(tsp_token_parse(&token, buf_bytes(&der), &e), e);
    ok_call(tsp_token_verify(&v, &token, bytes_text(message), &trust, &e), e);
    assert_int_equal(v.time, NOW);
    assert_int_equal(v.accuracy, 1000);
    assert_int_equal(v.chain_count, 3);
    ok_bytes(v.chain[0], h.certs[LEAF].der);
    ok_bytes(v.chain[2], h.certs[ROOT].der);
}

static void certificates_may_come_from_elsewhere(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make_for(&h, PROFILE_TIMESTAMP_CA, PROFILE_TIMESTAMP);
    struct spoil bare = good;
    struct tsp_trust trust = {.roots = &h.certs[ROOT], .root_count = 1};
    struct tsp_verified v;
    struct err e = {0};
    bare.bare = true;
    assert_false(verify(&v, &h, &bare, &trust, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    trust.others = &h.certs[CA];
    trust.other_count = 2;
    ok_call(verify(&v, &h, &bare, &trust, &e), e);
}

static void a_token_that_does_not_hold_is_refused_by_its_rule(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    AUTO_VALUE(hierarchy) code;
    hierarchy_make_for(&h, PROFILE_TIMESTAMP_CA, PROFILE_TIMESTAMP);
    hierarchy_make(&code);
    const struct {
        const struct hierarchy *h;
        struct spoil spoil;
        enum err_code code;
        const char *rule;
    } cases[] = {
        {&h, {.time = NOW, .by = CA}, ERR_AUTH, ""},
        {&h,
         {.time = NOW, .by = LEAF, .certificate = h.certs[CA].der},
         ERR_REFUSED,
         "timestamp.certificate"},
        {&h, {.time = HIERARCHY_START - 1, .by = LEAF}, ERR_REFUSED, "chain.validity"},
        {&code, {.time = NOW, .by = LEAF}, ERR_REFUSED, "chain.purpose"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tsp_trust trust = {.roots = &cases[i].h->certs[ROOT], .root_count = 1};
        struct tsp_verified v = {.time = 99};
        struct err e = {0};
        assert_false(verify(&v, cases[i].h, &cases[i].spoil, &trust, &e));
        assert_int_equal(e.code, cases[i].code);
        assert_string_equal(e.rule, cases[i].rule);
        assert_int_equal(v.time, 99);
    }
}

static void what_was_stamped_and_who_is_trusted_are_asked(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    AUTO_VALUE(hierarchy) other;
    hierarchy_make_for(&h, PROFILE_TIMESTAMP_CA, PROFILE_TIMESTAMP);
    hierarchy_make_for(&other, PROFILE_TIMESTAMP_CA, PROFILE_TIMESTAMP);
    struct tsp_trust trust = {.roots = &h.certs[ROOT], .root_count = 1};
    struct x509 roots[] = {other.certs[ROOT], h.certs[ROOT]};
    struct tsp_token token;
    struct tsp_verified v;
    struct err e = {0};
    AUTO_VALUE(buf) der = BUF(TSP_TOKEN_MAX);
    token_make(&der, &h, &good);
    ok_call(tsp_token_parse(&token, buf_bytes(&der), &e), e);
    assert_false(tsp_token_verify(&v, &token, bytes_text("else"), &trust, &e));
    assert_string_equal(e.rule, "timestamp.imprint");
    trust.root_count = 0;
    assert_false(tsp_token_verify(&v, &token, bytes_text(message), &trust, &e));
    assert_string_equal(e.rule, "chain.issuer");
    trust.roots = roots;
    trust.root_count = 1;
    assert_false(tsp_token_verify(&v, &token, bytes_text(message), &trust, &e));
    trust.root_count = 2;
    ok_call(tsp_token_verify(&v, &token, bytes_text(message), &trust, &e), e);
}

/* The certificate's hash alone can differ: a second certificate of the same name and number. */
static void another_certificate_of_the_same_name_and_number_is_noticed(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make_for(&h, PROFILE_TIMESTAMP_CA, PROFILE_TIMESTAMP);
    struct tbs_plan plan = hierarchy_plan(&h, LEAF);
    struct tsp_trust trust = {.roots = &h.certs[ROOT], .root_count = 1};
    struct tsp_verified v;
    struct spoil spoil = good;
    struct err e = {0};
    AUTO_VALUE(buf) twin = BUF(X509_DER_MAX);
    plan.not_after -= 1000;
    hierarchy_issue(&twin, &plan, h.keys[CA]);
    spoil.certificate = buf_bytes(&twin);
    assert_false(verify(&v, &h, &spoil, &trust, &e));
    assert_string_equal(e.rule, "timestamp.certificate");
}

static void damage_is_an_error_and_leaves_the_result_alone(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make_for(&h, PROFILE_TIMESTAMP_CA, PROFILE_TIMESTAMP);
    struct tsp_trust trust = {.roots = &h.certs[ROOT], .root_count = 1};
    struct tsp_token token = {.content.size = 99};
    struct tsp_verified v = {.time = 99};
    struct err e;
    AUTO_VALUE(buf) der = BUF(TSP_TOKEN_MAX);
    token_make(&der, &h, &good);
    for (size_t size = 0; size < der.size; size++)
        assert_false(tsp_token_parse(&token, bytes_make(der.data, size), &e));
    buf_put_u8(&der, 0);
    assert_false(tsp_token_parse(&token, buf_bytes(&der), &e));
    assert_int_equal(token.content.size, 99);
    /* Behind the certificates each flipped bit is found; what unused certificates say is free. */
    for (size_t at = der.size - 300; at + 1 < der.size; at++) {
        der.data[at] ^= 1;
        bool ok = tsp_token_parse(&token, bytes_make(der.data, der.size - 1), &e) &&
                  tsp_token_verify(&v, &token, bytes_text(message), &trust, &e);
        der.data[at] ^= 1;
        assert_false(ok);
    }
    assert_int_equal(v.time, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_of_ours_verifies_and_gives_its_time),
        cmocka_unit_test(certificates_may_come_from_elsewhere),
        cmocka_unit_test(a_token_that_does_not_hold_is_refused_by_its_rule),
        cmocka_unit_test(what_was_stamped_and_who_is_trusted_are_asked),
        cmocka_unit_test(another_certificate_of_the_same_name_and_number_is_noticed),
        cmocka_unit_test(damage_is_an_error_and_leaves_the_result_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
