/*
 * Whether to believe a distrust list: each fault has its own reason.
 */
#include "distrust_sample.h"

#include <stdlib.h>

static struct fixture {
    struct list_signer signer;
    struct buf file;
} f;

static int fixture_make(void **state)
{
    (void)state;
    struct distrust_path paths[2];
    struct distrust_plan plan = sample_plan(paths);
    list_signer_make(&f.signer);
    list_make(&f.file, &plan, &f.signer);
    return 0;
}

static int fixture_done(void **state)
{
    (void)state;
    list_signer_done(&f.signer);
    buf_done(&f.file);
    return 0;
}

static struct distrust_trust trust(void)
{
    return (struct distrust_trust){
        .authority = hierarchy_authority, .roots = &f.signer.h.certs[ROOT], .root_count = 1};
}

static struct distrust opened(struct bytes file, struct arena *a)
{
    struct distrust list;
    struct err e;
    ok_call(distrust_open(&list, file, a, &e), e);
    return list;
}

#define refused_by(call, e, by_rule)                                                               \
    do {                                                                                           \
        assert_false(call);                                                                        \
        assert_string_equal((e).rule, by_rule);                                                    \
    } while (0)

static void a_list_of_the_authority_is_believed(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    struct distrust list = opened(buf_bytes(&f.file), &a);
    struct distrust_trust t = trust();
    struct err e;
    ok_call(distrust_verify(&list, &t, &e), e);
    ok_call(distrust_check_fresh(&list, list.head.expires, &e), e);
    ok_call(distrust_check_newer(&list, 40, &e), e);
}

/* Whatever bit is flipped: the form is broken, or the trust, or it stands where ECDSA has two ways
 * to write the same. */
static void a_flipped_bit_is_found(void **state)
{
    (void)state;
    struct distrust_trust t = trust();
    for (size_t i = 0; i < f.file.size; i++) {
        AUTO_VALUE(arena) a = DISTRUST_ARENA;
        struct distrust list;
        struct err e;
        f.file.data[i] ^= (uint8_t)(1 << i % 8);
        assert_false(distrust_open(&list, buf_bytes(&f.file), &a, &e) &&
                     distrust_verify(&list, &t, &e));
        f.file.data[i] ^= (uint8_t)(1 << i % 8);
    }
}

static void a_list_of_another_authority_is_refused(void **state)
{
    (void)state;
    static const uint8_t other[TREE_HASH] = {1};
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    struct distrust list = opened(buf_bytes(&f.file), &a);
    struct distrust_trust t = trust();
    struct err e;
    t.authority = other;
    refused_by(distrust_verify(&list, &t, &e), e, "list.authority");
}

static void a_list_under_another_root_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(hierarchy) other;
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    struct distrust list = opened(buf_bytes(&f.file), &a);
    struct distrust_trust t = trust();
    struct err e;
    hierarchy_make(&other);
    t.roots = &other.certs[ROOT];
    refused_by(distrust_verify(&list, &t, &e), e, "list.certificate");
    t.root_count = 0;
    refused_by(distrust_verify(&list, &t, &e), e, "list.certificate");
}

/* The sample's list under another certificate of its signer, whose plan `spoil` has changed. */
static void refused_under(void (*spoil)(struct tbs_plan *plan), unsigned issuer)
{
    struct distrust_path paths[2];
    struct distrust_plan plan = sample_plan(paths);
    struct list_signer signer = f.signer;
    AUTO_VALUE(buf) certificate = BUF(X509_DER_MAX);
    AUTO_VALUE(buf) file;
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    struct distrust_trust t = trust();
    struct err e;
    struct tbs_plan tbs = list_signer_plan(&signer);
    spoil(&tbs);
    hierarchy_issue(&certificate, &tbs, signer.h.keys[issuer]);
    signer.certificate = certificate;
    list_make(&file, &plan, &signer);
    struct distrust list = opened(buf_bytes(&file), &a);
    refused_by(distrust_verify(&list, &t, &e), e, "list.certificate");
}

static void for_code_signing(struct tbs_plan *plan)
{
    plan->profile = PROFILE_PRIVATE;
}

static void for_another_authority(struct tbs_plan *plan)
{
    static const uint8_t other[TREE_HASH] = {1};
    plan->authority = BYTES_OF(other);
}

static void not_yet_valid(struct tbs_plan *plan)
{
    plan->not_before = SAMPLE_ISSUED + 1000;
}

static void of_the_issuing_ca(struct tbs_plan *plan)
{
    plan->issuer = buf_bytes(&f.signer.h.names[CA]);
    plan->issuer_key_id = f.signer.h.certs[CA].subject_key_id;
}

static void a_list_under_an_unfit_certificate_is_refused(void **state)
{
    (void)state;
    refused_under(for_code_signing, ROOT);
    refused_under(for_another_authority, ROOT);
    refused_under(not_yet_valid, ROOT);
    refused_under(of_the_issuing_ca, CA);
}

static void a_signature_by_another_key_does_not_hold(void **state)
{
    (void)state;
    struct distrust_path paths[2];
    struct distrust_plan plan = sample_plan(paths);
    struct list_signer signer = f.signer;
    AUTO_VALUE(buf) file;
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    struct distrust_trust t = trust();
    struct err e;
    signer.key = f.signer.h.keys[LEAF];
    list_make(&file, &plan, &signer);
    struct distrust list = opened(buf_bytes(&file), &a);
    ok_err(distrust_verify(&list, &t, &e), e, ERR_AUTH, "distrust list 41");
}

static void a_list_that_has_expired_does_not_speak_for_now(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    struct distrust list = opened(buf_bytes(&f.file), &a);
    struct distrust_trust t = trust();
    struct err e;
    refused_by(distrust_check_fresh(&list, list.head.expires + 1, &e), e, "list.expired");
    /* What it names it names for ever. */
    ok_call(distrust_verify(&list, &t, &e), e);
}

/* An expired certificate makes every list under it stale, however long that says it lasts: who
 * finds an old key cannot keep a list alive. */
static void a_list_does_not_outlive_its_certificate(void **state)
{
    (void)state;
    struct distrust_path paths[2];
    struct distrust_plan plan = sample_plan(paths);
    AUTO_VALUE(buf) file;
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    struct err e;
    plan.head.expires = SAMPLE_ISSUED + 400 * HIERARCHY_DAY;
    list_make(&file, &plan, &f.signer);
    struct distrust list = opened(buf_bytes(&file), &a);
    ok_call(distrust_check_fresh(&list, HIERARCHY_START + 89 * HIERARCHY_DAY, &e), e);
    refused_by(distrust_check_fresh(&list, HIERARCHY_START + 91 * HIERARCHY_DAY, &e), e,
               "list.certificate");
}

static void an_older_list_does_not_take_the_place_of_a_newer(void **state)
{
    (void)state;
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    struct distrust list = opened(buf_bytes(&f.file), &a);
    struct err e;
    refused_by(distrust_check_newer(&list, 41, &e), e, "list.older");
    refused_by(distrust_check_newer(&list, 42, &e), e, "list.older");
}

/* Who has stolen a list's key can sign any number, but not take back that it was stolen. */
static void a_list_by_a_key_that_the_one_held_distrusts_is_refused(void **state)
{
    (void)state;
    struct distrust_path paths[2];
    struct distrust_plan plan = sample_plan(paths);
    struct distrust_key key = {.effective = HIERARCHY_START + 400 * HIERARCHY_DAY};
    const uint64_t number = CA; /* that of the list's certificate, in these tests */
    const struct distrust_group group = {0, &number, 1};
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    AUTO_VALUE(buf) by_key;
    AUTO_VALUE(buf) by_number;
    struct distrust list = opened(buf_bytes(&f.file), &a);
    struct err e;
    ok_call(distrust_check_signer(&list, &list, &e), e);
    pubkey_spki_sha256(key.key, session_key_spki(f.signer.key));
    plan.keys = &key;
    plan.key_count = 1;
    list_make(&by_key, &plan, &f.signer);
    struct distrust held = opened(buf_bytes(&by_key), &a);
    refused_by(distrust_check_signer(&list, &held, &e), e, "list.signer");
    plan.key_count = 0;
    plan.groups = &group;
    plan.group_count = 1;
    list_make(&by_number, &plan, &f.signer);
    held = opened(buf_bytes(&by_number), &a);
    refused_by(distrust_check_signer(&list, &held, &e), e, "list.signer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_of_the_authority_is_believed),
        cmocka_unit_test(a_flipped_bit_is_found),
        cmocka_unit_test(a_list_of_another_authority_is_refused),
        cmocka_unit_test(a_list_under_another_root_is_refused),
        cmocka_unit_test(a_list_under_an_unfit_certificate_is_refused),
        cmocka_unit_test(a_signature_by_another_key_does_not_hold),
        cmocka_unit_test(a_list_that_has_expired_does_not_speak_for_now),
        cmocka_unit_test(a_list_does_not_outlive_its_certificate),
        cmocka_unit_test(an_older_list_does_not_take_the_place_of_a_newer),
        cmocka_unit_test(a_list_by_a_key_that_the_one_held_distrusts_is_refused),
    };
    return cmocka_run_group_tests(tests, fixture_make, fixture_done);
}
