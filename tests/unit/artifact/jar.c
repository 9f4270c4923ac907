#include "unit/artifact/archive.h"
#include "unit/page.h"

#include "artifact/artifact.h"

#define MANIFEST "META-INF/MANIFEST.MF"
#define MAIN "Manifest-Version: 1.0\r\nMain-Class: a.B\r\n\r\n"

struct entry {
    const char *name, *contents;
};

static void jar_identify(uint8_t ret[DIGEST_SHA256_SIZE], const struct entry *entries, size_t count)
{
    uint8_t digest[DIGEST_MAX];
    AUTO_VALUE(archive) z = ARCHIVE;
    struct err e;
    for (size_t i = 0; i < count; i++)
        archive_add(&z, entries[i].name, entries[i].contents);
    ok_call(artifact_identify(digest, bytes_text("jar"), DIGEST_SHA256, archive_end(&z), &e), e);
    memcpy(ret, digest, DIGEST_SHA256_SIZE);
}

static const struct entry plain[] = {{MANIFEST, MAIN}, {"a/B.class", "code"}, {"x", "y"}};

static void signing_does_not_change_the_identity(void **state)
{
    (void)state;
    static const struct entry is_signed[] = {
        {MANIFEST, "Manifest-Version: 1.0\r\nMain-Cl\r\n ass: a.B\r\n\r\n"
                   "Name: x\r\nSHA-256-Digest: AAAA\r\n\r\n"},
        {"META-INF/RELEASE.SF", "Signature-Version: 1.0\r\n\r\n"},
        {"META-INF/RELEASE.EC", "cms"},
        {"META-INF/", ""},
        {"x", "y"},
        {"a/B.class", "code"},
    };
    uint8_t before[DIGEST_SHA256_SIZE];
    uint8_t after[DIGEST_SHA256_SIZE];
    jar_identify(before, plain, 3);
    jar_identify(after, is_signed, 6);
    assert_memory_equal(before, after, sizeof before);
}

static void everything_else_changes_it(void **state)
{
    (void)state;
    static const struct entry others[][3] = {
        {{MANIFEST, MAIN}, {"a/B.class", "Code"}, {"x", "y"}},
        {{MANIFEST, MAIN}, {"a/C.class", "code"}, {"x", "y"}},
        {{MANIFEST, "Main-Class: a.X\r\n"}, {"a/B.class", "code"}, {"x", "y"}},
        {{MANIFEST, "Main-Class: a.B\r\nX: y\r\n"}, {"a/B.class", "code"}, {"x", "y"}},
        {{"META-INF/sub/RELEASE.SF", ""}, {"a/B.class", "code"}, {"x", "y"}},
        {{"META-INF/services", ""}, {"a/B.class", "code"}, {"x", "y"}},
    };
    uint8_t known[DIGEST_SHA256_SIZE];
    uint8_t other[DIGEST_SHA256_SIZE];
    jar_identify(known, plain, 3);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        jar_identify(other, others[i], 3);
        assert_memory_not_equal(known, other, sizeof known);
    }
    jar_identify(other, plain, 2);
    assert_memory_not_equal(known, other, sizeof known);
}

static void two_manifests_are_refused(void **state)
{
    (void)state;
    AUTO_VALUE(archive) z = ARCHIVE;
    uint8_t digest[DIGEST_MAX];
    struct err e = {0};
    archive_add(&z, MANIFEST, MAIN);
    archive_add(&z, "META-INF/Manifest.mf", MAIN);
    ok_err(artifact_identify(digest, bytes_text("jar"), DIGEST_SHA256, archive_end(&z), &e), e,
           ERR_INPUT, "two manifests");
}

static void signature_blocks_are_found(void **state)
{
    (void)state;
    AUTO_VALUE(archive) z = ARCHIVE;
    AUTO_VALUE(arena) a = ARENA(ARTIFACT_ARENA_MAX);
    struct artifact_signatures found;
    struct artifact_preimages preimages;
    struct err e;
    archive_add(&z, "META-INF/B.RSA", "second");
    archive_add(&z, "META-INF/A.EC", "first");
    archive_add(&z, "META-INF/A.SF", "no");
    archive_add(&z, "other/A.EC", "no");
    ok_call(artifact_signatures(&found, bytes_text("jar"), archive_end(&z), BYTES_NONE, &a, &e), e);
    assert_int_equal(found.count, 2);
    ok_text(found.list[0], "first");
    ok_text(found.list[1], "second");
    ok_err(artifact_preimages(&preimages, bytes_text("jar"), found.list[0], &a, &e), e, ERR_STATE,
           "cannot be bound");
}

static void the_example_of_the_page_is_what_is_hashed(void **state)
{
    (void)state;
    size_t place = 0;
    uint8_t identity[DIGEST_SHA256_SIZE];
    uint8_t hashed[DIGEST_SHA256_SIZE];
    AUTO_VALUE(buf) page = BUF(1 << 16);
    AUTO_VALUE(buf) input = BUF(4096);
    AUTO_VALUE(buf) digest = BUF(4096);
    page_read(&page, "artifact-and-binding.md");
    page_hex(&input, page_block(&page, "jar", &place));
    page_hex(&digest, page_block(&page, "jar-digest", &place));
    jar_identify(identity, plain, 3);
    digest_sha256(hashed, buf_bytes(&input));
    ok_bytes(BYTES_OF(identity), buf_bytes(&digest));
    ok_bytes(BYTES_OF(hashed), buf_bytes(&digest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signing_does_not_change_the_identity),
        cmocka_unit_test(everything_else_changes_it),
        cmocka_unit_test(two_manifests_are_refused),
        cmocka_unit_test(signature_blocks_are_found),
        cmocka_unit_test(the_example_of_the_page_is_what_is_hashed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
