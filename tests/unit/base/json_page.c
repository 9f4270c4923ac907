/*
 * Holds docs/protocol/canonical-json.md true: every example is given to the code, and every verdict
 * of its tables on the texts of JSONTestSuite is the code's.
 */
#include "unit/ok.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fields.h"

struct example {
    int64_t version;
    int64_t expires;
    struct bytes name;
    struct bytes digest;
    int mode;
    struct list parts;
    struct bytes body;
};

static const char *const modes[] = {"none", "after", "before", NULL};

#define AT(member) #member, .offset = offsetof(struct example, member)

FIELDS(example_fields, "example", struct example,
       {.name = AT(version), .kind = FIELD_INTEGER, .min = 1, .max = 9},
       {.name = AT(expires), .kind = FIELD_INTEGER, .max = JSON_INTEGER_MAX, .optional = true},
       {.name = AT(name), .kind = FIELD_TEXT, .min = 1, .max = 8},
       {.name = AT(digest), .kind = FIELD_BYTES, .min = 4, .max = 4},
       {.name = AT(mode), .kind = FIELD_ENUM, .names = modes},
       {.name = AT(parts),
        .kind = FIELD_LIST,
        .max = 2,
        .item = FIELD_TEXT,
        .item_min = 1,
        .item_max = 4},
       {.name = AT(body), .kind = FIELD_RAW, .max = 40, .optional = true});

static struct buf file_bytes(const char *path)
{
    struct buf b = BUF(1 << 20);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    uint8_t *place = buf_grow(&b, 1 << 20);
    b.size = fread(place, 1, 1 << 20, file);
    (void)fclose(file);
    return b;
}

static struct buf page(void)
{
    return file_bytes(SOURCE_ROOT "/docs/protocol/canonical-json.md");
}

/* The first block of that kind at or behind *at, without the line feed at its end. */
static bool block_next(struct bytes *ret, const char **at, const char *kind)
{
    char fence[64];
    (void)snprintf(fence, sizeof fence, "\n```json %s\n", kind);
    const char *start = strstr(*at, fence);
    if (start == NULL)
        return false;
    start += strlen(fence);
    const char *end = strstr(start, "\n```");
    assert_non_null(end);
    *ret = bytes_make(start, (size_t)(end - start));
    *at = end;
    return true;
}

static bool example_accepts(struct bytes text, struct err *e)
{
    AUTO_VALUE(arena) a = ARENA(1 << 20);
    struct example example;
    return fields_read(&example, &example_fields, text, &a, e);
}

static void ok_blocks(const char *kind, bool (*accepts)(struct bytes text, struct err *e),
                      bool verdict, size_t at_least)
{
    AUTO_VALUE(buf) text = page();
    const char *at = buf_string(&text);
    struct bytes block;
    struct err e;
    size_t count = 0;
    for (; block_next(&block, &at, kind); count++)
        if (accepts(block, &e) != verdict)
            fail_msg("%s: %.*s", kind, BYTES_PRINT(block));
    assert_true(count >= at_least);
}

static void its_values_are_accepted_and_refused_as_it_says(void **state)
{
    (void)state;
    ok_blocks("accept", json_canonical, true, 4);
    ok_blocks("refuse", json_canonical, false, 12);
}

static void its_objects_are_accepted_and_refused_as_it_says(void **state)
{
    (void)state;
    ok_blocks("accept example", example_accepts, true, 2);
    ok_blocks("refuse example", example_accepts, false, 19);
}

static bool general_accepts(struct bytes text)
{
    AUTO_VALUE(arena) a = ARENA(64 << 20);
    struct json untouched;
    struct json *value = &untouched;
    struct err e;
    bool ok = json_parse(&value, text, &a, &e);
    assert_int_equal(ok, value != &untouched);
    return ok;
}

/* What the page's tables say of the file; the default where they do not name it. */
static bool page_verdict(const char *page_text, const char *file, int otherwise)
{
    char row[300];
    (void)snprintf(row, sizeof row, "| `%s` | ", file);
    const char *at = strstr(page_text, row);
    if (at == NULL && otherwise < 0)
        fail_msg("%s is not decided", file);
    if (at == NULL)
        return otherwise == 1;
    return strncmp(at + strlen(row), "accepted", 8) == 0;
}

static size_t ok_folder(const char *folder)
{
    AUTO_VALUE(buf) text = page();
    const char *page_text = buf_string(&text);
    size_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        const char *name = entry->d_name;
        char path[1000];
        if (name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
        AUTO_VALUE(buf) source = file_bytes(path);
        int otherwise = strncmp(name, "y_", 2) == 0 ? 1 : strncmp(name, "n_", 2) == 0 ? 0 : -1;
        if (general_accepts(buf_bytes(&source)) != page_verdict(page_text, name, otherwise))
            fail_msg("%s is decided otherwise", name);
        count++;
    }
    (void)closedir(dir);
    return count;
}

static void the_public_suite_is_judged_as_it_says(void **state)
{
    (void)state;
    assert_int_equal(ok_folder(SOURCE_ROOT "/tests/data/json/test_parsing"), 318);
    assert_int_equal(ok_folder(SOURCE_ROOT "/tests/data/json/test_transform"), 22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_values_are_accepted_and_refused_as_it_says),
        cmocka_unit_test(its_objects_are_accepted_and_refused_as_it_says),
        cmocka_unit_test(the_public_suite_is_judged_as_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
