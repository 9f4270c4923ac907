#include "unit/page.h"
#include "unit/pki/hierarchy.h"

#include "base/hex.h"
#include "pki/lint.h"

static void a_certificate_says_what_its_plan_says(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    const struct x509 *leaf = &h.certs[LEAF];
    uint8_t authority[X509_AUTHORITY_SIZE];
    uint64_t number = 0;
    struct err e;
    assert_int_equal(leaf->version, 3);
    assert_int_equal(leaf->serial.size, X509_SERIAL_SIZE);
    assert_int_equal(leaf->serial.data[0], 0x7f);
    ok_bytes(leaf->issuer, h.certs[CA].subject);
    ok_bytes(leaf->spki, session_key_spki(h.keys[LEAF]));
    assert_true(leaf->not_before == HIERARCHY_START);
    assert_true(leaf->not_after == HIERARCHY_START + 90 * HIERARCHY_DAY - 1000);
    assert_int_equal(leaf->key_usage, X509_KU_DIGITAL_SIGNATURE);
    assert_int_equal(leaf->extended_key_usage, X509_EKU_CODE_SIGNING);
    ok_bytes(leaf->authority_key_id, h.certs[CA].subject_key_id);
    ok_text(leaf->crl_url, HIERARCHY_URL);
    assert_false(leaf->ca);
    ok_call(x509_number(leaf, bytes_text(HIERARCHY_ARC), authority, &number, &e), e);
    assert_memory_equal(authority, hierarchy_authority, sizeof authority);
    assert_int_equal(number, LEAF);
    assert_true(h.certs[CA].ca);
    assert_int_equal(h.certs[CA].path_length, 0);
    assert_int_equal(h.certs[ROOT].path_length, -1);
}

static void the_same_plan_gives_the_same_bytes(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct err e;
    for (unsigned i = 0; i < HIERARCHY_COUNT; i++) {
        AUTO_VALUE(buf) tbs = BUF(X509_DER_MAX);
        struct tbs_plan plan = hierarchy_plan(&h, i);
        ok_call(tbs_build(&tbs, &plan, &e), e);
        ok_bytes(buf_bytes(&tbs), h.certs[i].tbs);
    }
}

static void any_change_of_the_plan_changes_the_bytes(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    static const uint8_t other[X509_AUTHORITY_SIZE] = {1};
    struct tbs_plan plans[9];
    for (size_t i = 0; i < 9; i++)
        plans[i] = hierarchy_plan(&h, LEAF);
    plans[0].number++;
    plans[1].authority = BYTES_OF(other);
    plans[2].not_after -= 1000;
    plans[3].not_before += 1000;
    plans[4].spki = session_key_spki(h.keys[CA]);
    plans[5].subject = buf_bytes(&h.names[CA]);
    plans[6].crl_url = bytes_text("http://a.example/x.crl");
    plans[7].arc = bytes_text("1.3.6.1.4.1.99999");
    plans[8].mechanism = MECHANISM_ECDSA_SHA384;
    struct err e;
    for (size_t i = 0; i < 9; i++) {
        AUTO_VALUE(buf) tbs = BUF(X509_DER_MAX);
        ok_call(tbs_build(&tbs, &plans[i], &e), e);
        assert_false(bytes_equal(buf_bytes(&tbs), h.certs[LEAF].tbs));
    }
}

static void a_plan_that_is_not_of_its_profile_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct tbs_plan leaf = hierarchy_plan(&h, LEAF);
    struct tbs_plan root = hierarchy_plan(&h, ROOT);
    struct {
        struct tbs_plan plan;
        const char *says;
    } cases[] = {
        {leaf, "random for the serial number has 15 bytes"},
        {leaf, "authority id has 31 bytes"},
        {leaf, "not whole seconds"},
        {leaf, "would end before it begins"},
        {leaf, "must have the URL of its CRL"},
        {leaf, "does not begin with http"},
        {leaf, "a character that is not allowed"},
        {leaf, "must have its issuer's key identifier"},
        {leaf, "key identifier has 19 bytes"},
        {leaf, "number is not below 2^53"},
        {leaf, "arc is empty"},
        {leaf, "public key of the certificate"},
        {leaf, "subject of the certificate"},
        {leaf, "does not fit"},
        {root, "cannot have the URL of its CRL"},
        {root, "must be its own issuer"},
    };
    cases[0].plan.random.size = 15;
    cases[1].plan.authority.size = 31;
    cases[2].plan.not_before += 1;
    cases[3].plan.not_after = leaf.not_before - 1000;
    cases[4].plan.crl_url = BYTES_NONE;
    cases[5].plan.crl_url = bytes_text("ftp://sign.example/x");
    cases[6].plan.crl_url = bytes_text("http://sign.example/a b");
    cases[7].plan.issuer_key_id = BYTES_NONE;
    cases[8].plan.issuer_key_id.size = 19;
    cases[9].plan.number = UINT64_C(1) << 53;
    cases[10].plan.arc = BYTES_NONE;
    cases[11].plan.spki = bytes_text("key");
    cases[12].plan.subject = bytes_text("name");
    cases[13].plan.arc = bytes_text("1.x");
    cases[14].plan.crl_url = bytes_text(HIERARCHY_URL);
    cases[15].plan.issuer = buf_bytes(&h.names[LEAF]);
    for (size_t i = 0; i < 13; i++) {
        struct err e = {0};
        AUTO_VALUE(buf) tbs = BUF(X509_DER_MAX);
        ok_err(tbs_build(&tbs, &cases[i].plan, &e), e, ERR_INPUT, cases[i].says);
        assert_int_equal(tbs.size, 0);
    }
    AUTO_VALUE(buf) tbs = BUF(X509_DER_MAX);
    struct err e = {0};
    assert_false(tbs_build(&tbs, &cases[13].plan, &e));
    assert_non_null(strstr(e.hint, "1.x"));
    ok_err(tbs_build(&tbs, &cases[14].plan, &e), e, ERR_INPUT, cases[14].says);
    ok_err(tbs_build(&tbs, &cases[15].plan, &e), e, ERR_INPUT, cases[15].says);
}

static void a_serial_number_is_positive_and_of_full_length(void **state)
{
    (void)state;
    uint8_t random[X509_SERIAL_SIZE] = {0};
    uint8_t serial[X509_SERIAL_SIZE];
    tbs_serial(serial, BYTES_OF(random));
    assert_int_equal(serial[0], 0x40);
    memset(random, 0xff, sizeof random);
    tbs_serial(serial, BYTES_OF(random));
    assert_int_equal(serial[0], 0x7f);
    assert_memory_equal(serial + 1, random + 1, sizeof serial - 1);
}

static void what_is_built_has_no_fault_under_its_profile(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct err e;
    for (unsigned i = 0; i < HIERARCHY_COUNT; i++)
        ok_call(lint_check(&h.certs[i], (enum profile)i, bytes_text(HIERARCHY_ARC), &e), e);
}

static void name_make(struct buf *ret, const char *common_name)
{
    struct name name = {.country = bytes_text("DE"),
                        .organization = bytes_text("Example"),
                        .common_name = bytes_text(common_name)};
    struct err e;
    ok_call(name_build(ret, &name, &e), e);
}

/* base, base + 1, ... */
static struct bytes counted(uint8_t *ret, size_t size, uint8_t base)
{
    for (size_t i = 0; i < size; i++)
        ret[i] = (uint8_t)(base + i);
    return bytes_make(ret, size);
}

static void the_examples_of_the_page_are_what_is_built(void **state)
{
    (void)state;
    static const char point[] = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                                "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    uint8_t bits[KEY_P256_POINT_SIZE], random[X509_SERIAL_SIZE], authority[X509_AUTHORITY_SIZE];
    uint8_t key_id[X509_KEY_ID_SIZE];
    size_t place = 0;
    struct err e;
    AUTO_VALUE(buf) page = BUF(1 << 16);
    AUTO_VALUE(buf) want = BUF(4096);
    AUTO_VALUE(buf) number = BUF(4096);
    AUTO_VALUE(buf) issuer = BUF(NAME_DER_MAX);
    AUTO_VALUE(buf) subject = BUF(NAME_DER_MAX);
    AUTO_VALUE(buf) spki = BUF(KEY_SPKI_MAX);
    AUTO_VALUE(buf) tbs = BUF(X509_DER_MAX);
    page_read(&page, "certificates.md");
    name_make(&issuer, "Example Code Signing CA");
    name_make(&subject, "Release");
    page_hex(&want, page_block(&page, "name", &place));
    ok_bytes(buf_bytes(&subject), buf_bytes(&want));
    ok_call(hex_decode(bits, sizeof bits, bytes_text(point), &e), e);
    spki_put_p256(&spki, BYTES_OF(bits));
    struct tbs_plan plan = {.profile = PROFILE_PRIVATE,
                            .mechanism = MECHANISM_ECDSA_SHA256,
                            .random = counted(random, sizeof random, 0),
                            .issuer = buf_bytes(&issuer),
                            .subject = buf_bytes(&subject),
                            .not_before = HIERARCHY_START,
                            .not_after = HIERARCHY_START + 90 * HIERARCHY_DAY - 1000,
                            .spki = buf_bytes(&spki),
                            .issuer_key_id = counted(key_id, sizeof key_id, 0xa0),
                            .crl_url = bytes_text(HIERARCHY_URL),
                            .arc = bytes_text(HIERARCHY_ARC),
                            .authority = counted(authority, sizeof authority, 0),
                            .number = 812};
    ok_call(tbs_build(&tbs, &plan, &e), e);
    page_hex(&number, page_block(&page, "number", &place));
    ok_bytes(bytes_make(tbs.data + tbs.size - number.size, number.size), buf_bytes(&number));
    buf_reset(&want);
    page_hex(&want, page_block(&page, "tbs", &place));
    ok_bytes(buf_bytes(&tbs), buf_bytes(&want));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_says_what_its_plan_says),
        cmocka_unit_test(the_same_plan_gives_the_same_bytes),
        cmocka_unit_test(any_change_of_the_plan_changes_the_bytes),
        cmocka_unit_test(a_plan_that_is_not_of_its_profile_is_refused),
        cmocka_unit_test(a_serial_number_is_positive_and_of_full_length),
        cmocka_unit_test(what_is_built_has_no_fault_under_its_profile),
        cmocka_unit_test(the_examples_of_the_page_are_what_is_built),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
