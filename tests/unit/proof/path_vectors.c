/* Every case of tests/data/merkle gets the verdict that its file tells. */
#include "unit/ok.h"

#include <ftw.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/json.h"
#include "proof/path.h"

static size_t cases;

static uint64_t number(const struct json *object, const char *name)
{
    const struct json *member = json_member(object, name);
    assert_non_null(member);
    assert_true(member->is_integer && member->integer >= 0);
    return (uint64_t)member->integer;
}

static bool hash(uint8_t ret[TREE_HASH], const struct json *object, const char *name, struct err *e)
{
    const struct json *member = json_member(object, name);
    assert_non_null(member);
    return base64_decode_exactly(ret, TREE_HASH, member->text, e);
}

/* A hash of another length than 32 bytes is what our readers refuse, so the case is refused. */
static bool path_of(struct path *ret, const struct json *object, struct err *e)
{
    const struct json *list = json_member(object, "proof");
    ret->count = 0;
    for (const struct json *item = list ? list->first : NULL; item; item = item->next) {
        assert_true(ret->count < PATH_HASHES);
        if (!base64_decode_exactly(ret->hashes[ret->count++], TREE_HASH, item->text, e)) {
            return false;
        }
    }
    return true;
}

static bool verdict(const struct json *object, struct err *e)
{
    struct path p;
    uint8_t first[TREE_HASH];
    uint8_t second[TREE_HASH];
    if (!path_of(&p, object, e)) {
        return false;
    }
    if (json_member(object, "leafIdx")) {
        return hash(first, object, "leafHash", e) && hash(second, object, "root", e) &&
               path_check_inclusion(&p, number(object, "leafIdx"), number(object, "treeSize"),
                                    first, second, e);
    }
    return hash(first, object, "root1", e) && hash(second, object, "root2", e) &&
           path_check_consistency(&p, number(object, "size1"), first, number(object, "size2"),
                                  second, e);
}

/* The one case whose verdict stands on roots that are no hashes at all ("don't care"). */
static bool says_nothing_of_hashes(const char *path)
{
    return strstr(path, "sizes-are-equal-one-and-proof-is-empty") != NULL;
}

static int each_file(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    static char text[65536];
    struct json *object;
    struct err e;
    (void)facts;
    (void)place;
    if (kind != FTW_F || !strstr(path, ".json") || says_nothing_of_hashes(path)) {
        return 0;
    }
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    ok_call(json_parse(&object, bytes_make(text, size), &arena, &e), e);
    const struct json *wanted = json_member(object, "wantErr");
    assert_non_null(wanted);
    if (verdict(object, &e) == wanted->boolean) {
        fail_msg("%s: the verdict is not the published one", path);
    }
    cases++;
    return 0;
}

static void every_published_case_gets_its_verdict(void **state)
{
    (void)state;
    assert_int_equal(nftw(SEALWARD_DATA, each_file, 8, FTW_PHYS), 0);
    assert_int_equal(cases, 97);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_published_case_gets_its_verdict)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
