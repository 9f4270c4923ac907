/*
 * The form of distrust lists, and looking things up in them, held against plain sets.
 */
#include "distrust_sample.h"

#include <stdlib.h>

#include "base/hex.h"
#include "unit/page.h"

enum { RANGE = 20000, GROUPS = 5, KINDS = 40 };

static uint64_t seed = 1;

static uint64_t random_next(void)
{
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Finished with bytes that verify under nothing: form alone. */
static void finish(struct buf *b)
{
    static const uint8_t any[DISTRUST_SIGNATURE] = {1};
    struct err e;
    ok_call(distrust_finish(b, BYTES_OF(any), BYTES_OF(any), &e), e);
}

static void file_make(struct buf *ret, const struct distrust_plan *plan)
{
    struct err e;
    *ret = BUF(DISTRUST_MAX);
    ok_call(distrust_build(ret, plan, &e), e);
    finish(ret);
}

/* ---- Looking up ---- */

static void what_was_put_in_is_found_and_nothing_else(void **state)
{
    (void)state;
    struct distrust_path paths[2];
    struct distrust_plan plan = sample_plan(paths);
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    AUTO_VALUE(buf) file;
    struct distrust list;
    struct err e;
    int64_t effective = -1;
    const uint8_t seven[DIGEST_SHA256_SIZE] = {0, 0, 0, 0, 0, 0, 0, 7, 99};
    file_make(&file, &plan);
    ok_call(distrust_open(&list, buf_bytes(&file), &a, &e), e);
    assert_memory_equal(&list.head, &plan.head, sizeof plan.head);
    assert_int_equal(distrust_certificate(&list, 20, &effective), DISTRUST_LISTED);
    assert_int_equal(effective, 0);
    assert_int_equal(distrust_certificate(&list, 511, &effective), DISTRUST_LISTED);
    assert_int_equal(effective, SAMPLE_ISSUED);
    assert_int_equal(distrust_certificate(&list, 19, &effective), DISTRUST_ABSENT);
    assert_int_equal(distrust_certificate(&list, 512, &effective), DISTRUST_UNKNOWN);
    assert_int_equal(distrust_certificate(&list, UINT64_MAX, &effective), DISTRUST_UNKNOWN);
    assert_true(distrust_key(&list, sample_keys[1].key, &effective));
    assert_int_equal(effective, SAMPLE_ISSUED - 1);
    assert_false(distrust_key(&list, sample_artifacts, &effective));
    assert_true(distrust_signature(&list, seven));
    assert_false(distrust_signature(&list, sample_keys[0].key));
    assert_true(distrust_artifact(&list, sample_artifacts + 32));
    assert_false(distrust_artifact(&list, sample_keys[1].key));
}

static void all_paths_of_a_key_are_found(void **state)
{
    (void)state;
    struct distrust_path paths[2];
    struct distrust_plan plan = sample_plan(paths);
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    AUTO_VALUE(buf) file;
    struct distrust list;
    struct err e;
    size_t place = 0;
    file_make(&file, &plan);
    ok_call(distrust_open(&list, buf_bytes(&file), &a, &e), e);
    const struct distrust_path *path = distrust_path(&list, sample_path_keys + 32, &place);
    assert_non_null(path);
    ok_text(path->id, "nightly");
    assert_int_equal(path->since, SAMPLE_ISSUED - HIERARCHY_DAY);
    path = distrust_path(&list, sample_path_keys + 32, &place);
    assert_non_null(path);
    ok_text(path->id, "nightly-2");
    assert_null(distrust_path(&list, sample_path_keys + 32, &place));
    place = 0;
    assert_null(distrust_path(&list, sample_keys[0].key, &place));
}

static void the_empty_list_is_a_list(void **state)
{
    (void)state;
    struct distrust_path paths[2];
    struct distrust_plan plan = {.head = sample_plan(paths).head};
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    AUTO_VALUE(buf) file;
    struct distrust list;
    struct err e;
    int64_t effective;
    plan.head.certificates = 0;
    file_make(&file, &plan);
    ok_call(distrust_open(&list, buf_bytes(&file), &a, &e), e);
    assert_int_equal(distrust_certificate(&list, 0, &effective), DISTRUST_UNKNOWN);
    assert_false(distrust_key(&list, sample_keys[0].key, &effective));
    assert_false(distrust_signature(&list, sample_keys[0].key));
    assert_false(distrust_artifact(&list, sample_keys[0].key));
}

/* A plain set: for each number the group it is in, or -1. */
struct set {
    int group[RANGE];
    uint64_t numbers[GROUPS][RANGE];
    struct distrust_group groups[GROUPS];
    size_t group_count;
};

/* Scattered ones and runs, some groups all but empty. */
static void set_fill(struct set *set)
{
    size_t counts[GROUPS] = {0};
    uint64_t share = 1 + random_next() % 200;
    for (size_t i = 0; i < RANGE; i++) {
        bool run = (i / 97) % 31 == 7;
        set->group[i] = -1;
        if (!run && random_next() % share != 0)
            continue;
        set->group[i] = run ? 0 : (int)(random_next() % GROUPS);
        set->numbers[set->group[i]][counts[set->group[i]]++] = i;
    }
    set->group_count = 0;
    for (size_t g = 0; g < GROUPS; g++)
        if (counts[g] > 0)
            set->groups[set->group_count++] = (struct distrust_group){
                .effective = (int64_t)g * 1000, .numbers = set->numbers[g], .count = counts[g]};
}

static void a_list_answers_as_a_plain_set_does(void **state)
{
    (void)state;
    struct distrust_path paths[2];
    struct set *set = calloc(1, sizeof *set);
    assert_non_null(set);
    for (unsigned round = 0; round < 20; round++) {
        struct distrust_plan plan = {.head = sample_plan(paths).head};
        AUTO_VALUE(arena) a = DISTRUST_ARENA;
        AUTO_VALUE(buf) file;
        struct distrust list;
        struct err e;
        set_fill(set);
        plan.head.certificates = RANGE;
        plan.groups = set->groups;
        plan.group_count = set->group_count;
        file_make(&file, &plan);
        ok_call(distrust_open(&list, buf_bytes(&file), &a, &e), e);
        for (size_t i = 0; i < RANGE; i++) {
            int64_t effective = -1;
            enum distrust_answer answer = distrust_certificate(&list, i, &effective);
            assert_int_equal(answer, set->group[i] < 0 ? DISTRUST_ABSENT : DISTRUST_LISTED);
            assert_int_equal(effective, set->group[i] < 0 ? -1 : set->group[i] * 1000);
        }
    }
    free(set);
}

static int hashes_compare(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST_SHA256_SIZE);
}

static void hashes_are_found_as_in_a_plain_set(void **state)
{
    (void)state;
    struct distrust_path paths[2];
    uint8_t hashes[KINDS][DIGEST_SHA256_SIZE];
    struct distrust_key keys[KINDS / 2];
    uint64_t prefixes[KINDS / 2];
    struct distrust_plan plan = {.head = sample_plan(paths).head};
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    AUTO_VALUE(buf) file;
    struct distrust list;
    struct err e;
    for (size_t i = 0; i < KINDS; i++)
        digest_sha256(hashes[i], bytes_make(&i, sizeof i));
    qsort(hashes, KINDS, sizeof hashes[0], hashes_compare);
    for (size_t i = 0; i < KINDS / 2; i++) {
        memcpy(keys[i].key, hashes[2 * i], DIGEST_SHA256_SIZE);
        keys[i].effective = (int64_t)i;
        prefixes[i] = distrust_signature_prefix(hashes[2 * i]);
    }
    plan.keys = keys;
    plan.key_count = KINDS / 2;
    plan.signatures = prefixes;
    plan.signature_count = KINDS / 2;
    file_make(&file, &plan);
    ok_call(distrust_open(&list, buf_bytes(&file), &a, &e), e);
    for (size_t i = 0; i < KINDS; i++) {
        int64_t effective = -1;
        assert_int_equal(distrust_key(&list, hashes[i], &effective), i % 2 == 0);
        assert_int_equal(effective, i % 2 == 0 ? (int64_t)i / 2 : -1);
        assert_int_equal(distrust_signature(&list, hashes[i]), i % 2 == 0);
    }
}

static void the_index_takes_little_memory(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    struct distrust_path paths[2];
    struct distrust_plan plan = {.head = sample_plan(paths).head};
    uint64_t *numbers = calloc(MANY, sizeof *numbers);
    struct distrust_group group = {.numbers = numbers, .count = MANY};
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    AUTO_VALUE(buf) file;
    struct distrust list;
    struct err e;
    assert_non_null(numbers);
    for (size_t i = 0; i < MANY; i++)
        numbers[i] = 100 * i + random_next() % 100;
    plan.head.certificates = 100 * MANY;
    plan.groups = &group;
    plan.group_count = 1;
    file_make(&file, &plan);
    ok_call(distrust_open(&list, buf_bytes(&file), &a, &e), e);
    assert_true(a.used <= 16 * (MANY / DISTRUST_SAMPLE) + 200);
    free(numbers);
}

/* ---- Form ---- */

static void the_same_plan_gives_the_same_bytes(void **state)
{
    (void)state;
    struct distrust_path paths[2];
    struct distrust_plan plan = sample_plan(paths);
    AUTO_VALUE(buf) one = BUF(DISTRUST_MAX);
    AUTO_VALUE(buf) two = BUF(DISTRUST_MAX);
    struct err e;
    ok_call(distrust_build(&one, &plan, &e), e);
    ok_call(distrust_build(&two, &plan, &e), e);
    ok_bytes(buf_bytes(&one), buf_bytes(&two));
}

static void fails_untouched(struct bytes file)
{
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    struct distrust list = {.group_count = 77};
    struct err e;
    assert_false(distrust_open(&list, file, &a, &e));
    assert_true(e.code == ERR_INPUT || e.code == ERR_LIMIT);
    assert_int_equal(list.group_count, 77);
    assert_null(list.file.data);
}

static void a_list_cut_anywhere_is_none(void **state)
{
    (void)state;
    struct distrust_path paths[2];
    struct distrust_plan plan = sample_plan(paths);
    AUTO_VALUE(buf) file;
    file_make(&file, &plan);
    for (size_t size = 0; size < file.size; size++)
        fails_untouched(bytes_make(file.data, size));
    buf_put_u8(&file, 0);
    fails_untouched(buf_bytes(&file));
}

/* What is out of order or range is refused by the reader in the same way as by the writer. */
static void a_byte_that_breaks_the_form_is_found(void **state)
{
    (void)state;
    static const struct {
        size_t offset;
        uint8_t value;
    } rows[] = {
        {0, 'T'},        /* not a list */
        {40, 1},         /* number past 2^53 */
        {48, 1},         /* issued past the year 9999, and after it expires */
        {64 + 7, 0},     /* a log of no entries */
        {104, 1},        /* certificates past 2^53 */
        {110, 0},        /* 511 is not numbered */
        {112, 1},        /* more groups than there are */
        {116, 255},      /* more keys than are taken */
        {132, 0xff},     /* effective time past the year 9999 */
        {132 + 11, 0},   /* a group of nothing */
        {132 + 11, 6},   /* more numbers than the code has */
        {132 + 11, 4},   /* fewer */
        {132 + 15, 2},   /* shorter code */
        {132 + 16, 53},  /* k */
        {132 + 19, 1},   /* a bit behind the last number */
        {132 + 20, 0xff} /* the second group's time */
    };
    struct distrust_path paths[2];
    struct distrust_plan plan = sample_plan(paths);
    AUTO_VALUE(buf) file;
    file_make(&file, &plan);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t before = file.data[rows[i].offset];
        file.data[rows[i].offset] = rows[i].value;
        fails_untouched(buf_bytes(&file));
        file.data[rows[i].offset] = before;
    }
}

static void records_out_of_order_are_refused(void **state)
{
    (void)state;
    struct distrust_path paths[2];
    struct distrust_plan plan = sample_plan(paths);
    AUTO_VALUE(buf) file;
    file_make(&file, &plan);
    size_t trailer = 2 + 2 * DISTRUST_SIGNATURE;
    size_t path = 1 + 7 + 8 + 2 + 64;
    size_t second = file.size - trailer - (path + 2);
    size_t first = second - path;
    size_t artifact = first - 32;
    size_t signature = artifact - 32 - 8;
    const struct {
        size_t offset;
        uint8_t value;
    } rows[] = {
        {signature, 0},          /* of UINT64_MAX: no harm yet */
        {artifact, 3},           /* lower than the first */
        {first + 1, 'o'},        /* later than the second */
        {second + 1 + 7, 0},     /* no text, but in order: no harm */
        {first + 1 + 7 + 8, 4},  /* 1,026 keys and more */
        {first + 1 + 7 + 10, 11} /* a path's keys */
    };
    const bool harm[] = {false, true, true, false, true, true};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_VALUE(arena) a = DISTRUST_ARENA;
        struct distrust list;
        struct err e;
        uint8_t before = file.data[rows[i].offset];
        file.data[rows[i].offset] = rows[i].value;
        assert_int_equal(distrust_open(&list, buf_bytes(&file), &a, &e), !harm[i]);
        file.data[rows[i].offset] = before;
    }
}

/* ---- Plans ---- */

struct spoil {
    void (*spoil)(struct distrust_plan *plan);
    const char *says;
};

static void number_too_high(struct distrust_plan *p)
{
    p->head.number = RICE_NUMBER_MAX + 1;
}

static void expired_at_once(struct distrust_plan *p)
{
    p->head.expires = p->head.issued;
}

static void no_log(struct distrust_plan *p)
{
    p->head.size = 0;
}

static void not_numbered(struct distrust_plan *p)
{
    p->head.certificates = 511;
}

static void group_twice(struct distrust_plan *p)
{
    static const struct distrust_group groups[] = {{0, sample_first, 5}, {0, sample_second, 2}};
    p->groups = groups;
}

static void group_of_nothing(struct distrust_plan *p)
{
    static const struct distrust_group groups[] = {{0, sample_first, 0}, {1, sample_second, 2}};
    p->groups = groups;
}

static void number_twice(struct distrust_plan *p)
{
    static const uint64_t twice[] = {3, 3};
    static const struct distrust_group groups[] = {{0, twice, 2}, {1, sample_second, 2}};
    p->groups = groups;
}

static void key_twice(struct distrust_plan *p)
{
    static const struct distrust_key keys[] = {{{1}, 0}, {{1}, 0}};
    p->keys = keys;
}

static void key_before_time(struct distrust_plan *p)
{
    static const struct distrust_key keys[] = {{{1}, -1}, {{2}, 0}};
    p->keys = keys;
}

static void signature_twice(struct distrust_plan *p)
{
    static const uint64_t signatures[] = {7, 7};
    p->signatures = signatures;
}

static void artifacts_turned(struct distrust_plan *p)
{
    static const uint8_t artifacts[2 * DIGEST_SHA256_SIZE] = {[0] = 5, [32] = 4};
    p->artifacts = BYTES_OF(artifacts);
}

static void path_twice(struct distrust_plan *p)
{
    static struct distrust_path paths[2];
    paths[0] = paths[1] = p->paths[0];
    p->paths = paths;
}

static void path_without_keys(struct distrust_plan *p)
{
    static struct distrust_path paths[1];
    paths[0] = sample_path("nightly", 0);
    paths[0].keys.size = 0;
    p->paths = paths;
    p->path_count = 1;
}

static void too_many(struct distrust_plan *p)
{
    p->path_count = DISTRUST_PATHS_MAX + 1;
}

static void a_plan_out_of_order_or_range_is_refused(void **state)
{
    (void)state;
    static const struct spoil spoils[] = {
        {number_too_high, "2^53"},
        {expired_at_once, "times"},
        {no_log, "a log of that size"},
        {not_numbered, "not been numbered"},
        {group_twice, "effective times"},
        {group_of_nothing, "so many certificates"},
        {number_twice, "certificate numbers"},
        {key_twice, "keys that do not ascend"},
        {key_before_time, "effective time"},
        {signature_twice, "signatures"},
        {artifacts_turned, "hashes"},
        {path_twice, "paths"},
        {path_without_keys, "so many keys"},
        {too_many, "at most 4096 paths"},
    };
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        struct distrust_path paths[2];
        struct distrust_plan plan = sample_plan(paths);
        AUTO_VALUE(buf) b = BUF(DISTRUST_MAX);
        struct err e;
        spoils[i].spoil(&plan);
        assert_false(distrust_build(&b, &plan, &e));
        if (strstr(e.message, spoils[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", e.message, spoils[i].says);
        assert_int_equal(b.size, 0);
    }
}

/* ---- The page ---- */

static void the_example_of_the_page_answers_as_it_says(void **state)
{
    (void)state;
    AUTO_VALUE(buf) page = BUF(1 << 20);
    AUTO_VALUE(buf) file = BUF(DISTRUST_MAX);
    AUTO_VALUE(buf) root = BUF(X509_DER_MAX);
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    uint8_t authority[TREE_HASH];
    uint8_t key[DIGEST_SHA256_SIZE];
    uint8_t digest[DIGEST_SHA256_SIZE];
    uint8_t id[DIGEST_SHA256_SIZE];
    struct distrust list;
    struct x509 parsed;
    struct err e;
    size_t place = 0;
    int64_t effective = -1;
    for (unsigned i = 0; i < TREE_HASH; i++)
        authority[i] = (uint8_t)i;
    page_read(&page, "distrust-list.md");
    page_hex(&file, page_block(&page, "hex distrust list", &place));
    page_hex(&root, page_block(&page, "hex distrust root", &place));
    ok_call(distrust_open(&list, buf_bytes(&file), &a, &e), e);
    ok_call(x509_parse(&parsed, buf_bytes(&root), &e), e);
    struct distrust_trust trust = {.authority = authority, .roots = &parsed, .root_count = 1};
    ok_call(distrust_verify(&list, &trust, &e), e);
    assert_int_equal(list.head.number, 41);
    assert_int_equal(distrust_certificate(&list, 8, &effective), DISTRUST_LISTED);
    assert_int_equal(effective, 0);
    assert_int_equal(distrust_certificate(&list, 511, &effective), DISTRUST_LISTED);
    assert_int_equal(effective, 1799996400000);
    assert_int_equal(distrust_certificate(&list, 4, &effective), DISTRUST_ABSENT);
    assert_int_equal(distrust_certificate(&list, 600, &effective), DISTRUST_UNKNOWN);
    digest_sha256(key, bytes_text("example key 1"));
    assert_true(distrust_key(&list, key, &effective));
    digest_sha256(key, bytes_text("example key 2"));
    digest_sha256(digest, bytes_text("one"));
    distrust_signature_id(id, key, BYTES_OF(digest));
    assert_true(distrust_signature(&list, id));
    digest_sha256(digest, bytes_text("the artifact"));
    distrust_artifact_id(id, bytes_text("cms"), bytes_text("sha256"), BYTES_OF(digest));
    assert_true(distrust_artifact(&list, id));
    digest_sha256(key, bytes_text("example key 4"));
    place = 0;
    const struct distrust_path *path = distrust_path(&list, key, &place);
    assert_non_null(path);
    ok_text(path->id, "nightly");
    assert_int_equal(path->since, 1799913600000);
}

/* The plan that the page's example is made of. */
static void the_example_of_the_page_is_what_is_written(void **state)
{
    (void)state;
    static const uint64_t first[] = {3, 8, 14, 30, 31};
    static const uint64_t second[] = {511};
    const struct distrust_group groups[] = {{0, first, 5}, {1799996400000, second, 1}};
    AUTO_VALUE(buf) page = BUF(1 << 20);
    AUTO_VALUE(buf) file = BUF(DISTRUST_MAX);
    AUTO_VALUE(buf) written = BUF(DISTRUST_MAX);
    AUTO_VALUE(arena) a = DISTRUST_ARENA;
    struct distrust_key key;
    struct distrust list;
    uint64_t signatures[2];
    struct err e;
    size_t place = 0;
    page_read(&page, "distrust-list.md");
    page_hex(&file, page_block(&page, "hex distrust list", &place));
    ok_call(distrust_open(&list, buf_bytes(&file), &a, &e), e);
    memcpy(key.key, list.keys.data, sizeof key.key);
    key.effective = 1799996400000;
    for (unsigned i = 0; i < 2; i++)
        signatures[i] = distrust_signature_prefix(list.signatures.data + 8 * i);
    struct distrust_plan plan = {.head = list.head,
                                 .groups = groups,
                                 .group_count = 2,
                                 .keys = &key,
                                 .key_count = 1,
                                 .signatures = signatures,
                                 .signature_count = 2,
                                 .artifacts = list.artifacts,
                                 .paths = list.paths,
                                 .path_count = list.path_count};
    ok_call(distrust_build(&written, &plan, &e), e);
    ok_bytes(buf_bytes(&written), list.body);
    ok_call(distrust_finish(&written, list.certificate, list.signature, &e), e);
    ok_bytes(buf_bytes(&written), buf_bytes(&file));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_in_is_found_and_nothing_else),
        cmocka_unit_test(all_paths_of_a_key_are_found),
        cmocka_unit_test(the_empty_list_is_a_list),
        cmocka_unit_test(a_list_answers_as_a_plain_set_does),
        cmocka_unit_test(hashes_are_found_as_in_a_plain_set),
        cmocka_unit_test(the_index_takes_little_memory),
        cmocka_unit_test(the_same_plan_gives_the_same_bytes),
        cmocka_unit_test(a_list_cut_anywhere_is_none),
        cmocka_unit_test(a_byte_that_breaks_the_form_is_found),
        cmocka_unit_test(records_out_of_order_are_refused),
        cmocka_unit_test(a_plan_out_of_order_or_range_is_refused),
        cmocka_unit_test(the_example_of_the_page_answers_as_it_says),
        cmocka_unit_test(the_example_of_the_page_is_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
