#include "unit/page.h"

#include "pki/der.h"
#include "pki/tsp.h"

#define ARC "1.3.6.1.4.1.32473"
#define TIME INT64_C(1800000000120) /* 2027-01-15T08:00:00.120Z */

static const uint8_t imprint[64] = {0x11, 0x22, 0x33};
static const uint8_t nonce[] = {0x80, 1, 2, 3, 4, 5, 6, 7}; /* negative, as some clients send it */

static struct tsp_request request_make(void)
{
    return (struct tsp_request){.alg = DIGEST_SHA256,
                                .imprint = bytes_make(imprint, 32),
                                .nonce = BYTES_OF(nonce),
                                .certificates = true};
}

static struct tsp_plan plan_make(void)
{
    return (struct tsp_plan){.arc = bytes_text(ARC),
                             .alg = DIGEST_SHA256,
                             .imprint = bytes_make(imprint, 32),
                             .serial = 812,
                             .time = TIME,
                             .accuracy = 1500,
                             .nonce = BYTES_OF(nonce)};
}

static void a_request_is_read_as_it_was_written(void **state)
{
    (void)state;
    static const uint8_t policy[] = {0x2b, 6, 1};
    struct tsp_request request = request_make(), got;
    enum tsp_failure failure;
    struct err e;
    request.policy = BYTES_OF(policy);
    AUTO_VALUE(buf) der = BUF(TSP_REQUEST_MAX);
    ok_call(tsp_request_build(&der, &request, &e), e);
    ok_call(tsp_request_parse(&got, &failure, buf_bytes(&der), &e), e);
    assert_int_equal(got.alg, DIGEST_SHA256);
    ok_bytes(got.imprint, request.imprint);
    ok_bytes(got.policy, request.policy);
    ok_bytes(got.nonce, request.nonce);
    assert_true(got.certificates);
}

static void only_the_own_policy_or_none_is_accepted(void **state)
{
    (void)state;
    static const uint8_t own[] = {0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 3}; /* <arc>.3 */
    struct tsp_request request = request_make();
    struct err e = {0};
    ok_call(tsp_request_check_policy(&request, bytes_text(ARC), &e), e);
    request.policy = BYTES_OF(own);
    ok_call(tsp_request_check_policy(&request, bytes_text(ARC), &e), e);
    request.policy.size--;
    ok_err(tsp_request_check_policy(&request, bytes_text(ARC), &e), e, ERR_INPUT, ARC ".3");
}

/* What a request is made of, each part of which may be spoilt. */
struct parts {
    uint64_t version;
    const char *hash;
    size_t imprint;
    size_t nonce;
    const char *extension;
};

static void request_put(struct buf *b, const struct parts *p)
{
    static const uint8_t long_nonce[32] = {1};
    size_t all = der_begin(b, DER_SEQUENCE);
    der_put_small(b, p->version);
    size_t parts = der_begin(b, DER_SEQUENCE);
    size_t alg = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, p->hash);
    der_end(b, alg);
    der_put_octets(b, bytes_make(imprint, p->imprint));
    der_end(b, parts);
    der_put(b, DER_INTEGER, bytes_make(long_nonce, p->nonce));
    if (p->extension != NULL) {
        size_t list = der_begin(b, DER_CONTEXT_CONSTRUCTED(0));
        size_t x = der_begin(b, DER_SEQUENCE);
        der_put_oid(b, p->extension);
        der_put_octets(b, BYTES_NONE);
        der_end(b, x);
        der_end(b, list);
    }
    der_end(b, all);
}

static void each_bad_request_has_its_failure(void **state)
{
    (void)state;
    static const char sha256[] = "2.16.840.1.101.3.4.2.1";
    static const struct {
        struct parts parts;
        enum tsp_failure failure;
    } cases[] = {
        {{2, sha256, 32, 8, NULL}, TSP_BAD_REQUEST},
        {{1, sha256, 32, 21, NULL}, TSP_BAD_REQUEST},
        {{1, "1.3.14.3.2.26", 20, 8, NULL}, TSP_BAD_ALG}, /* SHA-1 */
        {{1, sha256, 31, 8, NULL}, TSP_BAD_DATA_FORMAT},
        {{1, sha256, 32, 8, "1.2.3"}, TSP_UNACCEPTED_EXTENSION},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) der = BUF(TSP_REQUEST_MAX);
        struct tsp_request request = {.alg = DIGEST_SHA512};
        enum tsp_failure failure = TSP_SYSTEM_FAILURE;
        struct err e;
        request_put(&der, &cases[i].parts);
        assert_false(tsp_request_parse(&request, &failure, buf_bytes(&der), &e));
        assert_int_equal(failure, cases[i].failure);
        assert_int_equal(request.alg, DIGEST_SHA512);
    }
    AUTO_VALUE(buf) der = BUF(TSP_REQUEST_MAX);
    struct tsp_request request = request_make(), got;
    enum tsp_failure failure = TSP_SYSTEM_FAILURE;
    struct err e;
    ok_call(tsp_request_build(&der, &request, &e), e);
    for (size_t size = 0; size < der.size; size++, failure = TSP_SYSTEM_FAILURE) {
        assert_false(tsp_request_parse(&got, &failure, bytes_make(der.data, size), &e));
        assert_int_equal(failure, TSP_BAD_DATA_FORMAT);
    }
}

static void a_nonce_has_one_spelling(void **state)
{
    (void)state;
    static const uint8_t padded[] = {0, 1}, signed_twice[] = {0xff, 0x80}, fine[] = {0, 0x80};
    struct tsp_request request = request_make();
    AUTO_VALUE(buf) der = BUF(TSP_REQUEST_MAX);
    struct err e = {0};
    request.nonce = BYTES_OF(padded);
    ok_err(tsp_request_build(&der, &request, &e), e, ERR_INPUT, "nonce");
    request.nonce = BYTES_OF(signed_twice);
    ok_err(tsp_request_build(&der, &request, &e), e, ERR_INPUT, "nonce");
    request.nonce = BYTES_OF(fine);
    ok_call(tsp_request_build(&der, &request, &e), e);
}

static void a_tst_info_is_read_as_it_was_written(void **state)
{
    (void)state;
    static const struct {
        int64_t time;
        uint64_t accuracy;
    } cases[] = {
        {TIME, 1500}, {TIME + 3, 1}, {TIME - 120, 1000}, {TIME - 20, 999}, {0, 2000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tsp_plan plan = plan_make();
        struct tsp_info info;
        struct err e;
        AUTO_VALUE(buf) der = BUF(TSP_INFO_MAX);
        plan.time = cases[i].time;
        plan.accuracy = cases[i].accuracy;
        ok_call(tsp_info_build(&der, &plan, &e), e);
        ok_call(tsp_info_parse(&info, buf_bytes(&der), &e), e);
        assert_int_equal(info.time, plan.time);
        assert_int_equal(info.accuracy, plan.accuracy);
        ok_bytes(info.imprint, plan.imprint);
        ok_bytes(info.nonce, plan.nonce);
        assert_int_equal(info.serial.size, 2);
        assert_false(info.ordering);
    }
}

static void a_plan_that_is_wrong_is_refused(void **state)
{
    (void)state;
    struct {
        struct tsp_plan plan;
        const char *says;
    } cases[] = {
        {plan_make(), "imprint"}, {plan_make(), "serial"}, {plan_make(), "accuracy"},
        {plan_make(), "time"},    {plan_make(), "arc"},    {plan_make(), "nonce"},
    };
    cases[0].plan.imprint.size = 33;
    cases[1].plan.serial = 0;
    cases[2].plan.accuracy = 0;
    cases[3].plan.time = -1;
    cases[4].plan.arc = BYTES_NONE;
    cases[5].plan.nonce.size = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) der = BUF(TSP_INFO_MAX);
        struct err e = {0};
        ok_err(tsp_info_build(&der, &cases[i].plan, &e), e, ERR_INPUT, cases[i].says);
        assert_int_equal(der.size, 0);
    }
}

/* A TSTInfo with this genTime, and with this behind it. */
static bool info_reads(int64_t *ret_time, const char *time, struct bytes rest)
{
    struct tsp_info info;
    struct err e;
    AUTO_VALUE(buf) b = BUF(TSP_INFO_MAX);
    size_t all = der_begin(&b, DER_SEQUENCE);
    der_put_small(&b, 1);
    der_put_oid(&b, "1.2.3");
    size_t parts = der_begin(&b, DER_SEQUENCE);
    size_t alg = der_begin(&b, DER_SEQUENCE);
    der_put_oid(&b, digest_oid(DIGEST_SHA256));
    der_end(&b, alg);
    der_put_octets(&b, bytes_make(imprint, 32));
    der_end(&b, parts);
    der_put_small(&b, 1);
    der_put(&b, DER_GENERALIZED_TIME, bytes_text(time));
    buf_put(&b, rest);
    der_end(&b, all);
    bool ok = tsp_info_parse(&info, buf_bytes(&b), &e);
    if (ok)
        *ret_time = info.time;
    return ok;
}

static void gen_time_has_one_spelling(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "20270115080000",      "20270115080000.Z",  "20270115080000.10Z", "20270115080000.0Z",
        "20270115080000,1Z",   "20270115080000.1",  "20270132080000Z",    "2027011508000Z",
        "20270115080000+0100", "2027011508000a.1Z", "19691231235959Z",    "20270115080000.a1Z",
        "270115080000Z",
    };
    int64_t time = 0;
    assert_true(info_reads(&time, "20270115080000.123456789Z", BYTES_NONE));
    assert_int_equal(time, TIME + 3);
    assert_true(info_reads(&time, "20270115080000Z", BYTES_NONE));
    assert_int_equal(time, TIME - 120);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(info_reads(&time, wrong[i], BYTES_NONE));
    assert_int_equal(time, TIME - 120);
}

static void what_stands_behind_gen_time_is_judged(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[24];
        size_t size;
        bool good;
    } cases[] = {
        {{0x30, 0}, 2, true},                    /* an accuracy that says nothing */
        {{0x30, 3, 0x80, 1, 5}, 5, true},        /* 5 ms */
        {{0x30, 3, 0x80, 1, 0}, 5, false},       /* 0 ms */
        {{0x30, 4, 0x80, 2, 0, 5}, 6, false},    /* not in its shortest form */
        {{0x30, 4, 0x80, 2, 3, 0xe8}, 6, false}, /* 1,000 ms */
        {{0xa0, 2, 0x82, 0}, 4, true},           /* tsa */
        {{0xa1, 9, 0x30, 7, 6, 2, 0x2a, 3, 4, 1, 0}, 11, true} /* extension, not critical */,
        {{0xa1, 12, 0x30, 10, 6, 2, 0x2a, 3, 1, 1, 0xff, 4, 1, 0}, 14, false}, /* critical */
        {{5, 0}, 2, false},
    };
    int64_t time;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(
            info_reads(&time, "20270115080000Z", bytes_make(cases[i].bytes, cases[i].size)),
            cases[i].good);
}

static void a_response_grants_or_says_why_not(void **state)
{
    (void)state;
    static const uint8_t token[] = {0x30, 1, 0x05};
    AUTO_VALUE(buf) granted = BUF(TSP_RESPONSE_MAX);
    AUTO_VALUE(buf) rejected = BUF(TSP_RESPONSE_MAX);
    AUTO_VALUE(buf) early = BUF(TSP_RESPONSE_MAX);
    struct bytes got = bytes_text("untouched");
    struct err e = {0};
    ok_call(tsp_rejection_build(&rejected, TSP_TIME_NOT_AVAILABLE, "the clock is in doubt", &e), e);
    ok_err(tsp_response_parse(&got, buf_bytes(&rejected), &e), e, ERR_REFUSED,
           "timeNotAvailable, the clock is in doubt");
    assert_string_equal(e.rule, "timestamp.rejected");
    ok_call(tsp_rejection_build(&early, TSP_SYSTEM_FAILURE, "full", &e), e);
    ok_err(tsp_response_parse(&got, buf_bytes(&early), &e), e, ERR_REFUSED, "systemFailure");
    ok_text(got, "untouched");
    ok_call(tsp_response_build(&granted, BYTES_OF(token), &e), e);
    ok_call(tsp_response_parse(&got, buf_bytes(&granted), &e), e);
    ok_bytes(got, BYTES_OF(token));
    granted.data[1] = 5;
    granted.size -= sizeof token;
    ok_err(tsp_response_parse(&got, buf_bytes(&granted), &e), e, ERR_INPUT, "not in it");
}

static void the_examples_of_the_page_are_what_is_built(void **state)
{
    (void)state;
    static const uint8_t positive[] = {0x2a, 1, 2, 3, 4, 5, 6, 7};
    uint8_t counted[32];
    for (size_t i = 0; i < sizeof counted; i++)
        counted[i] = (uint8_t)i;
    struct tsp_plan plan = plan_make();
    plan.imprint = BYTES_OF(counted);
    plan.nonce = BYTES_OF(positive);
    AUTO_VALUE(buf) page = BUF(1 << 16);
    AUTO_VALUE(buf) want = BUF(1 << 12);
    AUTO_VALUE(buf) info = BUF(1 << 12);
    AUTO_VALUE(buf) refusal = BUF(1 << 12);
    AUTO_VALUE(buf) want_refusal = BUF(1 << 12);
    struct err e;
    size_t place = 0;
    page_read(&page, "timestamp.md");
    ok_call(tsp_info_build(&info, &plan, &e), e);
    page_hex(&want, page_block(&page, "info", &place));
    ok_bytes(buf_bytes(&info), buf_bytes(&want));
    ok_call(tsp_rejection_build(&refusal, TSP_TIME_NOT_AVAILABLE, "the clock is in doubt", &e), e);
    place = 0;
    page_hex(&want_refusal, page_block(&page, "rejection", &place));
    ok_bytes(buf_bytes(&refusal), buf_bytes(&want_refusal));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read_as_it_was_written),
        cmocka_unit_test(only_the_own_policy_or_none_is_accepted),
        cmocka_unit_test(each_bad_request_has_its_failure),
        cmocka_unit_test(a_nonce_has_one_spelling),
        cmocka_unit_test(a_tst_info_is_read_as_it_was_written),
        cmocka_unit_test(a_plan_that_is_wrong_is_refused),
        cmocka_unit_test(gen_time_has_one_spelling),
        cmocka_unit_test(what_stands_behind_gen_time_is_judged),
        cmocka_unit_test(a_response_grants_or_says_why_not),
        cmocka_unit_test(the_examples_of_the_page_are_what_is_built),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
