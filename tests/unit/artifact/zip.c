#include "unit/artifact/archive.h"

#include "artifact/zip.h"

#define CENTRAL 46
#define END 22

static void entries_come_in_the_order_of_their_names(void **state)
{
    (void)state;
    AUTO_VALUE(archive) z = ARCHIVE;
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    AUTO_VALUE(buf) contents = BUF(100);
    struct zip zip;
    struct err e;
    archive_add(&z, "b", "second");
    archive_add(&z, "a", "first");
    archive_add(&z, "c/", "");
    ok_call(zip_parse(&zip, archive_end(&z), &a, &e), e);
    assert_int_equal(zip.count, 3);
    ok_text(zip.entries[0].name, "a");
    ok_text(zip.entries[2].name, "c/");
    ok_call(zip_read(&contents, &zip.entries[0], &e), e);
    ok_text(buf_bytes(&contents), "first");
}

static void an_empty_archive_is_one(void **state)
{
    (void)state;
    AUTO_VALUE(archive) z = ARCHIVE;
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    struct zip zip;
    struct err e;
    ok_call(zip_parse(&zip, archive_end(&z), &a, &e), e);
    assert_int_equal(zip.count, 0);
}

static void what_two_readers_could_see_differently_is_refused(void **state)
{
    (void)state;
    /* One archive with entries "a" ("xy") and "b" (""): where in it, the new byte, the complaint.
     */
    const size_t first = 30 + 1 + 2;
    const size_t directory = first + 30 + 1;
    const size_t end = directory + 2 * (CENTRAL + 1);
    const struct {
        size_t at;
        uint8_t byte;
        const char *says;
    } cases[] = {
        {30, 'c', "one name in the directory"},
        {directory + CENTRAL, 'b', "one name in the directory"},
        {0, 'X', "no local header"},
        {directory, 'X', "fewer entries"},
        {directory + 8, 1, "encrypted"},
        {directory + 10, 12, "other than deflate"},
        {directory + 20, 9, "two sizes"},
        {8, 8, "does not say what"},
        {18, 1, "does not say what"},
        {22, 1, "does not say what"},
        {6, 8, "does not say what"},
        {directory + 42, 5, "no local header"},
        {end, 'X', "no end record"},
        {end + 4, 1, "several disks"},
        {end + 8, 1, "several disks"},
        {end + 12, 1, "does not end where"},
        {end + 16, 0, "does not end where"},
        {end + 20, 1, "no end record"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(archive) z = ARCHIVE;
        AUTO_VALUE(arena) a = ARENA(1 << 20);
        struct zip zip = {.count = 77};
        struct err e = {0};
        archive_add(&z, "a", "xy");
        archive_add(&z, "b", "");
        struct bytes file = archive_end(&z);
        assert_int_equal(file.size, end + END);
        z.file.data[cases[i].at] = cases[i].byte;
        ok_err(zip_parse(&zip, file, &a, &e), e, ERR_INPUT, cases[i].says);
        assert_int_equal(zip.count, 77);
    }
}

static void doubled_and_unreadable_names_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second, *says;
    } cases[] = {{"a", "a", "same name"}, {"a", "\xff", "not UTF-8"}, {"a", "", "no name"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(archive) z = ARCHIVE;
        AUTO_VALUE(arena) a = ARENA(1 << 20);
        struct zip zip;
        struct err e = {0};
        archive_add(&z, cases[i].first, "");
        archive_add(&z, cases[i].second, "");
        ok_err(zip_parse(&zip, archive_end(&z), &a, &e), e, ERR_INPUT, cases[i].says);
    }
}

static void bytes_between_entries_are_refused(void **state)
{
    (void)state;
    for (int where = 0; where < 3; where++) {
        AUTO_VALUE(archive) z = ARCHIVE;
        AUTO_VALUE(arena) a = ARENA(1 << 20);
        struct zip zip;
        struct err e = {0};
        for (int i = 0; i < 3; i++) {
            if (i == where)
                buf_put_text(&z.file, "hidden");
            if (i < 2)
                archive_add(&z, i == 0 ? "a" : "b", "xy");
        }
        ok_err(zip_parse(&zip, archive_end(&z), &a, &e), e, ERR_INPUT, "follow each other");
    }
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(archive) z = ARCHIVE;
    archive_add(&z, "a", "xy");
    struct bytes file = archive_end(&z);
    for (size_t size = 0; size < file.size; size++) {
        AUTO_VALUE(arena) a = ARENA(1 << 20);
        struct zip zip;
        struct err e;
        assert_false(zip_parse(&zip, bytes_make(file.data, size), &a, &e));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_in_the_order_of_their_names),
        cmocka_unit_test(an_empty_archive_is_one),
        cmocka_unit_test(what_two_readers_could_see_differently_is_refused),
        cmocka_unit_test(doubled_and_unreadable_names_are_refused),
        cmocka_unit_test(bytes_between_entries_are_refused),
        cmocka_unit_test(every_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
