/*
 * What the distrust list means for a signature, and which time saves it.
 */
#include "signed.h"

#include <sealward/verify.h>

#include "pki/crl.h"

static struct signed_file f;

static int fixture_make(void **state)
{
    (void)state;
    signed_make(&f);
    return 0;
}

static int fixture_done(void **state)
{
    (void)state;
    signed_done(&f);
    return 0;
}

/* Who says when it was made. */
enum witness { NOBODY, STAMP, RECEIPT };

/* The verdict of the one signature under a list made of the plan. */
static struct verify_signature judged_with(const struct distrust_plan *plan, enum witness witness,
                                           struct verify_input in)
{
    AUTO_VALUE(arena) a = VERIFY_ARENA;
    AUTO_VALUE(buf) file = BUF(0);
    struct distrust list;
    struct verdict verdict;
    struct err e;
    struct bytes receipt = buf_bytes(&f.request_receipt);
    in.beside = buf_bytes(witness == STAMP ? &f.cms_stamped : &f.cms);
    if (witness == RECEIPT && in.receipt_count == 0) {
        in.receipts = &receipt;
        in.receipt_count = 1;
    }
    if (plan != NULL) {
        const struct distrust_trust trust = {
            .authority = f.authority.id, .roots = f.roots, .root_count = 1};
        list_make(&file, plan, &f.list_signer);
        ok_call(distrust_open(&list, buf_bytes(&file), &a, &e), e);
        ok_call(distrust_verify(&list, &trust, &e), e);
        in.list = &list;
    }
    ok_call(verify_file(&verdict, &in, &a, &e), e);
    assert_int_equal(verdict.count, 1);
    return verdict.list[0];
}

static struct verify_signature judged(const struct distrust_plan *plan, enum witness witness)
{
    return judged_with(plan, witness, signed_input(&f, &f.cms));
}

#define good(s)                                                                                    \
    do {                                                                                           \
        struct verify_signature s_ = (s);                                                          \
        for (unsigned i_ = 0; i_ < VERIFY_CHECKS; i_++)                                            \
            if (s_.points[i_].answer == VERIFY_FAILS)                                              \
                fail_msg("%s: %s", verify_check_names[i_], s_.points[i_].why.message);             \
        assert_true(s_.good);                                                                      \
    } while (0)
/* Bad by this rule, and by nothing else. */
#define bad(s, check, by_rule)                                                                     \
    do {                                                                                           \
        struct verify_signature s_ = (s);                                                          \
        assert_false(s_.good);                                                                     \
        for (unsigned i_ = 0; i_ < VERIFY_CHECKS; i_++)                                            \
            if (i_ != (check) && s_.points[i_].answer == VERIFY_FAILS)                             \
                fail_msg("%s: %s", verify_check_names[i_], s_.points[i_].why.message);             \
        assert_int_equal(s_.points[check].answer, VERIFY_FAILS);                                   \
        assert_string_equal(s_.points[check].why.rule, by_rule);                                   \
    } while (0)

/* ---- Time ---- */

static void the_word_of_a_receipt_goes_before_that_of_a_timestamp(void **state)
{
    (void)state;
    struct bytes receipt = buf_bytes(&f.request_receipt);
    struct verify_input in = signed_input(&f, &f.cms);
    struct verify_signature s = judged(NULL, STAMP);
    good(s);
    assert_int_equal(s.trusted, VERIFY_TIME_TIMESTAMP);
    assert_int_equal(s.time, SIGNED_STAMP);
    in.receipts = &receipt;
    in.receipt_count = 1;
    s = judged_with(NULL, STAMP, in);
    good(s);
    assert_int_equal(s.trusted, VERIFY_TIME_RECEIPT);
    assert_int_equal(s.time, SIGNED_TIME);
}

static void without_either_no_time_is_trusted_and_the_reason_is_said(void **state)
{
    (void)state;
    struct verify_signature s = judged(NULL, NOBODY);
    good(s);
    assert_int_equal(s.trusted, VERIFY_TIME_NONE);
    assert_int_equal(s.time, SIGNED_NOW);
    assert_int_equal(s.points[VERIFY_TIME].answer, VERIFY_UNASKED);
    assert_non_null(strstr(s.points[VERIFY_TIME].why.message, "neither"));
    struct verify_input in = signed_input(&f, &f.cms);
    in.demand_time = true;
    s = judged_with(NULL, NOBODY, in);
    assert_false(s.good);
    assert_int_equal(s.points[VERIFY_TIME].answer, VERIFY_FAILS);
}

static void a_timestamp_outlives_the_certificate(void **state)
{
    (void)state;
    struct verify_input in = signed_input(&f, &f.cms);
    in.now += 400 * HIERARCHY_DAY;
    good(judged_with(NULL, STAMP, in));
    bad(judged_with(NULL, NOBODY, in), VERIFY_CHAIN, "chain.validity");
}

static void a_timestamp_under_a_root_that_is_not_trusted_says_nothing(void **state)
{
    (void)state;
    struct verify_input in = signed_input(&f, &f.cms);
    in.root_count = 1;
    struct verify_signature s = judged_with(NULL, STAMP, in);
    good(s);
    assert_int_equal(s.trusted, VERIFY_TIME_NONE);
    assert_string_not_equal(s.points[VERIFY_TIME].why.message, "");
}

/* Who has the key can make a timestamp of any time. */
static void a_timestamp_of_a_distrusted_authority_says_nothing_whatever_its_time(void **state)
{
    (void)state;
    struct distrust_key keys[2] = {{.effective = SIGNED_STAMP + 1}};
    struct distrust_plan plan = signed_list_plan();
    pubkey_spki_sha256(keys[0].key, f.tsa.certs[CA].spki);
    plan.keys = keys;
    plan.key_count = 1;
    struct verify_signature s = judged(&plan, STAMP);
    good(s);
    assert_int_equal(s.trusted, VERIFY_TIME_NONE);
    assert_string_equal(s.points[VERIFY_TIME].why.rule, "revoked.timestamp");
}

/* ---- Keys and certificates ---- */

/* A list with one key, or one certificate, distrusted from `effective` on. */
static struct verify_signature judged_key(const struct x509 *certificate, int64_t effective,
                                          enum witness witness)
{
    struct distrust_key key = {.effective = effective};
    struct distrust_plan plan = signed_list_plan();
    pubkey_spki_sha256(key.key, certificate->spki);
    plan.keys = &key;
    plan.key_count = 1;
    return judged(&plan, witness);
}

static struct verify_signature judged_number(uint64_t number, int64_t effective,
                                             enum witness witness)
{
    const struct distrust_group group = {effective, &number, 1};
    struct distrust_plan plan = signed_list_plan();
    plan.groups = &group;
    plan.group_count = 1;
    return judged(&plan, witness);
}

static void a_list_that_names_others_harms_nothing(void **state)
{
    (void)state;
    struct distrust_path paths[2];
    struct distrust_plan plan = sample_plan(paths);
    good(judged(&plan, NOBODY));
}

static void a_signature_survives_only_with_a_trusted_time_before_the_effective_one(void **state)
{
    (void)state;
    const struct x509 *signer = &signed_hierarchy(&f)->certs[LEAF];
    bad(judged_key(signer, SIGNED_NOW, NOBODY), VERIFY_STATUS, "revoked.key");
    good(judged_key(signer, SIGNED_TIME + 1, RECEIPT));
    bad(judged_key(signer, SIGNED_TIME, RECEIPT), VERIFY_STATUS, "revoked.key");
    good(judged_key(signer, SIGNED_STAMP + 1, STAMP));
    bad(judged_key(signer, SIGNED_STAMP, STAMP), VERIFY_STATUS, "revoked.key");
    bad(judged_key(signer, 0, RECEIPT), VERIFY_STATUS, "revoked.key");
}

static void a_certificate_is_distrusted_by_its_number(void **state)
{
    (void)state;
    bad(judged_number(SIGNED_NUMBER, SIGNED_TIME, NOBODY), VERIFY_STATUS, "revoked.certificate");
    bad(judged_number(SIGNED_NUMBER, SIGNED_TIME, RECEIPT), VERIFY_STATUS, "revoked.certificate");
    good(judged_number(SIGNED_NUMBER, SIGNED_TIME + 1, RECEIPT));
    good(judged_number(SIGNED_NUMBER + 1, 0, NOBODY));
}

static void with_its_issuer_a_certificate_falls(void **state)
{
    (void)state;
    const struct x509 *ca = &signed_hierarchy(&f)->certs[CA];
    bad(judged_number(CA, SIGNED_TIME, NOBODY), VERIFY_STATUS, "revoked.issuer");
    bad(judged_key(ca, 0, RECEIPT), VERIFY_STATUS, "revoked.issuer");
    good(judged_key(ca, SIGNED_TIME + 1, RECEIPT));
}

/* ---- One signature, one file ---- */

static void one_signature_is_distrusted_whatever_its_time(void **state)
{
    (void)state;
    uint8_t id[DIGEST_SHA256_SIZE];
    struct distrust_plan plan = signed_list_plan();
    distrust_signature_id(id, f.key, BYTES_OF(f.tbs));
    uint64_t prefix = distrust_signature_prefix(id);
    plan.signatures = &prefix;
    plan.signature_count = 1;
    bad(judged(&plan, RECEIPT), VERIFY_STATUS, "revoked.signature");
    prefix++;
    good(judged(&plan, RECEIPT));
}

/* However it was declared when it was revoked. */
static void a_file_is_distrusted_under_every_name_it_has(void **state)
{
    (void)state;
    static const char *const formats[] = {"cms", "raw"};
    for (unsigned i = 0; i < 2 * DIGEST_COUNT; i++) {
        enum digest_alg alg = (enum digest_alg)(i / 2);
        uint8_t digest[DIGEST_MAX], id[DIGEST_SHA256_SIZE];
        struct distrust_plan plan = signed_list_plan();
        size_t size = digest_compute(digest, alg, bytes_text(SIGNED_CONTENT));
        distrust_artifact_id(id, bytes_text(formats[i % 2]), bytes_text(digest_name(alg)),
                             bytes_make(digest, size));
        plan.artifacts = BYTES_OF(id);
        bad(judged(&plan, RECEIPT), VERIFY_STATUS, "revoked.artifact");
        id[0] ^= 1;
        good(judged(&plan, RECEIPT));
    }
}

/* ---- Paths ---- */

static void what_came_over_a_path_since_is_distrusted(void **state)
{
    (void)state;
    struct distrust_path path = {
        .id = bytes_text(SIGNED_PATH), .since = SIGNED_TIME, .keys = BYTES_OF(f.key)};
    struct distrust_plan plan = signed_list_plan();
    plan.paths = &path;
    plan.path_count = 1;
    bad(judged(&plan, RECEIPT), VERIFY_STATUS, "revoked.path");
    bad(judged(&plan, NOBODY), VERIFY_STATUS, "revoked.path");
    path.since++;
    good(judged(&plan, RECEIPT));
    bad(judged(&plan, NOBODY), VERIFY_STATUS, "revoked.path");
}

static void the_receipt_of_its_grant_shows_another_path(void **state)
{
    (void)state;
    struct distrust_path path = {
        .id = bytes_text("another"), .since = SIGNED_TIME, .keys = BYTES_OF(f.key)};
    const struct bytes receipts[] = {buf_bytes(&f.request_receipt), buf_bytes(&f.grant_receipt)};
    struct distrust_plan plan = signed_list_plan();
    struct verify_input in = signed_input(&f, &f.cms);
    plan.paths = &path;
    plan.path_count = 1;
    in.receipts = receipts;
    in.receipt_count = 1;
    bad(judged_with(&plan, RECEIPT, in), VERIFY_STATUS, "revoked.path");
    in.receipt_count = 2;
    good(judged_with(&plan, RECEIPT, in));
    path.id = bytes_text(SIGNED_PATH);
    bad(judged_with(&plan, RECEIPT, in), VERIFY_STATUS, "revoked.path");
}

/* ---- Freshness ---- */

static void where_freshness_is_demanded_no_list_or_a_stale_one_is_not_enough(void **state)
{
    (void)state;
    struct distrust_plan plan = signed_list_plan();
    struct verify_input in = signed_input(&f, &f.cms);
    in.demand_fresh = true;
    bad(judged_with(NULL, NOBODY, in), VERIFY_STATUS, "verify.list");
    good(judged_with(&plan, NOBODY, in));
    in.list_age_max = SIGNED_NOW - plan.head.issued;
    good(judged_with(&plan, NOBODY, in));
    in.list_age_max--;
    bad(judged_with(&plan, NOBODY, in), VERIFY_STATUS, "verify.list-age");
    in.list_age_max = 0;
    in.now = plan.head.expires + 1;
    bad(judged_with(&plan, NOBODY, in), VERIFY_STATUS, "list.expired");
}

static void a_stale_list_is_still_right_about_what_it_names(void **state)
{
    (void)state;
    struct distrust_key key = {.effective = 0};
    struct distrust_plan plan = signed_list_plan();
    struct verify_input in = signed_input(&f, &f.cms);
    in.now = plan.head.expires + 1;
    good(judged_with(&plan, NOBODY, in));
    memcpy(key.key, f.key, sizeof key.key);
    plan.keys = &key;
    plan.key_count = 1;
    bad(judged_with(&plan, NOBODY, in), VERIFY_STATUS, "revoked.key");
}

static void a_younger_certificate_is_good_only_as_long_as_the_list_is(void **state)
{
    (void)state;
    struct distrust_plan plan = signed_list_plan();
    struct verify_input in = signed_input(&f, &f.cms);
    plan.head.certificates = SIGNED_NUMBER;
    struct verify_signature s = judged_with(&plan, NOBODY, in);
    good(s);
    assert_true(s.list_older);
    in.now = plan.head.expires + 1;
    bad(judged_with(&plan, NOBODY, in), VERIFY_STATUS, "verify.unknown");
}

/* ---- CRLs ---- */

/* A CRL of the signer's partition that lists its certificate from `revoked` on; 0: does not. */
static void crl_make(struct buf *ret, int64_t revoked)
{
    const struct hierarchy *h = signed_hierarchy(&f);
    struct crl_entry entry;
    const struct crl_plan plan = {.mechanism = MECHANISM_ECDSA_SHA256,
                                  .issuer = h->certs[CA].subject,
                                  .issuer_key_id = h->certs[CA].subject_key_id,
                                  .beginning = HIERARCHY_START,
                                  .this_update = SIGNED_NOW - HIERARCHY_DAY / 2,
                                  .next_update = SIGNED_NOW + HIERARCHY_DAY,
                                  .number = 5,
                                  .url = bytes_text(HIERARCHY_URL),
                                  .entries = &entry,
                                  .count = revoked != 0};
    AUTO_VALUE(buf) tbs = BUF(1 << 16);
    uint8_t raw[KEY_P256_SIGNATURE_SIZE];
    struct err e;
    *ret = BUF(1 << 16);
    ok_call(crl_entry_make(&entry, h->certs[LEAF].serial, revoked, CRL_KEY_COMPROMISE, &e), e);
    ok_call(crl_build(&tbs, &plan, &e), e);
    ok_call(session_key_sign(h->keys[CA], raw, buf_bytes(&tbs), &e), e);
    ok_call(crl_finish(ret, buf_bytes(&tbs), plan.mechanism, BYTES_OF(raw), &e), e);
}

static struct verify_signature judged_crl(struct bytes crl, enum witness witness, int64_t now)
{
    struct verify_input in = signed_input(&f, &f.cms);
    in.crls = &crl;
    in.crl_count = 1;
    in.now = now;
    return judged_with(NULL, witness, in);
}

static void a_crl_revokes_but_for_signatures_from_before(void **state)
{
    (void)state;
    AUTO_VALUE(buf) clean;
    AUTO_VALUE(buf) before;
    AUTO_VALUE(buf) after;
    crl_make(&clean, 0);
    crl_make(&before, SIGNED_TIME - 1000);
    crl_make(&after, SIGNED_TIME + 1000);
    struct verify_signature s = judged_crl(buf_bytes(&clean), NOBODY, SIGNED_NOW);
    good(s);
    assert_int_equal(s.points[VERIFY_STATUS].answer, VERIFY_HOLDS);
    bad(judged_crl(buf_bytes(&before), RECEIPT, SIGNED_NOW), VERIFY_STATUS, "revoked.certificate");
    bad(judged_crl(buf_bytes(&after), NOBODY, SIGNED_NOW), VERIFY_STATUS, "revoked.certificate");
    good(judged_crl(buf_bytes(&after), RECEIPT, SIGNED_NOW));
}

static void a_crl_that_has_expired_only_revokes(void **state)
{
    (void)state;
    AUTO_VALUE(buf) clean;
    AUTO_VALUE(buf) revoked;
    int64_t later = SIGNED_NOW + 2 * HIERARCHY_DAY;
    crl_make(&clean, 0);
    crl_make(&revoked, SIGNED_TIME - 1000);
    bad(judged_crl(buf_bytes(&clean), NOBODY, later), VERIFY_STATUS, "verify.crl");
    bad(judged_crl(buf_bytes(&revoked), NOBODY, later), VERIFY_STATUS, "revoked.certificate");
    clean.data[clean.size - 1] ^= 1;
    bad(judged_crl(buf_bytes(&clean), NOBODY, SIGNED_NOW), VERIFY_STATUS, "verify.crl");
}

/* An effective time can be moved to an earlier one; CRLs from before say what held then. */
static void of_two_crls_that_revoke_the_earlier_time_counts_in_any_order(void **state)
{
    (void)state;
    AUTO_VALUE(buf) before;
    AUTO_VALUE(buf) after;
    crl_make(&before, SIGNED_TIME - 1000);
    crl_make(&after, SIGNED_TIME + 1000);
    const struct bytes crls[] = {buf_bytes(&after), buf_bytes(&before), buf_bytes(&after)};
    struct verify_input in = signed_input(&f, &f.cms);
    in.crl_count = 2;
    for (unsigned i = 0; i < 2; i++) {
        in.crls = &crls[i];
        bad(judged_with(NULL, RECEIPT, in), VERIFY_STATUS, "revoked.certificate");
    }
}

static void what_is_no_crl_is_an_error(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = VERIFY_ARENA;
    struct verify_input in = signed_input(&f, &f.cms);
    struct bytes nonsense = bytes_text("nonsense");
    struct verdict verdict = {.count = 77};
    struct err e;
    in.crls = &nonsense;
    in.crl_count = 1;
    ok_err(verify_file(&verdict, &in, &a, &e), e, ERR_INPUT, "CRL 1");
    in.crl_count = VERIFY_CRLS_MAX + 1;
    ok_err(verify_file(&verdict, &in, &a, &e), e, ERR_LIMIT, "at most");
    assert_int_equal(verdict.count, 77);
}

/* ---- Receipts of many files ---- */

/* A grant that declares as many files as it can, and one request for all of them. */
static void many_make(struct signed_file *many)
{
    uint8_t leaf[TREE_HASH], digest[DIGEST_SHA256_SIZE];
    static const uint8_t session[64] = {1};
    struct buf *grant = &many->grant;
    struct buf *request = &many->request;
    buf_reset(grant);
    buf_printf(grant,
               "{\"index\":0,\"time\":%" PRId64 ",\"type\":\"grant\",\"body\":{\"statement\":"
               "{\"body\":{\"path\":\"" SIGNED_PATH "\",\"artifacts\":[",
               SIGNED_TIME - 1000);
    for (unsigned i = 1; i <= LIMIT_GRANT_ARTIFACTS; i++) {
        bool last = i == LIMIT_GRANT_ARTIFACTS;
        digest_sha256(digest, last ? bytes_text(SIGNED_CONTENT) : bytes_make(&i, sizeof i));
        buf_printf(grant, "{\"name\":\"%u\",\"format\":\"cms\",\"algorithm\":\"sha256\",", i);
        buf_put_text(grant, "\"digest\":");
        json_put_base64(grant, BYTES_OF(digest));
        buf_put_text(grant, last ? "}" : "},");
    }
    buf_put_text(grant, "]}}}}");
    tree_leaf_hash(leaf, buf_bytes(grant));
    buf_reset(request);
    buf_printf(
        request,
        "{\"index\":1,\"time\":%" PRId64 ",\"type\":\"request\",\"body\":{\"grant\":", SIGNED_TIME);
    json_put_base64(request, BYTES_OF(leaf));
    buf_put_text(request, ",\"key\":");
    json_put_base64(request, BYTES_OF(many->key));
    buf_put_text(request, ",\"mechanism\":\"ecdsa-sha256\",\"items\":[");
    for (unsigned i = 0; i < LIMIT_REQUEST_ITEMS; i++)
        buf_printf(request, "%s{\"digest\":null,\"artifact\":%u,\"preimages\":[]}",
                   i == 0 ? "" : ",", i);
    buf_put_text(request, "],\"signature\":");
    json_put_base64(request, BYTES_OF(session));
    buf_put_text(request, "}}");
    assert_false(grant->failed || request->failed);
    buf_done(&many->grant_receipt);
    buf_done(&many->request_receipt);
    signed_receipts(many);
}

static void the_last_of_as_many_files_as_one_request_can_name_has_its_receipt(void **state)
{
    (void)state;
    struct signed_file many;
    AUTO_VALUE(arena) a = ARENA(SEALWARD_MEMORY);
    struct verdict verdict;
    struct err e;
    signed_make(&many);
    many_make(&many);
    const struct bytes receipts[] = {buf_bytes(&many.request_receipt),
                                     buf_bytes(&many.grant_receipt)};
    struct verify_input in = signed_input(&many, &many.cms);
    in.receipts = receipts;
    in.receipt_count = 2;
    ok_call(verify_file(&verdict, &in, &a, &e), e);
    good(verdict.list[0]);
    assert_int_equal(verdict.list[0].trusted, VERIFY_TIME_RECEIPT);
    assert_in_range(a.used, 0, 1 << 20);
    signed_done(&many);
}

/* ---- Bare signatures ---- */

static void a_bare_signature_is_judged_under_the_certificate_given(void **state)
{
    (void)state;
    const struct hierarchy *h = signed_hierarchy(&f);
    AUTO_VALUE(buf) value = BUF(128);
    AUTO_VALUE(arena) a = VERIFY_ARENA;
    uint8_t raw[KEY_P256_SIGNATURE_SIZE];
    const struct bytes certificates[] = {h->certs[LEAF].der, h->certs[CA].der};
    struct verify_input in = signed_input(&f, &f.cms);
    struct verdict verdict;
    struct err e;
    ok_call(session_key_sign(h->keys[LEAF], raw, bytes_text(SIGNED_CONTENT), &e), e);
    algorithm_put_signature_value(&value, MECHANISM_ECDSA_SHA256, BYTES_OF(raw));
    in.format = bytes_text("raw");
    in.beside = buf_bytes(&value);
    ok_call(verify_file(&verdict, &in, &a, &e), e);
    assert_false(verdict.good);
    in.certificates = certificates;
    in.certificate_count = 2;
    ok_call(verify_file(&verdict, &in, &a, &e), e);
    good(verdict.list[0]);
    in.file = bytes_text("another file");
    ok_call(verify_file(&verdict, &in, &a, &e), e);
    assert_int_equal(verdict.list[0].points[VERIFY_SIGNATURE].answer, VERIFY_FAILS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_word_of_a_receipt_goes_before_that_of_a_timestamp),
        cmocka_unit_test(without_either_no_time_is_trusted_and_the_reason_is_said),
        cmocka_unit_test(a_timestamp_outlives_the_certificate),
        cmocka_unit_test(a_timestamp_under_a_root_that_is_not_trusted_says_nothing),
        cmocka_unit_test(a_timestamp_of_a_distrusted_authority_says_nothing_whatever_its_time),
        cmocka_unit_test(a_list_that_names_others_harms_nothing),
        cmocka_unit_test(a_signature_survives_only_with_a_trusted_time_before_the_effective_one),
        cmocka_unit_test(a_certificate_is_distrusted_by_its_number),
        cmocka_unit_test(with_its_issuer_a_certificate_falls),
        cmocka_unit_test(one_signature_is_distrusted_whatever_its_time),
        cmocka_unit_test(a_file_is_distrusted_under_every_name_it_has),
        cmocka_unit_test(what_came_over_a_path_since_is_distrusted),
        cmocka_unit_test(the_receipt_of_its_grant_shows_another_path),
        cmocka_unit_test(where_freshness_is_demanded_no_list_or_a_stale_one_is_not_enough),
        cmocka_unit_test(a_stale_list_is_still_right_about_what_it_names),
        cmocka_unit_test(a_younger_certificate_is_good_only_as_long_as_the_list_is),
        cmocka_unit_test(a_crl_revokes_but_for_signatures_from_before),
        cmocka_unit_test(a_crl_that_has_expired_only_revokes),
        cmocka_unit_test(of_two_crls_that_revoke_the_earlier_time_counts_in_any_order),
        cmocka_unit_test(what_is_no_crl_is_an_error),
        cmocka_unit_test(the_last_of_as_many_files_as_one_request_can_name_has_its_receipt),
        cmocka_unit_test(a_bare_signature_is_judged_under_the_certificate_given),
    };
    return cmocka_run_group_tests(tests, fixture_make, fixture_done);
}
