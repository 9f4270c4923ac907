/*
 * Signed files, judged from bytes alone. Certificates, entries and receipts are those of a real
 * record; keys in the test's memory sign.
 */
#include "record.h"

#include <stdio.h>

#include "base/file.h"
#include "pki/cms.h"
#include "proof/format.h"
#include "unit/proof/memory_log.h"
#include "verify/verify.h"

#define CONTENT "the archive"
#define IMAGE "the image"

/* What the tests share: one record, two signed files. */
static struct fixture {
    struct world world;
    struct world_key desktop;
    struct world_key firmware;
    struct authority authority;
    struct buf cms;   /* over CONTENT; the digest came from a tool */
    struct buf built; /* over IMAGE; the rulebook built what was signed */
    size_t cms_entry;
    size_t built_entry;
    int64_t built_time;
    size_t other_entry; /* a request of the same key for something else */
    struct buf cms_receipt;
    struct buf built_receipt;
    struct buf grant_receipt; /* of the grant that it was under */
    size_t grant_entry;
    struct buf other_receipt;
    struct buf genesis_receipt;
} f;

static void message_make(struct buf *ret, const struct world_key *key, struct bytes attributes)
{
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    const struct bytes chain[] = {key->certificate, f.world.ca.certificate};
    struct cms_plan plan = {.attributes = attributes,
                            .mechanism = MECHANISM_ECDSA_SHA256,
                            .signature = BYTES_OF(signature),
                            .certificates = chain,
                            .certificate_count = 2};
    struct err e;
    ok_call(session_key_sign(key->p256, signature, attributes, &e), e);
    ok_call(cms_build(ret, &plan, &e), e);
}

static void desktop_sign(void)
{
    struct world *w = &f.world;
    struct bytes artifacts = world_artifact(w, "app-1.0.tar", "cms", CONTENT);
    accepted(w, world_grant(w, "ci-app", world_grant_body(w, "desktop", artifacts, 2, 3600)));
    accepted(w, world_approve(w, APPROVER_1, w->grant));
    struct signed_file file = world_cms(w, CONTENT);
    accepted(w, world_sign(w, &f.desktop, file.digest));
    f.cms_entry = w->count - 1;
    message_make(&f.cms, &f.desktop, file.preimages[0]);
    accepted(w, world_bind(w, &f.desktop, file.digest, 0, file.preimages, file.count));
    accepted(w, world_sign(w, &f.desktop, world_cms(w, "something else").digest));
    f.other_entry = w->count - 1;
}

static void firmware_sign(void)
{
    struct world *w = &f.world;
    struct bytes artifacts = world_artifact(w, "fw-1.bin", "cms", IMAGE);
    accepted(w, world_grant(w, "ci-app", world_grant_body(w, "firmware", artifacts, 1, 3600)));
    f.grant_entry = w->count - 1;
    accepted(w, world_approve(w, APPROVER_1, w->grant));
    accepted(w, world_approve(w, APPROVER_2, w->grant));
    struct request_item item = {.artifact = 0};
    w->now += 1234;
    accepted(w, world_sign_items(w, &f.firmware, &item, 1));
    f.built_entry = w->count - 1;
    f.built_time = w->now;
    message_make(&f.built, &f.firmware, w->out.jobs[0].attributes);
}

static void receipt_make(struct buf *ret, size_t index)
{
    *ret = BUF(RECEIPT_BYTES_MAX);
    published_receipt(ret, f.world.entries, f.world.count, index);
}

static int fixture_make(void **state)
{
    (void)state;
    f.cms = BUF(CMS_DER_MAX);
    f.built = BUF(CMS_DER_MAX);
    world_found(&f.world, true);
    world_ready(&f.world);
    world_key_make(&f.world, &f.desktop, "desktop");
    world_key_make(&f.world, &f.firmware, "firmware");
    desktop_sign();
    firmware_sign();
    receipt_make(&f.cms_receipt, f.cms_entry);
    receipt_make(&f.built_receipt, f.built_entry);
    receipt_make(&f.grant_receipt, f.grant_entry);
    receipt_make(&f.other_receipt, f.other_entry);
    receipt_make(&f.genesis_receipt, 0);
    AUTO_VALUE(published) p;
    published_make(&p, f.world.entries, 1);
    f.authority = p.authority;
    return 0;
}

static int fixture_done(void **state)
{
    (void)state;
    struct buf *all[] = {&f.cms,           &f.built,         &f.cms_receipt,    &f.built_receipt,
                         &f.grant_receipt, &f.other_receipt, &f.genesis_receipt};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        buf_done(all[i]);
    world_key_done(&f.desktop);
    world_key_done(&f.firmware);
    world_done(&f.world);
    return 0;
}

/* The file with its signature, an hour later, without a receipt. */
static struct verify_input input_of(const char *content, const struct buf *cms)
{
    return (struct verify_input){.format = bytes_text("cms"),
                                 .file = bytes_text(content),
                                 .beside = buf_bytes(cms),
                                 .roots = &f.world.root.certificate,
                                 .root_count = 1,
                                 .authority = &f.authority,
                                 .now = f.world.now + HOUR};
}

/* The first signature's verdict; it must be that of the file. */
static struct verify_signature judged(const struct verify_input *in)
{
    AUTO_VALUE(arena) a = VERIFY_ARENA;
    struct verdict verdict;
    struct err e;
    ok_call(verify_file(&verdict, in, &a, &e), e);
    assert_int_equal(verdict.count, 1);
    assert_int_equal(verdict.good, verdict.list[0].good);
    return verdict.list[0];
}

#define holds(s, check)                                                                            \
    do {                                                                                           \
        if ((s).points[check].answer != VERIFY_HOLDS)                                              \
            fail_msg("%s does not hold: %s", verify_check_names[check],                            \
                     (s).points[check].why.message);                                               \
    } while (0)
#define fails(s, check, by_rule, part)                                                             \
    do {                                                                                           \
        assert_false((s).good);                                                                    \
        assert_int_equal((s).points[check].answer, VERIFY_FAILS);                                  \
        assert_string_equal((s).points[check].why.rule, by_rule);                                  \
        if (strstr((s).points[check].why.message, part) == NULL)                                   \
            fail_msg("\"%s\" does not say \"%s\"", (s).points[check].why.message, part);           \
    } while (0)

static void holds_but(const struct verify_signature *s, enum verify_check but)
{
    for (unsigned i = 0; i < VERIFY_CHECKS; i++)
        if (i != but && i < VERIFY_RECEIPT)
            holds(*s, i);
}

/* ---- Good ones ---- */

static void a_file_signed_as_declared_is_good(void **state)
{
    (void)state;
    struct verify_input in = input_of(CONTENT, &f.cms);
    struct verify_signature s = judged(&in);
    assert_true(s.good);
    holds_but(&s, VERIFY_RECEIPT);
    assert_int_equal(s.points[VERIFY_RECEIPT].answer, VERIFY_UNASKED);
    assert_int_equal(s.entry, -1);
    assert_int_equal(s.time, in.now);
    assert_int_equal(s.number, 2);
    assert_int_equal(s.mechanism, MECHANISM_ECDSA_SHA256);
    assert_memory_equal(s.key, f.desktop.id, sizeof s.key);
    ok_bytes(s.certificate, f.desktop.certificate);
}

static void a_receipt_shows_entry_and_time(void **state)
{
    (void)state;
    struct verify_input in = input_of(CONTENT, &f.cms);
    struct bytes receipt = buf_bytes(&f.cms_receipt);
    in.receipts = &receipt;
    in.receipt_count = 1;
    in.demand_receipt = true;
    struct verify_signature s = judged(&in);
    holds(s, VERIFY_RECEIPT);
    assert_true(s.good);
    assert_int_equal(s.entry, f.cms_entry);
    assert_int_equal(s.log_size, f.world.count);
    assert_true(s.time < in.now);
}

static void a_receipt_proves_what_the_rulebook_built(void **state)
{
    (void)state;
    struct verify_input in = input_of(IMAGE, &f.built);
    const struct bytes receipts[] = {buf_bytes(&f.built_receipt), buf_bytes(&f.grant_receipt)};
    in.receipts = receipts;
    in.receipt_count = 2;
    struct verify_signature s = judged(&in);
    holds(s, VERIFY_RECEIPT);
    assert_true(s.good);
    assert_int_equal(s.entry, f.built_entry);
}

/* Whoever has the key can sign any file with the time of a request on record. */
static void a_receipt_of_another_file_that_the_rulebook_built_for_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    AUTO_VALUE(buf) cms = BUF(CMS_DER_MAX);
    const struct bytes receipts[] = {buf_bytes(&f.built_receipt), buf_bytes(&f.grant_receipt)};
    uint8_t digest[32];
    struct err e;
    digest_sha256(digest, bytes_text("another image"));
    ok_call(format_attributes_build(&set, FORMAT_CMS, DIGEST_SHA256, BYTES_OF(digest), f.built_time,
                                    &e),
            e);
    message_make(&cms, &f.firmware, buf_bytes(&set));
    for (size_t count = 1; count <= 2; count++) {
        struct verify_input in = input_of("another image", &cms);
        in.receipts = receipts;
        in.receipt_count = count;
        struct verify_signature s = judged(&in);
        assert_false(s.good);
        holds_but(&s, VERIFY_RECEIPT);
    }
}

static void a_receipt_of_what_the_rulebook_built_needs_its_grant(void **state)
{
    (void)state;
    struct bytes receipt = buf_bytes(&f.built_receipt);
    struct verify_input in = input_of(IMAGE, &f.built);
    in.receipts = &receipt;
    in.receipt_count = 1;
    struct verify_signature s = judged(&in);
    fails(s, VERIFY_RECEIPT, "", "no receipt of that grant");
    assert_false(s.good);
}

static void the_right_one_of_several_receipts_and_roots_is_found(void **state)
{
    (void)state;
    struct verify_input in = input_of(CONTENT, &f.cms);
    const struct bytes receipts[] = {buf_bytes(&f.genesis_receipt), bytes_text("nonsense"),
                                     buf_bytes(&f.other_receipt), buf_bytes(&f.cms_receipt)};
    const struct bytes roots[] = {f.world.ca.certificate, f.world.root.certificate};
    in.receipts = receipts;
    in.receipt_count = 4;
    in.roots = roots;
    in.root_count = 2;
    struct verify_signature s = judged(&in);
    assert_true(s.good);
    assert_int_equal(s.entry, f.cms_entry);
}

/* ---- Time ---- */

static void an_expired_certificate_is_good_only_with_its_receipt(void **state)
{
    (void)state;
    struct verify_input in = input_of(CONTENT, &f.cms);
    struct bytes receipt = buf_bytes(&f.cms_receipt);
    in.now += 400 * DAY;
    struct verify_signature s = judged(&in);
    fails(s, VERIFY_CHAIN, "chain.validity", "valid from");
    holds_but(&s, VERIFY_CHAIN);
    in.receipts = &receipt;
    in.receipt_count = 1;
    s = judged(&in);
    assert_true(s.good);
    in.now = WORLD_START - DAY;
    assert_true(judged(&in).good);
    in.receipt_count = 0;
    s = judged(&in);
    fails(s, VERIFY_CHAIN, "chain.validity", "valid from");
}

/* ---- Bad ones, each for its own reason ---- */

static void another_file_is_not_what_was_signed(void **state)
{
    (void)state;
    struct verify_input in = input_of("the archivf", &f.cms);
    struct verify_signature s = judged(&in);
    fails(s, VERIFY_ARTIFACT, "binding.artifact", "another artifact");
    holds_but(&s, VERIFY_ARTIFACT);
}

static void a_root_that_is_not_trusted_is_no_chain(void **state)
{
    (void)state;
    AUTO_VALUE(world) other;
    world_found(&other, true);
    world_ready(&other);
    struct verify_input in = input_of(CONTENT, &f.cms);
    in.roots = &other.root.certificate;
    struct verify_signature s = judged(&in);
    assert_false(s.good);
    assert_int_equal(s.points[VERIFY_CHAIN].answer, VERIFY_FAILS);
    holds_but(&s, VERIFY_CHAIN);
    in.root_count = 0;
    s = judged(&in);
    fails(s, VERIFY_CHAIN, "chain.root", "no root");
}

static void a_certificate_of_another_authority_is_refused(void **state)
{
    (void)state;
    struct verify_input in = input_of(CONTENT, &f.cms);
    struct authority other = f.authority;
    other.id[31] ^= 1;
    in.authority = &other;
    struct verify_signature s = judged(&in);
    fails(s, VERIFY_AUTHORITY, "verify.authority", "does not name the pinned authority");
    holds_but(&s, VERIFY_AUTHORITY);
}

static void a_receipt_of_something_else_is_refused(void **state)
{
    (void)state;
    const struct {
        const struct buf *receipt;
        const char *says;
    } rows[] = {
        {&f.genesis_receipt, "\"genesis\", not a request"},
        {&f.other_receipt, "other signatures of this key"},
        {&f.built_receipt, "another key"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct verify_input in = input_of(CONTENT, &f.cms);
        struct bytes receipt = buf_bytes(rows[i].receipt);
        in.receipts = &receipt;
        in.receipt_count = 1;
        struct verify_signature s = judged(&in);
        fails(s, VERIFY_RECEIPT, "", rows[i].says);
        holds_but(&s, VERIFY_RECEIPT);
        assert_int_equal(s.time, in.now);
        assert_int_equal(s.entry, -1);
    }
}

static void built_attributes_of_another_time_or_file_are_not_the_receipts(void **state)
{
    (void)state;
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    AUTO_VALUE(buf) cms = BUF(CMS_DER_MAX);
    uint8_t digest[32];
    struct err e;
    digest_sha256(digest, bytes_text(IMAGE));
    ok_call(format_attributes_build(&set, FORMAT_CMS, DIGEST_SHA256, BYTES_OF(digest),
                                    f.world.now + 60 * SECOND, &e),
            e);
    message_make(&cms, &f.firmware, buf_bytes(&set));
    struct verify_input in = input_of(IMAGE, &cms);
    struct bytes receipt = buf_bytes(&f.built_receipt);
    in.receipts = &receipt;
    in.receipt_count = 1;
    struct verify_signature s = judged(&in);
    fails(s, VERIFY_RECEIPT, "", "other signatures of this key");

    in = input_of("another image", &f.built);
    in.receipts = &receipt;
    in.receipt_count = 1;
    s = judged(&in);
    fails(s, VERIFY_ARTIFACT, "binding.artifact", "another artifact");
    fails(s, VERIFY_RECEIPT, "", "other signatures of this key");
}

static void a_receipt_of_another_log_is_refused(void **state)
{
    (void)state;
    struct verify_input in = input_of(CONTENT, &f.cms);
    struct authority other = f.authority;
    struct bytes receipt = buf_bytes(&f.cms_receipt);
    memory_log_key(&other.log_key, WORLD_ORIGIN, PUBLISHED_SEED + 1);
    in.authority = &other;
    in.receipts = &receipt;
    in.receipt_count = 1;
    struct verify_signature s = judged(&in);
    assert_false(s.good);
    assert_int_equal(s.points[VERIFY_RECEIPT].answer, VERIFY_FAILS);
    assert_int_equal(s.points[VERIFY_RECEIPT].why.code, ERR_AUTH);
}

static void a_receipt_with_any_byte_changed_is_refused(void **state)
{
    (void)state;
    struct verify_input in = input_of(CONTENT, &f.cms);
    struct bytes receipt = buf_bytes(&f.cms_receipt);
    in.receipts = &receipt;
    in.receipt_count = 1;
    for (size_t i = 0; i < f.cms_receipt.size; i++) {
        f.cms_receipt.data[i] ^= 1;
        struct verify_signature s = judged(&in);
        assert_false(s.good);
        assert_int_equal(s.points[VERIFY_RECEIPT].answer, VERIFY_FAILS);
        f.cms_receipt.data[i] ^= 1;
    }
}

static void a_signature_without_receipt_is_bad_where_one_is_demanded(void **state)
{
    (void)state;
    struct verify_input in = input_of(CONTENT, &f.cms);
    in.demand_receipt = true;
    struct verify_signature s = judged(&in);
    fails(s, VERIFY_RECEIPT, "verify.receipt", "no receipt");
}

static void a_signature_by_another_key_does_not_hold(void **state)
{
    (void)state;
    struct world *w = &f.world;
    AUTO_VALUE(buf) cms = BUF(CMS_DER_MAX);
    struct world_key mixed = f.desktop;
    mixed.p256 = f.firmware.p256;
    message_make(&cms, &mixed, world_cms(w, CONTENT).preimages[0]);
    struct verify_input in = input_of(CONTENT, &cms);
    struct verify_signature s = judged(&in);
    fails(s, VERIFY_SIGNATURE, "", "");
    holds_but(&s, VERIFY_SIGNATURE);
}

/* What of the message is not signed (its version, for one) may change; what was signed, by whom and
 * over what may not. */
static void a_changed_byte_is_found_or_changes_nothing(void **state)
{
    (void)state;
    struct verify_input in = input_of(CONTENT, &f.cms);
    struct verify_signature before = judged(&in);
    unsigned found = 0;
    for (size_t i = 0; i < f.cms.size; i++) {
        f.cms.data[i] ^= 0x01;
        struct verify_signature s = judged(&in);
        found += !s.good;
        if (s.good) {
            assert_memory_equal(s.tbs, before.tbs, before.tbs_size);
            assert_memory_equal(s.key, before.key, sizeof s.key);
            assert_memory_equal(s.artifact, before.artifact, 32);
        }
        f.cms.data[i] ^= 0x01;
    }
    assert_true(found > f.cms.size - 40);
}

static void a_cut_message_is_no_signature(void **state)
{
    (void)state;
    for (size_t size = 1; size < f.cms.size; size += 7) {
        struct verify_input in = input_of(CONTENT, &f.cms);
        in.beside.size = size;
        struct verify_signature s = judged(&in);
        assert_false(s.good);
        assert_int_equal(s.points[VERIFY_SIGNATURE].answer, VERIFY_FAILS);
        assert_int_equal(s.points[VERIFY_CHAIN].answer, VERIFY_UNASKED);
    }
}

static void a_foreign_image_is_refused_for_its_old_hash(void **state)
{
    (void)state;
    AUTO_VALUE(buf) image = BUF(1 << 20);
    struct err e;
    ok_call(file_read(&image, SEALWARD_DATA "/64/pegoat-authenticode.exe", FILE_REGULAR, &e), e);
    struct verify_input in = input_of("", &f.cms);
    in.format = bytes_text("pe");
    in.file = buf_bytes(&image);
    in.beside = BYTES_NONE;
    struct verify_signature s = judged(&in);
    fails(s, VERIFY_SIGNATURE, "", "1.3.14.3.2.26 is not accepted");
}

/* ---- Nothing to judge ---- */

static void what_cannot_be_judged_is_said_and_changes_nothing(void **state)
{
    (void)state;
    static const struct bytes many[VERIFY_RECEIPTS_MAX + 1];
    AUTO_VALUE(arena) a = VERIFY_ARENA;
    struct verdict verdict = {.count = 77};
    struct verify_input in = input_of(CONTENT, &f.cms);
    struct bytes nonsense = bytes_text("nonsense");
    struct err e;
    in.beside = BYTES_NONE;
    ok_err(verify_file(&verdict, &in, &a, &e), e, ERR_NOT_FOUND, "no signature");
    in = input_of(CONTENT, &f.cms);
    in.format = bytes_text("jar");
    ok_err(verify_file(&verdict, &in, &a, &e), e, ERR_STATE, "not verified here");
    in.format = bytes_text("gif");
    ok_err(verify_file(&verdict, &in, &a, &e), e, ERR_NOT_FOUND, "gif");
    in.format = bytes_text("pe");
    ok_err(verify_file(&verdict, &in, &a, &e), e, ERR_INPUT, "not a PE image");
    in = input_of(CONTENT, &f.cms);
    in.roots = &nonsense;
    ok_err(verify_file(&verdict, &in, &a, &e), e, ERR_INPUT, "trusted root 1");
    in = input_of(CONTENT, &f.cms);
    in.receipts = many;
    in.receipt_count = VERIFY_RECEIPTS_MAX + 1;
    ok_err(verify_file(&verdict, &in, &a, &e), e, ERR_LIMIT, "at most");
    assert_int_equal(verdict.count, 77);
    assert_null(verdict.list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_signed_as_declared_is_good),
        cmocka_unit_test(a_receipt_shows_entry_and_time),
        cmocka_unit_test(a_receipt_proves_what_the_rulebook_built),
        cmocka_unit_test(a_receipt_of_another_file_that_the_rulebook_built_for_is_refused),
        cmocka_unit_test(a_receipt_of_what_the_rulebook_built_needs_its_grant),
        cmocka_unit_test(the_right_one_of_several_receipts_and_roots_is_found),
        cmocka_unit_test(an_expired_certificate_is_good_only_with_its_receipt),
        cmocka_unit_test(another_file_is_not_what_was_signed),
        cmocka_unit_test(a_root_that_is_not_trusted_is_no_chain),
        cmocka_unit_test(a_certificate_of_another_authority_is_refused),
        cmocka_unit_test(a_receipt_of_something_else_is_refused),
        cmocka_unit_test(built_attributes_of_another_time_or_file_are_not_the_receipts),
        cmocka_unit_test(a_receipt_of_another_log_is_refused),
        cmocka_unit_test(a_receipt_with_any_byte_changed_is_refused),
        cmocka_unit_test(a_signature_without_receipt_is_bad_where_one_is_demanded),
        cmocka_unit_test(a_signature_by_another_key_does_not_hold),
        cmocka_unit_test(a_changed_byte_is_found_or_changes_nothing),
        cmocka_unit_test(a_cut_message_is_no_signature),
        cmocka_unit_test(a_foreign_image_is_refused_for_its_old_hash),
        cmocka_unit_test(what_cannot_be_judged_is_said_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, fixture_make, fixture_done);
}
