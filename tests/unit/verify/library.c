/*
 * The library as a stranger uses it, through the one header that is installed.
 */
#include <sealward/verify.h>

#include "signed.h"

static struct signed_file f;
static struct buf authority; /* its file */
static struct buf list;      /* that names nothing of ours */

static int fixture_make(void **state)
{
    (void)state;
    struct distrust_plan plan = signed_list_plan();
    signed_make(&f);
    authority = BUF(LIMIT_AUTHORITY);
    authority_write(&authority, &f.authority);
    list_make(&list, &plan, &f.list_signer);
    return 0;
}

static int fixture_done(void **state)
{
    (void)state;
    buf_done(&authority);
    buf_done(&list);
    signed_done(&f);
    return 0;
}

static struct sealward_bytes theirs(struct bytes b)
{
    return (struct sealward_bytes){.data = b.data, .size = b.size};
}

static struct sealward_bytes roots[2];

/* The file with a fresh list, and freshness demanded. */
static struct sealward_input input_make(void)
{
    for (unsigned i = 0; i < 2; i++)
        roots[i] = theirs(f.root_ders[i]);
    return (struct sealward_input){.size = sizeof(struct sealward_input),
                                   .format = "cms",
                                   .file = theirs(bytes_text(SIGNED_CONTENT)),
                                   .signature = theirs(buf_bytes(&f.cms_stamped)),
                                   .roots = roots,
                                   .root_count = 2,
                                   .authority = theirs(buf_bytes(&authority)),
                                   .list = theirs(buf_bytes(&list)),
                                   .demand_fresh = 1,
                                   .now = SIGNED_NOW};
}

static struct sealward_verdict verdict_of(const struct sealward_input *input)
{
    struct sealward_verdict verdict = {.size = sizeof verdict};
    int trusted = sealward_verify(input, &verdict);
    assert_int_equal(trusted, verdict.trusted);
    return verdict;
}

/* Nothing could be judged, for this reason, and nothing is trusted. */
#define no_verdict(input, code, part)                                                              \
    do {                                                                                           \
        struct sealward_verdict v_ = verdict_of(&(input));                                         \
        assert_int_equal(v_.trusted, 0);                                                           \
        assert_string_equal(v_.error_code, code);                                                  \
        if (strstr(v_.error, part) == NULL)                                                        \
            fail_msg("\"%s\" does not say \"%s\"", v_.error, part);                                \
    } while (0)

static void a_good_file_is_trusted_and_every_answer_is_told(void **state)
{
    (void)state;
    struct sealward_input input = input_make();
    struct sealward_verdict v = verdict_of(&input);
    assert_string_equal(v.error, "");
    assert_int_equal(v.trusted, 1);
    assert_int_equal(v.signatures, 1);
    assert_int_equal(v.trusted_time, SEALWARD_TIME_TIMESTAMP);
    assert_int_equal(v.time, SIGNED_STAMP);
    assert_int_equal(v.certificate, SIGNED_NUMBER);
    assert_int_equal(v.entry, -1);
    assert_memory_equal(v.key, f.key, sizeof v.key);
    assert_int_equal(v.list_used, 1);
    assert_int_equal(v.list_number, 41);
    for (int i = 0; i < SEALWARD_CHECKS; i++) {
        assert_string_equal(v.reasons[i].check, verify_check_names[i]);
        assert_int_equal(v.reasons[i].answer,
                         i == SEALWARD_RECEIPT ? SEALWARD_UNASKED : SEALWARD_HOLDS);
    }
}

static void receipts_are_taken(void **state)
{
    (void)state;
    struct sealward_bytes receipt = theirs(buf_bytes(&f.request_receipt));
    struct sealward_input input = input_make();
    input.demand_receipt = 1;
    assert_int_equal(verdict_of(&input).trusted, 0);
    input.receipts = &receipt;
    input.receipt_count = 1;
    struct sealward_verdict v = verdict_of(&input);
    assert_int_equal(v.trusted, 1);
    assert_int_equal(v.trusted_time, SEALWARD_TIME_RECEIPT);
    assert_int_equal(v.entry, 1);
}

static void a_revoked_key_is_not_trusted_and_the_reason_has_its_name(void **state)
{
    (void)state;
    struct distrust_key key = {.effective = 0};
    struct distrust_plan plan = signed_list_plan();
    struct sealward_input input = input_make();
    AUTO_VALUE(buf) revoked;
    memcpy(key.key, f.key, sizeof key.key);
    plan.keys = &key;
    plan.key_count = 1;
    list_make(&revoked, &plan, &f.list_signer);
    input.list = theirs(buf_bytes(&revoked));
    struct sealward_verdict v = verdict_of(&input);
    assert_int_equal(v.trusted, 0);
    assert_string_equal(v.error, "");
    assert_int_equal(v.reasons[SEALWARD_STATUS].answer, SEALWARD_FAILS);
    assert_string_equal(v.reasons[SEALWARD_STATUS].rule, "revoked.key");
    assert_non_null(strstr(v.reasons[SEALWARD_STATUS].text, "beginning"));
}

static void a_list_of_somebody_else_is_not_taken_for_none(void **state)
{
    (void)state;
    AUTO_VALUE(list_signer) other;
    struct distrust_plan plan = signed_list_plan();
    struct sealward_input input = input_make();
    AUTO_VALUE(buf) file;
    list_signer_make(&other);
    list_make(&file, &plan, &other);
    input.list = theirs(buf_bytes(&file));
    input.demand_fresh = 0;
    no_verdict(input, "refused", "certificate does not hold");
    assert_string_equal(verdict_of(&input).error_rule, "list.certificate");
    input.list.size--;
    no_verdict(input, "input", "distrust list");
}

static void a_list_cut_or_flipped_anywhere_gives_no_verdict(void **state)
{
    (void)state;
    struct sealward_input input = input_make();
    AUTO_VALUE(buf) copy = BUF(1 << 16);
    buf_put(&copy, buf_bytes(&list));
    input.list.data = copy.data;
    for (size_t size = 1; size < copy.size; size += 1 + size / 16) {
        input.list.size = size;
        no_verdict(input, "input", "list");
    }
    input.list.size = copy.size;
    for (size_t i = 0; i < copy.size; i += 5) {
        copy.data[i] ^= (uint8_t)(1 << i % 8);
        struct sealward_verdict v = verdict_of(&input);
        assert_int_equal(v.trusted, 0);
        assert_true(v.error[0] != 0);
        copy.data[i] ^= (uint8_t)(1 << i % 8);
    }
}

static void an_old_list_is_not_fresh(void **state)
{
    (void)state;
    struct distrust_plan plan = signed_list_plan();
    struct sealward_input input = input_make();
    input.list_age_max = 1;
    struct sealward_verdict v = verdict_of(&input);
    assert_int_equal(v.trusted, 0);
    assert_string_equal(v.reasons[SEALWARD_STATUS].rule, "verify.list-age");
    input.list_age_max = 0;
    input.now = plan.head.expires + 1;
    v = verdict_of(&input);
    assert_int_equal(v.trusted, 0);
    assert_string_equal(v.reasons[SEALWARD_STATUS].rule, "list.expired");
}

static void what_cannot_be_judged_is_not_trusted(void **state)
{
    (void)state;
    struct sealward_input input = input_make();
    input.format = "jar";
    no_verdict(input, "state", "not verified here");
    input = input_make();
    input.format = NULL;
    no_verdict(input, "input", "no format");
    input = input_make();
    input.signature.size = 0;
    no_verdict(input, "not-found", "no signature");
    input = input_make();
    input.authority.size = 0;
    no_verdict(input, "input", "");
    input = input_make();
    input.now = -1;
    no_verdict(input, "input", "out of range");
    input = input_make();
    input.root_count = VERIFY_ROOTS_MAX + 1;
    no_verdict(input, "limit", "at most 16 roots");
}

static void memory_is_bounded_by_the_caller(void **state)
{
    (void)state;
    struct sealward_input input = input_make();
    struct sealward_verdict v = verdict_of(&input);
    assert_true(v.memory > 0 && v.memory < 64 << 10);
    for (size_t most = 1; most < v.memory; most += 97) {
        input.memory_max = most;
        struct sealward_verdict small = verdict_of(&input);
        assert_true(small.memory <= most);
        assert_int_equal(small.trusted, 0);
    }
    input.memory_max = v.memory;
    assert_int_equal(verdict_of(&input).trusted, 1);
}

static void structs_of_another_version_are_refused(void **state)
{
    (void)state;
    struct sealward_input input = input_make();
    struct sealward_verdict v = {.size = sizeof v - 8, .signatures = 77};
    input.size += 8;
    no_verdict(input, "input", "another version");
    assert_int_equal(sealward_verify(&input, &v), 0);
    assert_int_equal(v.signatures, 77);
}

static void another_file_is_not_trusted(void **state)
{
    (void)state;
    struct sealward_input input = input_make();
    struct sealward_verdict v;
    input.file.size--;
    v = verdict_of(&input);
    assert_int_equal(v.trusted, 0);
    assert_int_equal(v.reasons[SEALWARD_ARTIFACT].answer, SEALWARD_FAILS);
    assert_string_equal(v.reasons[SEALWARD_ARTIFACT].rule, "binding.artifact");
}

static void the_version_is_that_of_the_project(void **state)
{
    (void)state;
    assert_string_equal(sealward_verify_version(), SEALWARD_VERSION);
}

/* ---- Chains and signatures alone ---- */

static void a_chain_alone_is_judged_for_its_purpose(void **state)
{
    (void)state;
    const struct hierarchy *h = signed_hierarchy(&f);
    const struct sealward_bytes code[] = {theirs(h->certs[LEAF].der), theirs(h->certs[CA].der)};
    const struct sealward_bytes stamp[] = {theirs(f.tsa.certs[LEAF].der),
                                           theirs(f.tsa.certs[CA].der)};
    const struct sealward_bytes for_lists = theirs(buf_bytes(&f.list_signer.certificate));
    struct sealward_reason reason;
    (void)input_make();
    assert_int_equal(
        sealward_verify_chain(code, 2, roots, 2, SEALWARD_CODE_SIGNING, SIGNED_NOW, &reason), 1);
    assert_int_equal(reason.answer, SEALWARD_HOLDS);
    assert_int_equal(
        sealward_verify_chain(stamp, 2, roots, 2, SEALWARD_TIME_STAMPING, SIGNED_NOW, &reason), 1);
    assert_int_equal(
        sealward_verify_chain(&for_lists, 1, roots, 1, SEALWARD_DISTRUST_LIST, SIGNED_NOW, &reason),
        1);
    assert_int_equal(
        sealward_verify_chain(stamp, 2, roots, 2, SEALWARD_CODE_SIGNING, SIGNED_NOW, &reason), 0);
    assert_string_equal(reason.rule, "chain.purpose");
    assert_int_equal(sealward_verify_chain(code, 0, roots, 1, SEALWARD_CODE_SIGNING, 0, &reason),
                     0);
    assert_int_equal(sealward_verify_chain(code, 2, roots, 1, (enum sealward_purpose)9, 0, &reason),
                     0);
    assert_int_equal(reason.answer, SEALWARD_FAILS);
}

static void a_signature_alone_is_judged(void **state)
{
    (void)state;
    const struct hierarchy *h = signed_hierarchy(&f);
    AUTO_VALUE(buf) value = BUF(128);
    uint8_t raw[KEY_P256_SIGNATURE_SIZE];
    struct sealward_reason reason;
    struct err e;
    ok_call(session_key_sign(h->keys[LEAF], raw, bytes_text("text"), &e), e);
    algorithm_put_signature_value(&value, MECHANISM_ECDSA_SHA256, BYTES_OF(raw));
    struct sealward_bytes spki = theirs(h->certs[LEAF].spki);
    struct sealward_bytes text = theirs(bytes_text("text"));
    struct sealward_bytes signature = theirs(buf_bytes(&value));
    assert_int_equal(sealward_verify_signature(spki, "ecdsa-sha256", text, signature, &reason), 1);
    text.size--;
    assert_int_equal(sealward_verify_signature(spki, "ecdsa-sha256", text, signature, &reason), 0);
    assert_string_not_equal(reason.text, "");
    assert_int_equal(sealward_verify_signature(spki, "sm2", text, signature, &reason), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file_is_trusted_and_every_answer_is_told),
        cmocka_unit_test(receipts_are_taken),
        cmocka_unit_test(a_revoked_key_is_not_trusted_and_the_reason_has_its_name),
        cmocka_unit_test(a_list_of_somebody_else_is_not_taken_for_none),
        cmocka_unit_test(a_list_cut_or_flipped_anywhere_gives_no_verdict),
        cmocka_unit_test(an_old_list_is_not_fresh),
        cmocka_unit_test(what_cannot_be_judged_is_not_trusted),
        cmocka_unit_test(memory_is_bounded_by_the_caller),
        cmocka_unit_test(structs_of_another_version_are_refused),
        cmocka_unit_test(another_file_is_not_trusted),
        cmocka_unit_test(the_version_is_that_of_the_project),
        cmocka_unit_test(a_chain_alone_is_judged_for_its_purpose),
        cmocka_unit_test(a_signature_alone_is_judged),
    };
    return cmocka_run_group_tests(tests, fixture_make, fixture_done);
}
