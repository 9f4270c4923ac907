#include "unit/pki/hierarchy.h"

#include "pki/chain.h"

#define NOW (HIERARCHY_START + HIERARCHY_DAY)

static void a_chain_of_ours_verifies(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct chain chain;
    struct err e;
    ok_call(chain_verify(&chain, CHAIN_CODE_SIGNING, &h.certs[LEAF], &h.certs[CA], 1,
                         &h.certs[ROOT], NOW, &e),
            e);
    assert_int_equal(chain.count, 3);
    assert_ptr_equal(chain.list[0], &h.certs[LEAF]);
    assert_ptr_equal(chain.list[2], &h.certs[ROOT]);
}

static void certificates_that_do_not_belong_are_passed_over(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    AUTO_VALUE(hierarchy) other;
    hierarchy_make(&h);
    hierarchy_make(&other);
    struct x509 between[] = {other.certs[CA], h.certs[LEAF], h.certs[ROOT], h.certs[CA]};
    struct err e;
    ok_call(
        chain_verify(NULL, CHAIN_CODE_SIGNING, &h.certs[LEAF], between, 4, &h.certs[ROOT], NOW, &e),
        e);
    /* The other root has the same name: its key is what tells them apart. */
    assert_false(chain_verify(NULL, CHAIN_CODE_SIGNING, &h.certs[LEAF], between, 4,
                              &other.certs[ROOT], NOW, &e));
    assert_int_equal(e.code, ERR_AUTH);
}

struct spoil {
    void (*spoil)(struct x509 certs[HIERARCHY_COUNT]);
    const char *rule;
};

static void no_code_signing(struct x509 *c)
{
    c[LEAF].extended_key_usage = X509_EKU_ANY;
}

static void ca_without_code_signing(struct x509 *c)
{
    c[CA].extended_key_usage = X509_EKU_TIME_STAMPING;
}

static void ca_without_purpose(struct x509 *c)
{
    c[CA].present &= ~X509_EXT_EXTENDED_KEY_USAGE;
    c[CA].extended_key_usage = 0;
}

static void root_for_something_else(struct x509 *c)
{
    c[ROOT].present |= X509_EXT_EXTENDED_KEY_USAGE;
    c[ROOT].extended_key_usage = X509_EKU_OTHER;
}

static void leaf_without_usage(struct x509 *c)
{
    c[LEAF].key_usage = 0;
}

static void leaf_that_signs_certificates(struct x509 *c)
{
    c[LEAF].key_usage |= X509_KU_CERT_SIGN;
}

static void ca_that_cannot_sign(struct x509 *c)
{
    c[CA].key_usage = X509_KU_CRL_SIGN;
}

static void leaf_that_is_ca(struct x509 *c)
{
    c[LEAF].ca = true;
}

static void ca_that_is_none(struct x509 *c)
{
    c[CA].ca = false;
}

static void root_that_is_no_ca(struct x509 *c)
{
    c[ROOT].ca = false;
}

static void root_path_too_short(struct x509 *c)
{
    c[ROOT].path_length = 0;
}

static void expired_ca(struct x509 *c)
{
    c[CA].not_after = NOW - 1000;
}

static void leaf_of_tomorrow(struct x509 *c)
{
    c[LEAF].not_before = NOW + 1000;
}

static void unknown_critical_in_ca(struct x509 *c)
{
    c[CA].unknown_critical = bytes_text("x");
}

static void old_version(struct x509 *c)
{
    c[CA].version = 1;
}

static void other_key_id(struct x509 *c)
{
    c[CA].subject_key_id.size--;
}

static void other_name(struct x509 *c)
{
    c[CA].subject = c[LEAF].subject;
}

static const struct spoil spoils[] = {
    {no_code_signing, "chain.purpose"},    {ca_without_code_signing, "chain.purpose"},
    {ca_without_purpose, "chain.purpose"}, {root_for_something_else, "chain.purpose"},
    {leaf_without_usage, "chain.usage"},   {leaf_that_signs_certificates, "chain.usage"},
    {ca_that_cannot_sign, "chain.usage"},  {leaf_that_is_ca, "chain.ca"},
    {ca_that_is_none, "chain.ca"},         {root_that_is_no_ca, "chain.ca"},
    {root_path_too_short, "chain.length"}, {expired_ca, "chain.validity"},
    {leaf_of_tomorrow, "chain.validity"},  {unknown_critical_in_ca, "chain.extension"},
    {old_version, "chain.version"},        {other_key_id, "chain.issuer"},
    {other_name, "chain.issuer"},
};

static void each_fault_is_refused_by_its_rule(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        struct x509 certs[HIERARCHY_COUNT];
        struct chain chain = {.count = 99};
        struct err e = {0};
        memcpy(certs, h.certs, sizeof certs);
        spoils[i].spoil(certs);
        assert_false(chain_verify(&chain, CHAIN_CODE_SIGNING, &certs[LEAF], &certs[CA], 1,
                                  &certs[ROOT], NOW, &e));
        assert_string_equal(e.rule, spoils[i].rule);
        assert_int_equal(chain.count, 99);
    }
}

static void a_forged_signature_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct x509 forged = h.certs[LEAF];
    struct err e;
    forged.signature = h.certs[CA].signature;
    assert_false(
        chain_verify(NULL, CHAIN_CODE_SIGNING, &forged, &h.certs[CA], 1, &h.certs[ROOT], NOW, &e));
    assert_int_equal(e.code, ERR_AUTH);
}

/* A CA below the issuing CA, signed by it, though its path length is 0. */
static void an_issuing_ca_cannot_make_another_one(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct tbs_plan plan = hierarchy_plan(&h, CA);
    struct tbs_plan below = hierarchy_plan(&h, LEAF);
    AUTO_VALUE(buf) ca = BUF(X509_DER_MAX);
    AUTO_VALUE(buf) leaf = BUF(X509_DER_MAX);
    struct x509 between[2], end;
    struct err e;
    plan.issuer = buf_bytes(&h.names[CA]);
    plan.subject = buf_bytes(&h.names[LEAF]);
    plan.issuer_key_id = h.certs[CA].subject_key_id;
    plan.spki = session_key_spki(h.keys[LEAF]);
    hierarchy_issue(&ca, &plan, h.keys[CA]);
    between[0] = h.certs[CA];
    ok_call(x509_parse(&between[1], buf_bytes(&ca), &e), e);
    below.issuer = buf_bytes(&h.names[LEAF]);
    below.subject = buf_bytes(&h.names[ROOT]);
    below.issuer_key_id = between[1].subject_key_id;
    hierarchy_issue(&leaf, &below, h.keys[LEAF]);
    ok_call(x509_parse(&end, buf_bytes(&leaf), &e), e);
    assert_false(chain_verify(NULL, CHAIN_CODE_SIGNING, &end, between, 2, &h.certs[ROOT], NOW, &e));
    assert_string_equal(e.rule, "chain.length");
}

static void a_chain_is_good_for_its_own_purpose_only(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make_for(&h, PROFILE_TIMESTAMP_CA, PROFILE_TIMESTAMP);
    struct x509 certs[HIERARCHY_COUNT];
    struct err e = {0};
    ok_call(chain_verify(NULL, CHAIN_TIME_STAMPING, &h.certs[LEAF], &h.certs[CA], 1, &h.certs[ROOT],
                         NOW, &e),
            e);
    assert_false(chain_verify(NULL, CHAIN_CODE_SIGNING, &h.certs[LEAF], &h.certs[CA], 1,
                              &h.certs[ROOT], NOW, &e));
    assert_string_equal(e.rule, "chain.purpose");
    assert_false(
        chain_verify(NULL, CHAIN_LIST, &h.certs[LEAF], &h.certs[CA], 1, &h.certs[ROOT], NOW, &e));
    assert_string_equal(e.rule, "chain.purpose");
    memcpy(certs, h.certs, sizeof certs);
    ca_without_purpose(certs);
    ok_call(
        chain_verify(NULL, CHAIN_TIME_STAMPING, &certs[LEAF], &certs[CA], 1, &certs[ROOT], NOW, &e),
        e);
    certs[LEAF].extended_key_usage |= X509_EKU_CODE_SIGNING;
    assert_false(chain_verify(NULL, CHAIN_TIME_STAMPING, &certs[LEAF], &certs[CA], 1, &certs[ROOT],
                              NOW, &e));
    assert_string_equal(e.rule, "chain.purpose");
    certs[LEAF] = h.certs[LEAF];
    certs[LEAF].critical &= ~X509_EXT_EXTENDED_KEY_USAGE;
    assert_false(chain_verify(NULL, CHAIN_TIME_STAMPING, &certs[LEAF], &certs[CA], 1, &certs[ROOT],
                              NOW, &e));
    assert_string_equal(e.rule, "chain.purpose");
}

static void a_list_is_signed_under_the_root_itself(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct tbs_plan plan = hierarchy_plan(&h, CA);
    AUTO_VALUE(buf) by_root = BUF(X509_DER_MAX);
    AUTO_VALUE(buf) by_ca = BUF(X509_DER_MAX);
    struct x509 list;
    struct err e = {0};
    plan.profile = PROFILE_LIST;
    plan.subject = buf_bytes(&h.names[LEAF]);
    plan.spki = session_key_spki(h.keys[LEAF]);
    hierarchy_issue(&by_root, &plan, h.keys[ROOT]);
    ok_call(x509_parse(&list, buf_bytes(&by_root), &e), e);
    ok_call(chain_verify(NULL, CHAIN_LIST, &list, NULL, 0, &h.certs[ROOT], NOW, &e), e);
    assert_false(chain_verify(NULL, CHAIN_CODE_SIGNING, &list, NULL, 0, &h.certs[ROOT], NOW, &e));
    assert_false(
        chain_verify(NULL, CHAIN_LIST, &h.certs[LEAF], &h.certs[CA], 1, &h.certs[ROOT], NOW, &e));
    plan.issuer = buf_bytes(&h.names[CA]);
    plan.issuer_key_id = h.certs[CA].subject_key_id;
    hierarchy_issue(&by_ca, &plan, h.keys[CA]);
    ok_call(x509_parse(&list, buf_bytes(&by_ca), &e), e);
    assert_false(chain_verify(NULL, CHAIN_LIST, &list, &h.certs[CA], 1, &h.certs[ROOT], NOW, &e));
    assert_string_equal(e.rule, "chain.purpose");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_of_ours_verifies),
        cmocka_unit_test(certificates_that_do_not_belong_are_passed_over),
        cmocka_unit_test(each_fault_is_refused_by_its_rule),
        cmocka_unit_test(a_forged_signature_is_refused),
        cmocka_unit_test(an_issuing_ca_cannot_make_another_one),
        cmocka_unit_test(a_chain_is_good_for_its_own_purpose_only),
        cmocka_unit_test(a_list_is_signed_under_the_root_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
