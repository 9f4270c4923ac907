#include "unit/page.h"

#include "keeper/hashes.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ENTRIES = 3000 };

static char folder[] = "hashes-test.XXXXXX";
static char path[64];

static void leaf_of(uint8_t ret[TREE_HASH], uint64_t index)
{
    char text[32];
    int size =
        snprintf(text, sizeof text, "{\"example\":\"entry %llu\"}", (unsigned long long)index);
    tree_leaf_hash(ret, bytes_make(text, (size_t)size));
}

static uint64_t offset_of(uint64_t index)
{
    return 80 + 100 * index + index % 7;
}

static void entry_add(struct hashes *h, uint64_t index)
{
    uint8_t leaf[TREE_HASH];
    struct err e;
    leaf_of(leaf, index);
    ok_call(hashes_append(h, offset_of(index), leaf, &e), e);
}

static struct hashes *filled(uint64_t size)
{
    struct hashes *h = NULL;
    struct err e;
    ok_call(hashes_open(&h, path, &e), e);
    for (uint64_t i = 0; i < size; i++) {
        entry_add(h, i);
    }
    assert_int_equal(hashes_size(h), size);
    return h;
}

/* Every offset, every leaf and a proof of every entry are right. */
static void all_right(struct hashes *h)
{
    struct path_source source = hashes_source(h);
    struct tree tree;
    struct tree want;
    struct err e;
    uint8_t root[TREE_HASH];
    uint64_t size = hashes_size(h);
    tree_init(&want);
    for (uint64_t i = 0; i < size; i++) {
        uint8_t leaf[TREE_HASH];
        leaf_of(leaf, i);
        tree_append(&want, leaf);
    }
    tree_root(root, &want);
    ok_call(path_tree(&tree, size, &source, &e), e);
    assert_memory_equal(&tree, &want, sizeof tree);
    for (uint64_t i = 0; i < size; i += 1 + size / 500) {
        uint8_t leaf[TREE_HASH];
        uint64_t offset;
        struct path p;
        leaf_of(leaf, i);
        ok_call(hashes_offset(h, i, &offset, &e), e);
        assert_int_equal(offset, offset_of(i));
        ok_call(path_prove_inclusion(&p, i, size, &source, &e), e);
        ok_call(path_check_inclusion(&p, i, size, leaf, root, &e), e);
    }
}

static void file_is(struct buf *ret)
{
    struct err e;
    buf_reset(ret);
    ok_call(file_read(ret, path, FILE_REGULAR, &e), e);
}

static void file_set(struct bytes bytes)
{
    struct err e;
    ok_call(file_replace_view(path, bytes, 0600, &e), e);
}

/* What the file must begin with after a replay of all entries and some more. */
static void file_fill(struct buf *ret)
{
    struct hashes *h = filled(ENTRIES);
    hashes_free(h);
    file_is(ret);
    assert_true(ret->size > 65536);
}

static int start_empty(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

static void the_example_of_the_page_is_what_is_written(void **state)
{
    (void)state;
    size_t place = 0;
    AUTO_VALUE(buf) page = BUF(65536);
    AUTO_VALUE(buf) example = BUF(4096);
    AUTO_VALUE(buf) after = BUF(4096);
    page_read(&page, "hashes.md");
    page_hex(&example, page_block(&page, "hex hashes", &place));
    file_set(buf_bytes(&example));
    AUTO(hashes) h = filled(4);
    all_right(h);
    file_is(&after);
    ok_bytes(buf_bytes(&after), buf_bytes(&example));
}

static void what_the_file_held_is_cut_from_the_first_difference_on(void **state)
{
    (void)state;
    AUTO_VALUE(buf) whole = BUF(1 << 20);
    AUTO_VALUE(buf) after = BUF(1 << 20);
    file_fill(&whole);
    whole.data[72 + 5] ^= 1; /* in the second record, which begins at byte 40 */
    file_set(buf_bytes(&whole));
    AUTO(hashes) h = filled(4);
    all_right(h);
    file_is(&after);
    assert_int_equal(after.size, 40);
}

static void a_new_file_gives_every_proof(void **state)
{
    (void)state;
    AUTO(hashes) h = filled(ENTRIES);
    all_right(h);
}

static void every_size_on_the_way_gives_its_proofs(void **state)
{
    (void)state;
    AUTO(hashes) h = filled(0);
    for (uint64_t i = 0; i < 130; i++) {
        all_right(h);
        entry_add(h, i);
    }
}

static void a_replay_over_a_right_file_leaves_it_as_it_is(void **state)
{
    (void)state;
    AUTO_VALUE(buf) before = BUF(1 << 20);
    AUTO_VALUE(buf) after = BUF(1 << 20);
    file_fill(&before);
    AUTO(hashes) h = filled(ENTRIES);
    all_right(h);
    for (uint64_t i = ENTRIES; i < ENTRIES + 10; i++) {
        entry_add(h, i);
    }
    all_right(h);
    file_is(&after);
    ok_bytes(bytes_make(after.data, before.size), buf_bytes(&before));
}

static void a_short_file_is_completed(void **state)
{
    (void)state;
    AUTO_VALUE(buf) whole = BUF(1 << 20);
    file_fill(&whole);
    for (size_t size = 0; size < whole.size; size += 1 + whole.size / 23) {
        file_set(bytes_make(whole.data, size));
        AUTO(hashes) h = filled(ENTRIES);
        all_right(h);
    }
}

static void an_edited_file_is_written_anew(void **state)
{
    (void)state;
    AUTO_VALUE(buf) whole = BUF(1 << 20);
    file_fill(&whole);
    for (size_t at = 0; at < whole.size; at += 1 + whole.size / 23) {
        whole.data[at] ^= 0x10;
        file_set(buf_bytes(&whole));
        whole.data[at] ^= 0x10;
        AUTO(hashes) h = filled(ENTRIES);
        all_right(h);
    }
}

static void a_file_of_a_longer_journal_is_cut_where_it_differs(void **state)
{
    (void)state;
    struct err e;
    struct file_facts facts;
    AUTO_VALUE(buf) whole = BUF(1 << 20);
    file_fill(&whole);
    AUTO(hashes) h = filled(1000);
    uint8_t other[TREE_HASH] = {1};
    uint8_t node[TREE_HASH];
    ok_call(hashes_append(h, 7, other, &e), e);
    struct path_source source = hashes_source(h);
    ok_call(source.node(source.context, 0, 1000, node, &e), e);
    ok_bytes(BYTES_OF(node), BYTES_OF(other));
    ok_call(file_facts_at(&facts, path, &e), e);
    assert_true(facts.size < whole.size);
    ok_err(source.node(source.context, 0, 1001, node, &e), e, ERR_NOT_FOUND, "subtree 1001");
}

static void what_has_not_been_added_is_not_found(void **state)
{
    (void)state;
    struct err e;
    uint64_t offset = 42;
    uint8_t node[TREE_HASH] = {42};
    AUTO(hashes) h = filled(6);
    struct path_source source = hashes_source(h);
    ok_err(hashes_offset(h, 6, &offset, &e), e, ERR_NOT_FOUND, "number 6");
    ok_err(source.node(source.context, 0, 6, node, &e), e, ERR_NOT_FOUND, "subtree 6");
    ok_err(source.node(source.context, 2, 1, node, &e), e, ERR_NOT_FOUND, "level 2");
    ok_err(source.node(source.context, 64, 0, node, &e), e, ERR_NOT_FOUND, "level 64");
    assert_int_equal(offset, 42);
    assert_int_equal(node[0], 42);
}

static void a_write_that_fails_adds_nothing_and_may_be_tried_again(void **state)
{
    (void)state;
    struct err e = {0};
    struct rlimit before;
    struct rlimit tight = {.rlim_cur = 100000};
    AUTO(hashes) h = filled(0);
    uint64_t i = 0;
    bool failed = false;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight.rlim_max = before.rlim_max;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    for (; i < ENTRIES && !failed; i++) {
        uint8_t leaf[TREE_HASH];
        leaf_of(leaf, i);
        failed = !hashes_append(h, offset_of(i), leaf, &e);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(failed);
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(hashes_size(h), i - 1);
    all_right(h);
    for (i--; i < ENTRIES; i++) {
        entry_add(h, i);
    }
    all_right(h);
}

static void a_folder_in_its_place_is_told(void **state)
{
    (void)state;
    struct hashes *h = NULL;
    struct err e;
    ok_err(hashes_open(&h, folder, &e), e, ERR_IO, folder);
    assert_null(h);
}

int main(void)
{
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    (void)snprintf(path, sizeof path, "%s/hashes", folder);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_example_of_the_page_is_what_is_written, start_empty),
        cmocka_unit_test_setup(what_the_file_held_is_cut_from_the_first_difference_on, start_empty),
        cmocka_unit_test_setup(a_new_file_gives_every_proof, start_empty),
        cmocka_unit_test_setup(every_size_on_the_way_gives_its_proofs, start_empty),
        cmocka_unit_test_setup(a_replay_over_a_right_file_leaves_it_as_it_is, start_empty),
        cmocka_unit_test_setup(a_short_file_is_completed, start_empty),
        cmocka_unit_test_setup(an_edited_file_is_written_anew, start_empty),
        cmocka_unit_test_setup(a_file_of_a_longer_journal_is_cut_where_it_differs, start_empty),
        cmocka_unit_test_setup(what_has_not_been_added_is_not_found, start_empty),
        cmocka_unit_test_setup(a_write_that_fails_adds_nothing_and_may_be_tried_again, start_empty),
        cmocka_unit_test_setup(a_folder_in_its_place_is_told, start_empty),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    (void)rmdir(folder);
    return failed;
}
