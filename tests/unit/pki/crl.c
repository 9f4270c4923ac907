#include "unit/page.h"
#include "unit/pki/hierarchy.h"
#include "unit/pki/vectors.h"

#include "pki/crl.h"
#include "pki/openssl.h"

#define NOW (HIERARCHY_START + HIERARCHY_DAY)
#define WEEK (7 * HIERARCHY_DAY)

/* ---- The published samples ---- */

/* Their keys have 1,024 bits, which pki/key does not take: OpenSSL checks the signature here. */
static bool sample_is_signed(const struct crl *crl, const struct x509 *issuer)
{
    const uint8_t *spki = issuer->spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &spki, (long)issuer->spki.size);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_non_null(key);
    assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
    bool holds = EVP_DigestVerify(ctx, crl->signature.data, crl->signature.size, crl->tbs.data,
                                  crl->tbs.size) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return holds;
}

static const char *sample_judge(struct bytes der, const struct x509 *cert,
                                const struct x509 *issuer)
{
    struct crl crl;
    struct crl_entry entry;
    struct err e;
    int64_t time = INT64_C(1489017600000);
    if (!crl_parse(&crl, der, &e) || !crl_check_issuer(&crl, issuer, &e) ||
        !crl_check_time(&crl, time, WEEK, &e) || !crl_check_scope(&crl, cert, &e) ||
        !sample_is_signed(&crl, issuer))
        return "unknown";
    return crl_find(&crl, cert->serial, &entry) ? "revoked" : "good";
}

static void published_samples_get_the_expected_verdict(void **state)
{
    (void)state;
    AUTO_VALUE(buf) text = BUF(1 << 20);
    AUTO_VALUE(buf) ca = BUF(1 << 16);
    AUTO_VALUE(buf) leaf = BUF(1 << 16);
    AUTO_VALUE(buf) list = BUF(1 << 16);
    struct x509 issuer, cert;
    struct err e;
    size_t wrong = 0, count = 0;
    vectors_read(&text, "../crl/cases.txt");
    struct bytes rest = buf_bytes(&text), fields[VECTOR_FIELDS];
    while (vectors_next(&rest, fields)) {
        if (bytes_is(fields[0], "issuer")) {
            ok_call(x509_parse(&issuer, vectors_hex(&ca, fields[1]), &e), e);
            continue;
        }
        ok_call(x509_parse(&cert, vectors_hex(&leaf, fields[2]), &e), e);
        const char *verdict = sample_judge(vectors_hex(&list, fields[3]), &cert, &issuer);
        count++;
        if (bytes_is(fields[1], verdict))
            continue;
        print_error("%.*s: %s\n", BYTES_PRINT(fields[0]), verdict);
        wrong++;
    }
    assert_int_equal(count, 32);
    assert_int_equal(wrong, 0);
}

/* ---- Our own ---- */

static struct crl_entry entry_make(struct bytes serial, int64_t time, enum crl_reason reason)
{
    struct crl_entry entry;
    struct err e;
    ok_call(crl_entry_make(&entry, serial, time, reason, &e), e);
    return entry;
}

static struct crl_plan plan_make(const struct hierarchy *h, const struct crl_entry *entries,
                                 size_t count)
{
    return (struct crl_plan){.mechanism = MECHANISM_ECDSA_SHA256,
                             .issuer = h->certs[CA].subject,
                             .issuer_key_id = h->certs[CA].subject_key_id,
                             .beginning = h->certs[CA].not_before,
                             .this_update = NOW,
                             .next_update = NOW + WEEK,
                             .number = 41,
                             .url = bytes_text(HIERARCHY_URL),
                             .entries = entries,
                             .count = count};
}

static void issue(struct buf *ret, const struct hierarchy *h, const struct crl_plan *plan)
{
    struct err e;
    uint8_t raw[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) tbs = BUF(CRL_DER_MAX);
    ok_call(crl_build(&tbs, plan, &e), e);
    ok_call(session_key_sign(h->keys[CA], raw, buf_bytes(&tbs), &e), e);
    ok_call(crl_finish(ret, buf_bytes(&tbs), plan->mechanism, BYTES_OF(raw), &e), e);
}

static bool judge(const struct crl *crl, const struct hierarchy *h, struct err *e)
{
    AUTO(pubkey) key = NULL;
    return crl_check_issuer(crl, &h->certs[CA], e) && pubkey_parse(&key, h->certs[CA].spki, e) &&
           crl_verify(crl, key, e) && crl_check_time(crl, NOW, WEEK, e) &&
           crl_check_scope(crl, &h->certs[LEAF], e);
}

static void what_is_written_is_read_and_answers(void **state)
{
    (void)state;
    static const uint8_t low[] = {5}, high[] = {0x80};
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct crl_entry entries[] = {
        entry_make(h.certs[LEAF].serial, 0, CRL_KEY_COMPROMISE),
        entry_make(BYTES_OF(high), NOW + 999, CRL_UNSPECIFIED),
        entry_make(BYTES_OF(low), INT64_C(2524608000000), CRL_SUPERSEDED), /* 2050 */
    };
    AUTO_VALUE(buf) der = BUF(CRL_DER_MAX);
    struct crl crl;
    struct crl_entry found;
    struct err e;
    ok_call(crl_sort(entries, 3, &e), e);
    struct crl_plan plan = plan_make(&h, entries, 3);
    issue(&der, &h, &plan);
    ok_call(crl_parse(&crl, buf_bytes(&der), &e), e);
    ok_call(judge(&crl, &h, &e), e);
    assert_int_equal(crl.count, 3);
    assert_int_equal(crl.number.data[0], 41);
    assert_true(crl_find(&crl, h.certs[LEAF].serial, &found));
    assert_int_equal(found.time, h.certs[CA].not_before);
    assert_int_equal(found.reason, CRL_KEY_COMPROMISE);
    assert_true(crl_find(&crl, BYTES_OF(high), &found));
    assert_int_equal(found.time, NOW);
    assert_int_equal(found.reason, CRL_UNSPECIFIED);
    assert_true(crl_find(&crl, BYTES_OF(low), &found));
    assert_int_equal(found.time, INT64_C(2524608000000));
    assert_false(crl_find(&crl, h.certs[CA].issuer, &found));
}

static void a_list_without_entries_has_no_field_for_them(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    AUTO_VALUE(buf) der = BUF(X509_DER_MAX);
    struct crl_plan plan = plan_make(&h, NULL, 0);
    struct crl crl;
    struct crl_entry found;
    struct err e;
    issue(&der, &h, &plan);
    ok_call(crl_parse(&crl, buf_bytes(&der), &e), e);
    assert_null(crl.entries.data);
    assert_false(crl_find(&crl, h.certs[LEAF].serial, &found));
}

/* Serial numbers of all lengths, among them many that begin alike. */
static void sorting_is_by_number(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    static struct crl_entry entries[COUNT];
    uint32_t seed = 1;
    struct err e;
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t serial[18] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
        size_t size = 1 + seed % sizeof serial;
        for (size_t k = size > 12 ? 12 : 0; k < size; k++) {
            seed = seed * 1664525 + 1013904223;
            serial[k] = (uint8_t)(seed >> 24 | 1);
        }
        entries[i] = entry_make(bytes_make(serial, size), NOW, CRL_UNSPECIFIED);
    }
    ok_call(crl_sort(entries, COUNT, &e), e);
    for (size_t i = 1; i < COUNT; i++) {
        const struct crl_entry *a = &entries[i - 1], *b = &entries[i];
        assert_true(a->serial_size <= b->serial_size);
        if (a->serial_size == b->serial_size)
            assert_true(memcmp(a->serial, b->serial, a->serial_size) <= 0);
    }
}

static void a_plan_that_is_wrong_is_refused(void **state)
{
    (void)state;
    static const uint8_t one[] = {1}, two[] = {2};
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct crl_entry entries[] = {entry_make(BYTES_OF(two), NOW, 1),
                                  entry_make(BYTES_OF(one), NOW, 1)};
    struct crl_entry twice[] = {entries[0], entries[0]};
    struct crl_entry reason = entries[0], late = entries[0];
    reason.reason = CRL_CERTIFICATE_HOLD;
    late.time = INT64_MAX;
    struct {
        struct crl_plan plan;
        const char *says;
    } cases[] = {
        {plan_make(&h, entries, 2), "is not above"}, {plan_make(&h, twice, 2), "is not above"},
        {plan_make(&h, &reason, 1), "reason 6"},     {plan_make(&h, &late, 1), "cannot be written"},
        {plan_make(&h, entries, 1), "end before"},   {plan_make(&h, entries, 1), "no key id"},
        {plan_make(&h, entries, 1), "issuer"},
    };
    cases[4].plan.next_update = cases[4].plan.this_update;
    cases[5].plan.issuer_key_id = BYTES_NONE;
    cases[6].plan.issuer = bytes_text("x");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) tbs = BUF(CRL_DER_MAX);
        struct err e = {0};
        ok_err(crl_build(&tbs, &cases[i].plan, &e), e, ERR_INPUT, cases[i].says);
        assert_int_equal(tbs.size, 0);
    }
    struct crl_entry none = {.reason = 99};
    struct err e = {0};
    ok_err(crl_entry_make(&none, bytes_make("\0", 1), 0, 1, &e), e, ERR_INPUT, "cannot stand");
    assert_int_equal(none.reason, 99);
}

static void what_does_not_answer_for_a_certificate_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    AUTO_VALUE(hierarchy) other;
    hierarchy_make(&h);
    hierarchy_make(&other);
    struct crl_plan plan = plan_make(&h, NULL, 0);
    struct crl_plan elsewhere = plan, users = plan;
    elsewhere.url = bytes_text("https://sign.example/crl/0011223344556677/2027Q2.crl");
    users.users_only = true;
    AUTO_VALUE(buf) der = BUF(X509_DER_MAX);
    AUTO_VALUE(buf) der_elsewhere = BUF(X509_DER_MAX);
    AUTO_VALUE(buf) der_users = BUF(X509_DER_MAX);
    AUTO(pubkey) wrong_key = NULL;
    struct crl crl;
    struct err e = {0};
    issue(&der, &h, &plan);
    issue(&der_elsewhere, &h, &elsewhere);
    issue(&der_users, &h, &users);
    ok_call(crl_parse(&crl, buf_bytes(&der_elsewhere), &e), e);
    ok_err(judge(&crl, &h, &e), e, ERR_REFUSED, "another partition");
    ok_call(crl_parse(&crl, buf_bytes(&der_users), &e), e);
    ok_call(judge(&crl, &h, &e), e);
    assert_false(crl_check_scope(&crl, &h.certs[CA], &e));
    assert_string_equal(e.rule, "crl.scope");
    ok_call(crl_parse(&crl, buf_bytes(&der), &e), e);
    assert_false(crl_check_issuer(&crl, &h.certs[ROOT], &e));
    assert_string_equal(e.rule, "crl.issuer");
    assert_false(crl_check_issuer(&crl, &other.certs[CA], &e));
    assert_string_equal(e.rule, "crl.issuer");
    ok_call(pubkey_parse(&wrong_key, other.certs[CA].spki, &e), e);
    assert_false(crl_verify(&crl, wrong_key, &e));
    assert_int_equal(e.code, ERR_AUTH);
    struct x509 issuer = h.certs[CA];
    issuer.key_usage = X509_KU_CERT_SIGN;
    assert_false(crl_check_issuer(&crl, &issuer, &e));
    assert_string_equal(e.rule, "crl.usage");
}

static void a_list_counts_from_its_time_to_the_next_one(void **state)
{
    (void)state;
    static const struct {
        int64_t next, time, age;
        bool good;
    } cases[] = {
        {NOW + WEEK, NOW, 0, true},        {NOW + WEEK, NOW - 1, 0, false},
        {NOW + WEEK, NOW + WEEK, 0, true}, {NOW + WEEK, NOW + WEEK + 1, 0, false},
        {NOW + WEEK, NOW + 10, 9, false},  {NOW + WEEK, NOW + 10, 10, true},
        {CRL_NO_TIME, NOW, 0, false},      {CRL_NO_TIME, NOW + 10, 10, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct crl crl = {.this_update = NOW, .next_update = cases[i].next};
        struct err e = {0};
        assert_int_equal(crl_check_time(&crl, cases[i].time, cases[i].age, &e), cases[i].good);
        assert_string_equal(e.rule, cases[i].good ? "" : "crl.time");
    }
}

static void damage_is_an_error_and_leaves_the_result_alone(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) h;
    hierarchy_make(&h);
    struct crl_entry entry = entry_make(h.certs[LEAF].serial, 0, CRL_KEY_COMPROMISE);
    struct crl_plan plan = plan_make(&h, &entry, 1);
    AUTO_VALUE(buf) der = BUF(X509_DER_MAX);
    struct crl crl = {.count = 99};
    struct err e;
    issue(&der, &h, &plan);
    for (size_t size = 0; size < der.size; size++)
        assert_false(crl_parse(&crl, bytes_make(der.data, size), &e));
    buf_put_u8(&der, 0);
    assert_false(crl_parse(&crl, buf_bytes(&der), &e));
    assert_int_equal(crl.count, 99);
    /* Each flipped bit is found, by the parser or by the signature. */
    for (size_t at = 0; at + 1 < der.size; at++) {
        struct crl flipped;
        der.data[at] ^= 1;
        bool good =
            crl_parse(&flipped, bytes_make(der.data, der.size - 1), &e) && judge(&flipped, &h, &e);
        der.data[at] ^= 1;
        assert_false(good);
    }
}

static void reasons_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(crl_reason_name(9), "privilegeWithdrawn");
    assert_string_equal(crl_reason_name(1), "keyCompromise");
    assert_null(crl_reason_name(7));
    assert_null(crl_reason_name(11));
}

static void the_example_of_the_page_is_what_is_built(void **state)
{
    (void)state;
    uint8_t key_id[X509_KEY_ID_SIZE], serial[X509_SERIAL_SIZE];
    for (size_t i = 0; i < sizeof key_id; i++)
        key_id[i] = (uint8_t)(0xa0 + i);
    for (size_t i = 0; i < sizeof serial; i++)
        serial[i] = (uint8_t)i;
    serial[0] = 0x40;
    struct name name = {.country = bytes_text("DE"),
                        .organization = bytes_text("Example"),
                        .common_name = bytes_text("Example Code Signing CA")};
    AUTO_VALUE(buf) issuer = BUF(NAME_DER_MAX);
    AUTO_VALUE(buf) page = BUF(1 << 16);
    AUTO_VALUE(buf) want = BUF(1 << 12);
    AUTO_VALUE(buf) tbs = BUF(1 << 12);
    struct err e;
    ok_call(name_build(&issuer, &name, &e), e);
    struct crl_entry entries[] = {
        entry_make(BYTES_OF(serial), INT64_C(1800500000000), CRL_KEY_COMPROMISE)};
    struct crl_plan plan = {
        .mechanism = MECHANISM_ECDSA_SHA256,
        .issuer = buf_bytes(&issuer),
        .issuer_key_id = BYTES_OF(key_id),
        .beginning = HIERARCHY_START,
        .this_update = INT64_C(1801000000000),
        .next_update = INT64_C(1801604800000),
        .number = 41,
        .url = bytes_text("https://sign.example/crl/0011223344556677/2027Q1.crl"),
        .entries = entries,
        .count = 1,
    };
    ok_call(crl_build(&tbs, &plan, &e), e);
    size_t place = 0;
    page_read(&page, "crl.md");
    page_hex(&want, page_block(&page, "tbs", &place));
    ok_bytes(buf_bytes(&tbs), buf_bytes(&want));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_samples_get_the_expected_verdict),
        cmocka_unit_test(what_is_written_is_read_and_answers),
        cmocka_unit_test(a_list_without_entries_has_no_field_for_them),
        cmocka_unit_test(sorting_is_by_number),
        cmocka_unit_test(a_plan_that_is_wrong_is_refused),
        cmocka_unit_test(what_does_not_answer_for_a_certificate_is_refused),
        cmocka_unit_test(a_list_counts_from_its_time_to_the_next_one),
        cmocka_unit_test(damage_is_an_error_and_leaves_the_result_alone),
        cmocka_unit_test(reasons_have_their_names),
        cmocka_unit_test(the_example_of_the_page_is_what_is_built),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
