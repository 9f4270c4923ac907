#include "unit/ok.h"

#include "artifact/artifact.h"
#include "artifact/pe.h"
#include "base/file.h"
#include "base/hex.h"

#include <stdio.h>

static void image_read(struct buf *ret, const char *name)
{
    char path[512];
    struct err e;
    assert_true((size_t)snprintf(path, sizeof path, "%s/%s", SEALWARD_DATA, name) < sizeof path);
    ok_call(file_read(ret, path, FILE_REGULAR, &e), e);
}

static void images_have_the_hash_that_osslsigncode_computes(void **state)
{
    (void)state;
    static const struct {
        const char *name, *hash;
    } cases[] = {
        {"32/pegoat.exe", "6b7fa3e8298f33bc47f4abb9c845930b1eacc0dad96503cfa52d4ea18ddc89f0"},
        {"32/pegoat-authenticode.exe",
         "ea013992f99840f76dcac225dd1262edcec3254511b250a6d1e98d99fc48f815"},
        {"64/pegoat-authenticode.exe",
         "5c823491c5991914aec971d9456d93d6cf2b8ee7e0ed7abc0b77031d8ec073c0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t digest[DIGEST_MAX];
        char hex[2 * DIGEST_SHA256_SIZE + 1];
        struct err e;
        AUTO_VALUE(buf) file = BUF(1 << 20);
        image_read(&file, cases[i].name);
        ok_call(artifact_identify(digest, bytes_text("pe"), DIGEST_SHA256, buf_bytes(&file), &e),
                e);
        assert_string_equal(hex_string(hex, bytes_make(digest, DIGEST_SHA256_SIZE)), cases[i].hash);
    }
}

static void signatures_of_an_image_are_found(void **state)
{
    (void)state;
    AUTO_VALUE(buf) file = BUF(1 << 20);
    AUTO_VALUE(arena) a = ARENA(ARTIFACT_ARENA_MAX);
    struct artifact_signatures found;
    struct err e;
    image_read(&file, "64/pegoat-authenticode.exe");
    ok_call(artifact_signatures(&found, bytes_text("pe"), buf_bytes(&file), BYTES_NONE, &a, &e), e);
    assert_int_equal(found.count, 1);
    struct artifact_preimages preimages = {.count = 77};
    ok_err(artifact_preimages(&preimages, bytes_text("pe"), found.list[0], &a, &e), e, ERR_INPUT,
           "1.3.14.3.2.26 is not accepted");
    assert_int_equal(preimages.count, 77);
    buf_reset(&file);
    image_read(&file, "32/pegoat.exe");
    ok_call(artifact_signatures(&found, bytes_text("pe"), buf_bytes(&file), BYTES_NONE, &a, &e), e);
    assert_int_equal(found.count, 0);
}

static void only_checksum_entry_and_table_do_not_count(void **state)
{
    (void)state;
    AUTO_VALUE(buf) file = BUF(1 << 20);
    struct pe pe;
    struct err e;
    uint8_t known[DIGEST_MAX];
    image_read(&file, "64/pegoat-authenticode.exe");
    ok_call(pe_parse(&pe, buf_bytes(&file), &e), e);
    assert_true(pe.flat);
    assert_int_equal(pe.table_at + pe.table_size, file.size);
    ok_call(artifact_identify(known, bytes_text("pe"), DIGEST_SHA256, buf_bytes(&file), &e), e);
    for (size_t i = 0; i < file.size; i++) {
        uint8_t digest[DIGEST_MAX];
        bool outside = (i >= pe.checksum_at && i < pe.checksum_at + 4) || i >= pe.table_at;
        if (i >= pe.entry_at && i < pe.entry_at + 8)
            continue;
        file.data[i] ^= 1;
        if (artifact_identify(digest, bytes_text("pe"), DIGEST_SHA256, buf_bytes(&file), &e))
            assert_int_equal(memcmp(digest, known, DIGEST_SHA256_SIZE) == 0, outside);
        file.data[i] ^= 1;
    }
}

static void a_file_that_cannot_be_signed_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(buf) file = BUF(1 << 20);
    struct pe pe, before;
    struct err e = {0};
    memset(&before, 0xa5, sizeof before);
    image_read(&file, "32/pegoat-authenticode.exe");
    ok_call(pe_parse(&pe, buf_bytes(&file), &e), e);
    size_t optional = pe.checksum_at - 64;
    const struct {
        size_t at;
        uint8_t byte;
        const char *says;
    } cases[] = {
        {0, 'X', "MZ"},
        {60, 0xff, "PE header"},
        {optional - 24, 'X', "PE header"},
        {optional - 17, 0xff, "more than 256 sections"},
        {optional, 0x07, "neither PE32"},
        {optional + 92, 4, "no entry"},
        {pe.entry_at, 1, "begins at a wrong place"},
        {pe.entry_at + 4, 1, "does not end where the file ends"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t kept = file.data[cases[i].at];
        file.data[cases[i].at] = cases[i].byte;
        pe = before;
        ok_err(pe_parse(&pe, buf_bytes(&file), &e), e, ERR_INPUT, cases[i].says);
        assert_memory_equal(&pe, &before, sizeof pe);
        file.data[cases[i].at] = kept;
    }
    for (size_t size = 0; size < file.size; size++)
        assert_false(pe_parse(&pe, bytes_make(file.data, size), &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_have_the_hash_that_osslsigncode_computes),
        cmocka_unit_test(signatures_of_an_image_are_found),
        cmocka_unit_test(only_checksum_entry_and_table_do_not_count),
        cmocka_unit_test(a_file_that_cannot_be_signed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
